package dataset

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
)

// Sounds are stretches of their recordings, whatever their order and however they
// overlap, and reading stops when no more is wanted.
func TestSounds(t *testing.T) {
	const rate = 44100
	dir := t.TempDir()
	mono := map[string][]float32{}
	for number, name := range []string{filepath.Join(dir, "a.wav"), filepath.Join(dir, "b.wav")} {
		clip := audio.NewClip(2, 2*rate, rate)
		for c, samples := range clip.Samples {
			for i := range samples {
				samples[i] = float32((i*(c+3)*(number+7))%4001-2000) / 4096
			}
		}
		if err := audio.WriteWAVFile(name, clip, 24); err != nil {
			t.Fatal(err)
		}
		mono[name] = clip.Mono().Samples[0]
	}
	a, b := filepath.Join(dir, "a.wav"), filepath.Join(dir, "b.wav")
	clips := []Clip{
		{File: b, Start: 1.5, Seconds: 0.25}, {File: b, Seconds: 0.1}, {File: a, Start: 0.5}, {File: b, Seconds: 2}, {File: b, Start: 0.05, Seconds: 0.01},
		{File: b, Start: 1.9, Seconds: 7}, {File: b}, {File: a, Start: 2}, {File: a, Start: 1e9, Seconds: 1e9}, {File: filepath.Join(dir, "none.wav")},
	}
	var order []int
	for s := range Sounds(context.Background(), clips, SoundConfig{MaxSeconds: 3}) {
		order = append(order, s.Clip)
		c := clips[s.Clip]
		whole := mono[c.File]
		first := int(math.Round(c.Start * rate))
		if first >= len(whole) {
			if s.Err == nil || s.Audio != nil {
				t.Errorf("clip %d: no error", s.Clip)
			}
			continue
		}
		last := len(whole)
		if c.Seconds > 0 {
			last = min(first+int(math.Round(c.Seconds*rate)), last)
		}
		if s.Err != nil || s.Audio.SampleRate != rate || !slices.Equal(s.Audio.Samples[0], whole[first:last]) {
			t.Errorf("clip %d is not its stretch (%v)", s.Clip, s.Err)
		}
	}
	if want := []int{1, 3, 6, 4, 0, 5, 2, 7, 8, 9}; !slices.Equal(order, want) {
		t.Errorf("clips %v, want %v", order, want)
	}

	for s := range Sounds(context.Background(), clips[:1], SoundConfig{MaxSeconds: 0.2}) {
		if s.Err == nil || !strings.Contains(s.Err.Error(), "longer than 0.2 s") {
			t.Errorf("a long clip: %v", s.Err)
		}
	}
	n := 0
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range Sounds(ctx, clips, SoundConfig{}) {
		if n++; n == 2 {
			cancel()
		}
	}
	for range Sounds(context.Background(), clips, SoundConfig{}) {
		n++
		break
	}
	if n != 3 {
		t.Errorf("%d sounds after the end", n)
	}
}
