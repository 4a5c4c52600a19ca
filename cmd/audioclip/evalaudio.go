package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
)

// encodeBatch is how many clips are encoded at a time.
const encodeBatch = 16

// longestClip bounds, in seconds, what a clip takes of memory.
const longestClip = 3600

// encodeClips returns the embeddings of clips, a row each, and what went wrong with
// those whose rows are zeros. Each recording is decoded once, while others are
// encoded. done is called with the number of clips that are finished.
func encodeClips(ctx context.Context, model *audioclip.Model, clips []dataset.Clip, cfg audio.Config, done func(clips int)) (audioclip.Matrix, []error, error) {
	ctx, cancel := context.WithCancel(ctx)
	pieces := make(chan piece, encodeBatch)
	go func() {
		defer close(pieces)
		for _, which := range byRecording(clips) {
			cutRecording(clips, which, cfg, func(p piece) bool {
				select {
				case pieces <- p:
					return true
				case <-ctx.Done():
					return false
				}
			})
			if ctx.Err() != nil {
				return
			}
		}
	}()
	defer func() {
		cancel()
		for range pieces { // until the goroutine has ended
		}
	}()

	vectors := audioclip.NewMatrix(len(clips), model.Info().Dim)
	errs := make([]error, len(clips))
	finished := 0
	var batch []piece
	encode := func() error {
		sounds := make([]*audio.Clip, len(batch))
		for i, p := range batch {
			sounds[i] = p.sound
		}
		m, err := model.EncodeAudio(ctx, sounds, audioclip.AudioConfig{})
		for i, p := range batch {
			var v []float32
			if err == nil {
				v = m.Row(i)
			} else { // one by one, to find which it is
				v, errs[p.clip] = model.EncodeReader(ctx, audio.NewClipReader(p.sound), audioclip.AudioConfig{})
			}
			if errs[p.clip] == nil {
				copy(vectors.Row(p.clip), v)
			}
		}
		finished += len(batch)
		done(finished)
		batch = batch[:0]
		return ctx.Err()
	}
	for p := range pieces {
		if p.err != nil {
			errs[p.clip] = p.err
			finished++
			continue
		}
		if batch = append(batch, p); len(batch) == encodeBatch {
			if err := encode(); err != nil {
				return vectors, errs, err
			}
		}
	}
	if len(batch) > 0 {
		return vectors, errs, encode()
	}
	return vectors, errs, ctx.Err()
}

// byRecording returns the indices of the clips of each recording, in the order in
// which the recordings first appear, by their start.
func byRecording(clips []dataset.Clip) [][]int {
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

// piece is the sound of a clip, mixed to mono, or why there is none.
type piece struct {
	clip  int
	sound *audio.Clip
	err   error
}

// cutRecording gives the pieces of a recording, whose clips are sorted by start, as
// it decodes it. A recording that breaks off still gives what came before. It stops
// where give returns false.
func cutRecording(clips []dataset.Clip, which []int, cfg audio.Config, give func(piece) bool) {
	d, err := audio.Open(clips[which[0]].File, cfg)
	if err != nil {
		for _, i := range which {
			if !give(piece{clip: i, err: err}) {
				return
			}
		}
		return
	}
	defer d.Close()
	rate := float64(d.SampleRate())
	t := &tape{from: audio.NewMixReader(d)}
	for _, i := range which {
		c := &clips[i]
		seconds := c.Seconds
		if seconds == 0 {
			seconds = longestClip
		}
		start := int64(math.Round(c.Start * rate))
		length := max(int64(math.Round(min(seconds, longestClip)*rate)), 1)
		x, err := t.read(start, length)
		switch {
		case err == nil && (c.Seconds == 0 || c.Seconds > longestClip):
			err = fmt.Errorf("the clip is longer than %d seconds", longestClip)
		case errors.Is(err, io.EOF) && len(x) > 0:
			err = nil
		case errors.Is(err, io.EOF):
			err = errors.New("the recording ends before the clip")
		}
		p := piece{clip: i, err: err}
		if err == nil {
			p.sound = &audio.Clip{Samples: [][]float32{slices.Clone(x)}, SampleRate: d.SampleRate()}
		}
		if !give(p) {
			return
		}
	}
}

// tape holds the stretch of a recording that is being read.
type tape struct {
	from  audio.Reader // of one channel
	err   error        // after which nothing more can be had
	block [4096]float32
	held  []float32 // frames from base on
	base  int64
}

// read returns so many frames from start on, which must not be less than in the
// call before, valid until the next call. There are fewer only together with an
// error, io.EOF at the end of the recording.
func (t *tape) read(start, frames int64) ([]float32, error) {
	for {
		if before := min(max(start-t.base, 0), int64(len(t.held))); before > 0 {
			t.held = append(t.held[:0], t.held[before:]...)
			t.base += before
		}
		if t.base == start && int64(len(t.held)) >= frames {
			return t.held[:frames], nil
		}
		if t.err != nil {
			return t.held, t.err
		}
		var n int
		n, t.err = t.from.Read([][]float32{t.block[:]})
		t.held = append(t.held, t.block[:n]...)
	}
}
