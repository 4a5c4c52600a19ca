package spectrogram_test

import (
	"fmt"
	"log"
	"math"
	"os"

	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/stft"
)

// sine returns a second of a sine at 16 kHz.
func sine(hz, amplitude float64) []float32 {
	x := make([]float32, 16000)
	for i := range x {
		x[i] = float32(amplitude * math.Sin(2*math.Pi*hz*float64(i)/16000))
	}
	return x
}

// peak returns the place of the largest value.
func peak(frame []float32) int {
	best := 0
	for k, v := range frame {
		if v > frame[best] {
			best = k
		}
	}
	return best
}

// A power spectrogram, scaled so that a sine of amplitude a peaks at a².
func Example() {
	plan, err := spectrogram.New(spectrogram.Config{
		SampleRate: 16000,
		STFT:       stft.Config{NFFT: 512, HopSamples: 160, Scaling: stft.ScaleMagnitude, OneSided2X: true},
		Unit:       spectrogram.Power,
	})
	if err != nil {
		log.Fatal(err)
	}
	s, err := plan.Compute([][]float32{sine(1000, 0.5)})
	if err != nil {
		log.Fatal(err)
	}
	t := 50
	frame := s.Frame(0, t)
	k := peak(frame)
	fmt.Printf("%d channel, %d frames, %d bins\n", s.Channels, s.Frames, s.Bins)
	fmt.Printf("at %.1f s: %v %.4f at %.0f Hz\n", s.Time(t), s.Unit, frame[k], s.Frequencies[k])
	// Output:
	// 1 channel, 101 frames, 257 bins
	// at 0.5 s: power 0.2500 at 1000 Hz
}

// The log-mel front end of many speech models: 25 ms windows every 10 ms, 80
// bands, log10 of power with a floor.
func Example_logMel() {
	plan, err := spectrogram.New(spectrogram.Config{
		SampleRate: 16000,
		STFT:       stft.Config{NFFT: 400, HopSamples: 160, Pad: stft.PadReflect},
		Mel:        &spectrogram.MelConfig{Bands: 80},
		Unit:       spectrogram.Log10,
	})
	if err != nil {
		log.Fatal(err)
	}
	x := sine(1000, 0.5)
	clear(x[8000:])
	s, err := plan.Compute([][]float32{x})
	if err != nil {
		log.Fatal(err)
	}
	sound, silence := s.Frame(0, 25), s.Frame(0, 75)
	b := peak(sound)
	fmt.Printf("band %d of %d, around %.0f Hz: %.2f, then %.2f\n", b, s.Bins, s.Frequencies[b], sound[b], silence[b])
	// Output:
	// band 26 of 80, around 1006 Hz: 1.76, then -10.00
}

// Decibels relative to full scale, known as the frames come, and relative to
// the loudest value, known at the end.
func Example_decibel() {
	x := [][]float32{sine(1000, 0.5)}
	cfg := spectrogram.Config{
		SampleRate: 16000,
		STFT:       stft.Config{NFFT: 512},
		Unit:       spectrogram.Decibel,
		DB:         spectrogram.DBConfig{Reference: spectrogram.ReferenceFullScale},
	}
	plan, err := spectrogram.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	s, err := plan.Compute(x)
	if err != nil {
		log.Fatal(err)
	}
	const kHz = 32 // the bin of 1000 Hz
	fmt.Printf("full scale: %.2f %s\n", s.Frame(0, 60)[kHz], s.Unit.Label())

	plan, err = spectrogram.New(spectrogram.Config{SampleRate: 16000, STFT: cfg.STFT, Unit: spectrogram.Power})
	if err != nil {
		log.Fatal(err)
	}
	if s, err = plan.Compute(x); err != nil {
		log.Fatal(err)
	}
	if err := s.ToDecibel(spectrogram.DBConfig{Reference: spectrogram.ReferenceMax, TopDB: 80}); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("5 kHz: %.2f dB\n", s.Frame(0, 60)[5*kHz])
	// Output:
	// full scale: -6.02 dB
	// 5 kHz: -80.00 dB
}

// A recording of any length, in blocks as they come.
func ExampleStream() {
	plan, err := spectrogram.New(spectrogram.Config{
		SampleRate: 16000,
		STFT:       stft.Config{NFFT: 512, HopSamples: 256},
		Mel:        &spectrogram.MelConfig{Bands: 40},
		Unit:       spectrogram.Decibel,
	})
	if err != nil {
		log.Fatal(err)
	}
	stream, bins := plan.NewStream(), plan.Layout().Bins
	var rows []float32
	for range 3 {
		block := sine(1000, 0.5)[:2000]
		rows = stream.Append(rows[:0], block)
		fmt.Println(len(rows)/bins, "frames")
	}
	rows = stream.Finish(rows[:0])
	fmt.Println(len(rows)/bins, "more")
	// Output:
	// 7 frames
	// 8 frames
	// 8 frames
	// 1 more
}

// A mel bank on its own, for power that comes from elsewhere.
func ExampleMelBank() {
	bank, err := spectrogram.NewMelBank(spectrogram.MelConfig{SampleRate: 16000, NFFT: 16, Bands: 4})
	if err != nil {
		log.Fatal(err)
	}
	power := make([]float32, 2*bank.Bins())
	power[1], power[bank.Bins()+5] = 1, 1 // 1000 Hz in frame 0, 5000 Hz in frame 1
	fmt.Printf("peaks in Hz: %.0f\n", bank.Frequencies())
	fmt.Printf("%.6f\n", bank.Apply(nil, power))
	fmt.Println("filters too narrow for a bin:", bank.Empty())
	// Output:
	// peaks in Hz: [603 1237 2305 4294]
	// [0.000605 0.000735 0.000000 0.000000 0.000000 0.000000 0.000000 0.000284]
	// filters too narrow for a bin: []
}

// Values and axes as a table.
func ExampleSpectrogram_WriteCSV() {
	s := spectrogram.Spectrogram{
		Layout:   spectrogram.Layout{SampleRate: 8000, HopSamples: 80, Bins: 2, Frequencies: []float64{0, 4000}},
		Channels: 1, Frames: 2,
		Data: []float32{0.5, 0.25, 1, 2},
	}
	if err := s.WriteCSV(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// time,0,4000
	// 0,0.5,0.25
	// 0.01,1,2
}
