package main

import (
	"context"

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
	sounds := make(chan dataset.Sound, encodeBatch)
	go func() {
		defer close(sounds)
		for s := range dataset.Sounds(ctx, clips, dataset.SoundConfig{MaxSeconds: longestClip, Audio: cfg}) {
			select {
			case sounds <- s:
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() {
		cancel()
		for range sounds { // until the goroutine has ended
		}
	}()

	vectors := audioclip.NewMatrix(len(clips), model.Info().Dim)
	errs := make([]error, len(clips))
	finished := 0
	var batch []dataset.Sound
	encode := func() error {
		list := make([]*audio.Clip, len(batch))
		for i, s := range batch {
			list[i] = s.Audio
		}
		m, err := model.EncodeAudio(ctx, list, audioclip.AudioConfig{})
		for i, s := range batch {
			var v []float32
			if err == nil {
				v = m.Row(i)
			} else { // one by one, to find which it is
				v, errs[s.Clip] = model.EncodeReader(ctx, audio.NewClipReader(s.Audio), audioclip.AudioConfig{})
			}
			if errs[s.Clip] == nil {
				copy(vectors.Row(s.Clip), v)
			}
		}
		finished += len(batch)
		done(finished)
		batch = batch[:0]
		return ctx.Err()
	}
	for s := range sounds {
		if s.Err != nil {
			errs[s.Clip] = s.Err
			finished++
			continue
		}
		if batch = append(batch, s); len(batch) == encodeBatch {
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
