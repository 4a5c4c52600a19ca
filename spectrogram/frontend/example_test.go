package frontend_test

import (
	"fmt"
	"math"
	"slices"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// tone returns a clip of a sine, seconds long, on two channels.
func tone(hz, seconds float64, rate int) *audio.Clip {
	clip := audio.NewClip(2, int(seconds*float64(rate)), rate)
	for i := range clip.Samples[0] {
		v := float32(0.5 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
		clip.Samples[0][i], clip.Samples[1][i] = v, v
	}
	return clip
}

// A short clip at 44.1 kHz becomes ten seconds at 48 kHz.
func ExampleCLAP() {
	f, err := frontend.NewCLAP(frontend.CLAPConfig{})
	if err != nil {
		panic(err)
	}
	values, shape, err := frontend.ComputeClip(f, nil, tone(440, 3, 44100))
	if err != nil {
		panic(err)
	}
	row := values[100*shape.Cols:][:shape.Cols] // at 1 s
	loudest := slices.Max(row)
	fmt.Println(shape)
	fmt.Printf("%.1f dB in band %d\n", loudest, slices.Index(row, loudest))
	// Output:
	// {1 1001 64}
	// 24.3 dB in band 6
}

// The last 27 of Whisper's 30 seconds are silent.
func ExampleWhisper() {
	f, err := frontend.NewWhisper(frontend.WhisperConfig{Bands: 128})
	if err != nil {
		panic(err)
	}
	values, shape, err := frontend.ComputeClip(f, nil, tone(440, 3, 16000))
	if err != nil {
		panic(err)
	}
	fmt.Println(shape)
	for _, t := range []int{100, 2000} {
		row := values[t*shape.Cols:][:shape.Cols]
		fmt.Printf("frame %d: from %.2f to %.2f\n", t, slices.Min(row), slices.Max(row))
	}
	// Output:
	// {1 3000 128}
	// frame 100: from -0.51 to 1.49
	// frame 2000: from -0.51 to -0.51
}

// Features with 80 bands, as many speech recognizers have them. They were trained
// with samples in Kaldi's range.
func ExampleKaldi() {
	f, err := frontend.NewKaldi(frontend.KaldiConfig{Bands: 80, Gain: 32768})
	if err != nil {
		panic(err)
	}
	clip := tone(1000, 1, 16000)
	values := f.Compute(nil, clip.Samples[0])
	shape := f.Shape(clip.Frames())
	row := values[50*shape.Cols:][:shape.Cols]
	loudest := slices.Max(row)
	fmt.Println(shape)
	fmt.Printf("%.2f in band %d\n", loudest, slices.Index(row, loudest))
	// Output:
	// {1 98 80}
	// 27.05 in band 27
}
