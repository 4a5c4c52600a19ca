package audioclip_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
)

// The model of these examples is a small one of random weights, so its opinions mean
// nothing. A real one is opened by the folder that 'audioclip pull
// laion/clap-htsat-unfused' prints.
const model = "testdata/clap"

func Example() {
	m, err := audioclip.Open(model)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	info := m.Info()
	fmt.Printf("%s: vectors of %d values, windows of %d s at %d Hz\n", info.Family, info.Dim, info.WindowSamples/info.SampleRate, info.SampleRate)

	ctx := context.Background()
	wolf, err := audio.ReadFile("../testdata/wolf-howl.wav", audio.Config{})
	if err != nil {
		log.Fatal(err)
	}
	crow, err := audio.ReadFile("../testdata/crow.flac", audio.Config{})
	if err != nil {
		log.Fatal(err)
	}
	sounds, err := m.EncodeAudio(ctx, []*audio.Clip{wolf, crow}, audioclip.AudioConfig{})
	if err != nil {
		log.Fatal(err)
	}
	words, err := m.EncodeText(ctx, []string{"a wolf howls", "a crow caws", "rain"}, audioclip.TextConfig{})
	if err != nil {
		log.Fatal(err)
	}
	cosines := audioclip.Similarity(sounds, words)
	for i, name := range []string{"wolf", "crow"} {
		fmt.Printf("%s %+.2f\n", name, cosines.Row(i))
	}
	// Output:
	// LAION-CLAP: vectors of 16 values, windows of 10 s at 48000 Hz
	// wolf [+0.24 -0.06 +0.02]
	// crow [+0.36 +0.09 +0.05]
}

func ExampleModel_NewClassifier() {
	m, err := audioclip.Open(model)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	ctx := context.Background()
	c, err := m.NewClassifier(ctx, []string{"a wolf", "a crow", "rain"}, audioclip.ClassifyConfig{
		Templates: []string{"This is a sound of {}.", "I can hear {}."},
	})
	if err != nil {
		log.Fatal(err)
	}
	wolf, err := audio.ReadFile("../testdata/wolf-howl.wav", audio.Config{})
	if err != nil {
		log.Fatal(err)
	}
	sounds, err := m.EncodeAudio(ctx, []*audio.Clip{wolf}, audioclip.AudioConfig{})
	if err != nil {
		log.Fatal(err)
	}
	for i, p := range c.Probabilities(sounds).Row(0) {
		fmt.Printf("%s: %.0f %%\n", c.Labels[i], 100*p)
	}
	// Output:
	// a wolf: 70 %
	// a crow: 17 %
	// rain: 13 %
}

// tone is a recording of a sine wave: an audio.Reader.
type tone struct {
	hz         float64
	at, frames int
}

func (*tone) SampleRate() int { return 16000 }
func (*tone) Channels() int   { return 1 }

func (t *tone) Read(dst [][]float32) (int, error) {
	n := min(len(dst[0]), t.frames-t.at)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range n {
		dst[0][i] = float32(0.5 * math.Sin(2*math.Pi*t.hz*float64(t.at+i)/16000))
	}
	t.at += n
	return n, nil
}

// A long recording is read bit by bit, and each window of it encoded.
func ExampleModel_EncodeWindows() {
	m, err := audioclip.Config{Towers: audioclip.Audio}.Open(model)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	recording := &tone{hz: 440, frames: 25 * 16000} // or what audio.Open returns
	windows, err := m.EncodeWindows(context.Background(), recording, audioclip.AudioConfig{Hop: 8 * time.Second})
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range windows {
		fmt.Printf("%v to %v: %d values\n", w.Start, w.End, len(w.Vector))
	}
	// Output:
	// 0s to 10s: 16 values
	// 8s to 18s: 16 values
	// 15s to 25s: 16 values
}
