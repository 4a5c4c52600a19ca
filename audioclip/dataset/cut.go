package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/soundspace/soundspace/audio"
)

// Sound is what a clip sounds like.
type Sound struct {
	Clip  int // its index
	Audio *audio.Clip
	Err   error // why there is no Audio
}

// SoundConfig says how clips are read.
type SoundConfig struct {
	// MaxSeconds is how long a clip may be (0 or less: 60), which bounds memory where
	// a manifest names whole recordings. A longer one is an error.
	MaxSeconds float64
	// Audio says how recordings are decoded.
	Audio audio.Config
}

// Sounds returns the sounds of clips, mixed to mono, at the rates of their recordings:
// one Sound for each clip. Each recording is decoded once, in the order of their first
// clips; the clips of one follow each other by their start. One that reaches beyond the
// end of its recording ends there. If ctx is done, there are no more.
func Sounds(ctx context.Context, clips []Clip, cfg SoundConfig) iter.Seq[Sound] {
	if !(cfg.MaxSeconds > 0) {
		cfg.MaxSeconds = defaultMaxSeconds
	}
	cfg.MaxSeconds = min(cfg.MaxSeconds, maxSeconds)
	return func(yield func(Sound) bool) {
		cut := &cutter{cfg: cfg.Audio, maxSeconds: cfg.MaxSeconds}
		for _, which := range byRecording(clips) {
			going := cut.clips(ctx, clips, which, func(clip int, x []float32, rate int, err error) bool {
				if s := clips[clip].Seconds; err == nil && (s == 0 || s > cfg.MaxSeconds) && len(x) == samples(cfg.MaxSeconds, rate) {
					err = fmt.Errorf("the clip is longer than %g s", cfg.MaxSeconds)
				}
				if err != nil {
					return yield(Sound{Clip: clip, Err: err})
				}
				return yield(Sound{Clip: clip, Audio: &audio.Clip{Samples: [][]float32{slices.Clone(x)}, SampleRate: rate}})
			})
			if !going {
				return
			}
		}
	}
}

// byRecording returns the indices of the clips of each recording, in the order in
// which the recordings first appear, by their start.
func byRecording(clips []Clip) [][]int {
	var groups [][]int
	index := map[string]int{}
	for i, c := range clips {
		g, known := index[c.File]
		if !known {
			g = len(groups)
			index[c.File] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b int) int { return cmp.Compare(clips[a].Start, clips[b].Start) })
	}
	return groups
}

// cutter cuts clips out of recordings. It belongs to one goroutine.
type cutter struct {
	cfg        audio.Config
	maxSeconds float64 // the rest of a clip is left out
	block      [4096]float32
	mono       []float32 // samples from the frame base on
	base       int64
}

// samples returns how many samples so many seconds are.
func samples(seconds float64, rate int) int { return int(math.Round(seconds * float64(rate))) }

// clips decodes a recording and calls keep for each clip of it, with its samples, which
// keep may not hold on to, or with an error. It stops, and returns false, if ctx is done
// or keep returns false.
func (c *cutter) clips(ctx context.Context, clips []Clip, which []int, keep func(clip int, x []float32, rate int, err error) bool) bool {
	d, err := audio.Open(clips[which[0]].File, c.cfg)
	if err != nil {
		for _, i := range which {
			if ctx.Err() != nil || !keep(i, nil, 0, err) {
				return false
			}
		}
		return true
	}
	defer d.Close()
	rate, from := d.SampleRate(), audio.NewMixReader(d)
	c.mono, c.base = c.mono[:0], 0
	for _, i := range which {
		seconds := c.maxSeconds
		if s := clips[i].Seconds; s > 0 {
			seconds = min(seconds, s)
		}
		start := int64(math.Round(clips[i].Start * float64(rate)))
		end := start + int64(max(samples(seconds, rate), 1))
		if err == nil || errors.Is(err, io.EOF) { // after another error nothing more can be had
			err = c.read(ctx, from, start, end)
		}
		if ctx.Err() != nil {
			return false
		}
		held := func(at int64) int64 { return min(max(at-c.base, 0), int64(len(c.mono))) }
		x := c.mono[held(start):held(end)]
		var failed error
		switch {
		case err != nil && !errors.Is(err, io.EOF) && int64(len(x)) < end-start:
			failed = err
		case len(x) == 0:
			failed = errors.New("the recording ends before it")
		}
		if !keep(i, x, rate, failed) {
			return false
		}
	}
	return true
}

// read decodes until mono holds the frames from start to end, dropping those before
// start, which must not be less than in the call before. The error is io.EOF if the
// recording ends before.
func (c *cutter) read(ctx context.Context, from audio.Reader, start, end int64) error {
	drop := func() {
		n := min(max(start-c.base, 0), int64(len(c.mono)))
		c.mono = append(c.mono[:0], c.mono[n:]...)
		c.base += n
	}
	drop()
	for c.base+int64(len(c.mono)) < end {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := from.Read([][]float32{c.block[:]})
		c.mono = append(c.mono, c.block[:n]...)
		if err != nil {
			return err
		}
		if c.base+int64(len(c.mono)) <= start {
			drop()
		}
	}
	return nil
}
