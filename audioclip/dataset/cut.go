package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// cutter turns clips of a recording into features. It belongs to one goroutine.
type cutter struct {
	fe         frontend.FrontEnd
	cfg        CacheConfig
	resamplers map[int]*audio.Resampler // by the rate they start from
	block      [][]float32              // a buffer for decoding, by channel
	mono       []float32                // samples from the frame base on
	base       int64
	resampled  []float32
	features   []float32
}

func newCutter(fe frontend.FrontEnd, cfg CacheConfig) *cutter {
	return &cutter{fe: fe, cfg: cfg, resamplers: map[int]*audio.Resampler{}}
}

// clips decodes a recording and calls keep for each clip of it, with its features,
// which keep may not hold on to, or with an error. If ctx is done it stops.
func (c *cutter) clips(ctx context.Context, path string, clips []Clip, which []int, keep func(clip int, features []float32, err error)) {
	which = slices.Clone(which)
	slices.SortStableFunc(which, func(a, b int) int { return cmp.Compare(clips[a].Start, clips[b].Start) })
	d, err := audio.Open(path, c.cfg.Audio)
	if err != nil {
		for _, i := range which {
			keep(i, nil, fmt.Errorf("%s: %w", path, err))
		}
		return
	}
	defer d.Close()
	rate := float64(d.SampleRate())
	c.mono, c.base = c.mono[:0], 0
	for _, i := range which {
		if ctx.Err() != nil {
			return
		}
		seconds := c.cfg.MaxSeconds
		if s := clips[i].Seconds; s > 0 {
			seconds = min(seconds, s)
		}
		start := int64(math.Round(clips[i].Start * rate))
		end := start + max(int64(math.Round(seconds*rate)), 1)
		if err == nil || errors.Is(err, io.EOF) { // after another error nothing more can be had
			err = c.read(ctx, d, start, end)
		}
		x := c.mono[min(max(start-c.base, 0), int64(len(c.mono))):min(max(end-c.base, 0), int64(len(c.mono)))]
		switch {
		case err != nil && !errors.Is(err, io.EOF) && int64(len(x)) < end-start:
			keep(i, nil, fmt.Errorf("%s: the clip at %g s: %w", path, clips[i].Start, err))
		case len(x) == 0:
			keep(i, nil, fmt.Errorf("%s: the clip at %g s: the recording ends before it", path, clips[i].Start))
		default:
			features, err := c.compute(x, d.SampleRate())
			if err != nil {
				err = fmt.Errorf("%s: the clip at %g s: %w", path, clips[i].Start, err)
			}
			keep(i, features, err)
		}
	}
}

// read decodes until mono holds the frames from start to end, dropping those before
// start, which must not be less than in the call before. The error is io.EOF if the
// recording ends before.
func (c *cutter) read(ctx context.Context, d *audio.Decoder, start, end int64) error {
	channels := d.Channels()
	if len(c.block) < channels {
		c.block = make([][]float32, channels)
		for i := range c.block {
			c.block[i] = make([]float32, 4096)
		}
	}
	block := c.block[:channels]
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
		n, err := d.Read(block)
		if err != nil {
			return err
		}
		for t := range n {
			sum := block[0][t]
			for _, x := range block[1:] {
				sum += x[t]
			}
			c.mono = append(c.mono, sum/float32(channels))
		}
		if c.base+int64(len(c.mono)) <= start {
			drop()
		}
	}
	return nil
}

// compute returns the features of samples.
func (c *cutter) compute(x []float32, rate int) ([]float32, error) {
	if rate != c.fe.SampleRate() {
		r := c.resamplers[rate]
		if r == nil {
			var err error
			if r, err = audio.NewResampler(rate, c.fe.SampleRate(), audio.QualityStandard); err != nil {
				return nil, err
			}
			c.resamplers[rate] = r
		}
		c.resampled = r.Finish(r.Append(c.resampled[:0], x))
		x = c.resampled
	}
	c.features = c.fe.Compute(c.features[:0], x)
	if len(c.features) == 0 {
		return nil, fmt.Errorf("%d samples are too short for a frame", len(x))
	}
	for _, v := range c.features {
		if v != v {
			return nil, errors.New("it has samples that are not numbers")
		}
	}
	return c.features, nil
}
