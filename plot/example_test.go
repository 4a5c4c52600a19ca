package plot_test

import (
	"bytes"
	"fmt"
	"image/png"
	"log"
	"math"

	"github.com/soundspace/soundspace/plot"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// tone returns samples of a sinusoid.
func tone(hz float64, sampleRate int, seconds float64) []float32 {
	x := make([]float32, int(seconds*float64(sampleRate)))
	for i := range x {
		x[i] = float32(0.5 * math.Sin(2*math.Pi*hz*float64(i)/float64(sampleRate)))
	}
	return x
}

// A spectrogram in memory becomes a PNG file.
func ExampleSpectrogram() {
	p, err := spectrogram.New(spectrogram.Config{SampleRate: 8000, Unit: spectrogram.Power})
	if err != nil {
		log.Fatal(err)
	}
	s, err := p.Compute([][]float32{tone(1000, 8000, 2)})
	if err != nil {
		log.Fatal(err)
	}
	f, err := plot.Spectrogram(s, plot.Config{
		Title:    "a tone of 1 kHz",
		Colormap: plot.Viridis,
	})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := f.WritePNG(&file); err != nil {
		log.Fatal(err)
	}

	picture, err := png.DecodeConfig(&file)
	fmt.Println(picture.Width, picture.Height, err)
	// Output: 1200 600 <nil>
}

// With Raw there is nothing but the spectrogram, here of 80 rows for 0 … 4000
// Hz: 50 Hz each.
func ExampleConfig() {
	p, err := spectrogram.New(spectrogram.Config{SampleRate: 8000, Unit: spectrogram.Power})
	if err != nil {
		log.Fatal(err)
	}
	s, err := p.Compute([][]float32{tone(1020, 8000, 2)})
	if err != nil {
		log.Fatal(err)
	}
	f, err := plot.Spectrogram(s, plot.Config{Raw: true, Width: 100, Height: 80, Colormap: plot.Grey})
	if err != nil {
		log.Fatal(err)
	}
	picture := f.Image()
	for y := range 80 {
		if r, _, _, _ := picture.At(50, y).RGBA(); r == 0xffff {
			row := 79 - y
			fmt.Printf("white: %d … %d Hz\n", 50*row, 50*(row+1))
		}
	}
	// Output: white: 1000 … 1050 Hz
}

// Frames of a recording of unknown length are drawn as they come, together with
// its waveform, in memory that does not grow.
func ExampleRaster() {
	p, err := spectrogram.New(spectrogram.Config{SampleRate: 8000, Unit: spectrogram.Power})
	if err != nil {
		log.Fatal(err)
	}
	r, err := plot.NewRaster(p.Layout(), 1, -1, plot.Config{Waveform: true, Width: 800})
	if err != nil {
		log.Fatal(err)
	}
	for _, hz := range []float64{300, 400, 500} {
		block := tone(hz, 8000, 1)
		s, err := p.Compute([][]float32{block})
		if err != nil {
			log.Fatal(err)
		}
		r.Add(0, s.Data)
		r.AddSamples(0, block)
	}
	f, err := r.Figure()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Image().Bounds())
	// Output: (0,0)-(800,600)
}

// Two windows and the transforms that they make of the same tone.
func ExampleSpectrum() {
	var curves []plot.Curve
	var layout spectrogram.Layout
	for _, w := range []stft.Window{stft.Hann(), stft.BlackmanHarris()} {
		p, err := spectrogram.New(spectrogram.Config{
			SampleRate: 8000, Unit: spectrogram.Power, STFT: stft.Config{Window: w},
		})
		if err != nil {
			log.Fatal(err)
		}
		s, err := p.Compute([][]float32{tone(1000, 8000, 1)})
		if err != nil {
			log.Fatal(err)
		}
		layout = s.Layout
		curves = append(curves, plot.Curve{Name: w.String(), Values: s.Frame(0, 8)})
	}
	f, err := plot.Spectrum(layout, curves, plot.Config{FreqAxis: plot.AxisLog, RangeDB: 120})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := f.WriteSVG(&file); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Count(file.Bytes(), []byte(">blackmanharris</text>")), "curve is named blackmanharris")
	// Output: 1 curve is named blackmanharris
}

// The legend says what each window costs and what it is good for.
func ExampleWindowLeakage() {
	f, err := plot.WindowLeakage([]stft.Window{stft.Hann(), stft.FlatTop()}, 2048, plot.Config{})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := f.WriteSVG(&file); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(file.Bytes(), []byte(">hann: noise 1.50 bins, side lobes -31 dB</text>")))
	fmt.Println(bytes.Contains(file.Bytes(), []byte(">flattop: noise 3.77 bins, side lobes -93 dB</text>")))
	// Output:
	// true
	// true
}
