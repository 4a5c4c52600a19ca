package stft_test

import (
	"fmt"
	"log"
	"math"

	"github.com/soundspace/soundspace/stft"
)

// tone returns a second of a sinusoid of amplitude 0.5 at 8 kHz.
func tone(hz float64) []float32 {
	x := make([]float32, 8000)
	for i := range x {
		x[i] = float32(0.5 * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return x
}

// The magnitude of a tone, scaled so that a peak shows its amplitude.
func ExamplePlan_Magnitude() {
	p, err := stft.New(stft.Config{
		NFFT:       400,
		HopSamples: 160,
		Scaling:    stft.ScaleMagnitude,
		OneSided2X: true,
		SampleRate: 8000,
	})
	if err != nil {
		log.Fatal(err)
	}
	rows := p.Magnitude(nil, tone(1000))
	fmt.Println(len(rows)/p.Bins(), "frames of", p.Bins(), "bins")

	const t = 25
	frame := rows[t*p.Bins():][:p.Bins()]
	peak := 0
	for k, v := range frame {
		if v > frame[peak] {
			peak = k
		}
	}
	fmt.Printf("at %.2f s: %.3f at %.0f Hz\n", p.FrameTime(t), frame[peak], p.BinHz(peak))
	// Output:
	// 51 frames of 201 bins
	// at 0.50 s: 0.500 at 1000 Hz
}

// Blocks of any size give the rows of the whole signal, to the last bit.
func ExampleStream() {
	p, err := stft.New(stft.Config{NFFT: 512, Pad: stft.PadReflect})
	if err != nil {
		log.Fatal(err)
	}
	x := tone(440)
	whole := p.Power(nil, x)

	s := p.StreamPower()
	var rows []float32
	for len(x) > 0 {
		block := x[:min(1000, len(x))]
		x = x[len(block):]
		rows = s.Append(rows, block)
		fmt.Print(len(rows)/p.Bins(), " ")
	}
	rows = s.Finish(rows)
	same := len(rows) == len(whole)
	for i := range rows {
		same = same && rows[i] == whole[i]
	}
	fmt.Println(len(rows)/p.Bins(), same)
	// Output: 6 14 22 30 38 45 53 61 63 true
}

// A filter: bins above 1 kHz are cleared, and the signal is made again.
func ExamplePlan_Inverse() {
	p, err := stft.New(stft.Config{NFFT: 512, SampleRate: 8000})
	if err != nil {
		log.Fatal(err)
	}
	low, high := tone(500), tone(3000)
	mix := make([]float32, len(low))
	for i := range mix {
		mix[i] = low[i] + high[i]
	}
	X := p.Complex(nil, mix)
	for t := range p.Frames(len(mix)) {
		clear(X[t*p.Bins():][p.HzBin(1000):p.Bins()])
	}
	y, err := p.Inverse(nil, X, len(mix))
	if err != nil {
		log.Fatal(err)
	}
	worst := 0.0
	for i := 1000; i < 7000; i++ {
		worst = math.Max(worst, math.Abs(float64(y[i]-low[i])))
	}
	fmt.Println(len(y), "samples, off by less than 0.0001:", worst < 0.0001)
	// Output: 8000 samples, off by less than 0.0001: true
}

func ExampleParseWindow() {
	for _, s := range []string{"hann", "Blackman-Harris", "kaiser:8.6", "povey:symmetric", "kaiser"} {
		w, err := stft.ParseWindow(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		c, err := w.Coefficients(5)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-15v %.4f\n", w, c)
	}
	// Output:
	// hann            [0.0000 0.3455 0.9045 0.9045 0.3455]
	// blackmanharris  [0.0001 0.1030 0.7938 0.7938 0.1030]
	// kaiser:8.6      [0.0013 0.2011 0.8494 0.8494 0.2011]
	// povey:symmetric [0.0000 0.5548 1.0000 0.5548 0.0000]
	// stft: window "kaiser": write kaiser:BETA, with a number
}

// A periodic Hann window adds up to a constant at a hop of half its length,
// a symmetric one does not. Either can be inverted.
func ExampleCOLA() {
	for _, w := range []stft.Window{stft.Hann(), stft.Hann().Symmetric()} {
		c, err := w.Coefficients(512)
		if err != nil {
			log.Fatal(err)
		}
		deviation, cola := stft.COLA(c, 256)
		least, nola := stft.NOLA(c, 256)
		fmt.Printf("%v: COLA %v, off by %.4f; NOLA %v, least %.2f\n", w, cola, deviation, nola, least)
	}
	// Output:
	// hann: COLA true, off by 0.0000; NOLA true, least 0.50
	// hann:symmetric: COLA false, off by 0.0022; NOLA true, least 0.50
}

func ExampleChannels() {
	p, err := stft.New(stft.Config{NFFT: 1024})
	if err != nil {
		log.Fatal(err)
	}
	stereo := [][]float32{tone(440), tone(880)}
	rows := stft.Channels(nil, stereo, p.Magnitude)
	fmt.Println(len(rows), "channels,", len(rows[0])/p.Bins(), "frames each")
	// Output: 2 channels, 32 frames each
}
