package audio_test

import (
	"fmt"
	"io"
	"math"

	"github.com/soundspace/soundspace/audio"
)

func ExampleResample() {
	// One second at 44.1 kHz: a tone of 1 kHz, and one of 12 kHz, more than
	// 16 kHz can hold.
	clip := audio.NewClip(1, 44100, 44100)
	for i := range clip.Samples[0] {
		t := float64(i) / 44100
		clip.Samples[0][i] = float32(0.5*math.Sin(2*math.Pi*1000*t) + 0.5*math.Sin(2*math.Pi*12000*t))
	}
	y, err := audio.Resample(clip, 16000, audio.QualityStandard)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Half the RMS of a full-scale sine is left; the other tone is gone.
	fmt.Println(y.Frames(), "frames at", y.SampleRate, "Hz")
	fmt.Printf("RMS %.2f dBFS before, %.2f dBFS after\n", audio.DBFS(clip.RMS()), audio.DBFS(y.RMS()))
	// Output:
	// 16000 frames at 16000 Hz
	// RMS -6.02 dBFS before, -9.03 dBFS after
}

// tone is a Reader of a sine of 440 Hz.
type tone struct{ frame, frames int }

func (t *tone) SampleRate() int { return 44100 }
func (t *tone) Channels() int   { return 1 }

func (t *tone) Read(dst [][]float32) (int, error) {
	n := min(len(dst[0]), t.frames-t.frame)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range n {
		dst[0][i] = float32(math.Sin(2 * math.Pi * 440 * float64(t.frame+i) / 44100))
	}
	t.frame += n
	return n, nil
}

func ExampleNewResampleReader() {
	r, err := audio.NewResampleReader(&tone{frames: 10 * 44100}, 48000, audio.QualityStandard)
	if err != nil {
		fmt.Println(err)
		return
	}
	frames := 0
	block := [][]float32{make([]float32, 1024)}
	for {
		n, err := r.Read(block)
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		frames += n
	}
	fmt.Println(frames, "frames at", r.SampleRate(), "Hz")
	// Output:
	// 480000 frames at 48000 Hz
}

func ExampleResampler() {
	// Two channels, block by block, with one filter for both.
	left, err := audio.NewResampler(48000, 16000, audio.QualityFast)
	if err != nil {
		fmt.Println(err)
		return
	}
	right := left.NewChannel()

	var l, r []float32
	block := make([]float32, 100)
	for range 3 {
		l = left.Append(l, block)
		r = right.Append(r, block)
		fmt.Print(len(l), " ")
	}
	l, r = left.Finish(l), right.Finish(r)
	fmt.Println(len(l), len(r))
	// Output:
	// 0 27 60 100 100
}

func ExampleClip_Mono() {
	clip := &audio.Clip{
		Samples:    [][]float32{{1, 0.5, 0}, {0, 0.5, -1}},
		SampleRate: 8000,
	}
	fmt.Println(clip.Mono().Samples)
	// Output:
	// [[0.5 0.5 -0.5]]
}

func ExampleClip_NormalizePeak() {
	clip := &audio.Clip{Samples: [][]float32{{0.1, -0.25}}, SampleRate: 8000}
	gain := clip.NormalizePeak(-1)
	fmt.Printf("%.1f dB louder, peak %.3f\n", gain, clip.Peak())
	// Output:
	// 11.0 dB louder, peak 0.891
}
