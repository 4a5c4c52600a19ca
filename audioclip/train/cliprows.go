package train

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"sync"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/internal/nn"
)

// longestClip is how much of a clip a frozen audio encoder hears, as much as
// dataset.NewCache keeps of it.
const longestClip = 60.0

// clipRows returns the vectors that a model gives clips, of unit length; they are zeros
// where a clip cannot be decoded, which is logged.
func clipRows(ctx context.Context, model *audioclip.Model, clips []dataset.Clip, cfg *Config) (nn.Matrix, error) {
	encode := func(clip *audio.Clip) ([]float32, error) {
		m, err := model.EncodeAudio(ctx, []*audio.Clip{clip}, audioclip.AudioConfig{})
		return m.Data, err
	}
	return rowsOfClips(ctx, "vectors of clips", identify(model), model.Info().Dim, clips, encode, cfg)
}

// rowsOfClips returns what compute, of which who tells some more, makes of clips: a row
// of cols values for each, zeros where a clip cannot be decoded, which is logged. Each
// recording is decoded once, up to the end of its last clip. cfg.Workers recordings are
// gone through at a time. The rows are kept in the cache.
func rowsOfClips(ctx context.Context, what, who string, cols int, clips []dataset.Clip, compute func(*audio.Clip) ([]float32, error), cfg *Config) (nn.Matrix, error) {
	probe, err := compute(probeSound()) // another model gives another vector
	if err != nil {
		return nn.Matrix{}, err
	}
	h := sha256.New()
	fmt.Fprintln(h, who, probe)
	for _, c := range clips {
		fmt.Fprintf(h, "%q %g %g", c.File, c.Start, c.Seconds)
		if st, err := os.Stat(c.File); err == nil {
			fmt.Fprint(h, " ", st.Size(), " ", st.ModTime().UnixNano())
		}
		fmt.Fprintln(h)
	}
	return cachedRows(cfg.Cache, fmt.Sprintf("clips-%x", h.Sum(nil)[:8]), len(clips), cols, func() (audioclip.Matrix, error) {
		dst := audioclip.NewMatrix(len(clips), cols)
		return dst, eachClip(ctx, what, clips, cfg, func(i int, clip *audio.Clip) error {
			row, err := compute(clip)
			copy(dst.Row(i), row)
			return err
		})
	})
}

// probeSound is a second of a rising tone.
func probeSound() *audio.Clip {
	c := audio.NewClip(1, 16000, 16000)
	for i := range c.Samples[0] {
		t := float64(i) / 16000
		c.Samples[0][i] = float32(0.5 * math.Sin(2*math.Pi*(200*t+1500*t*t)))
	}
	return c
}

// eachClip decodes clips and calls do with each, those of several recordings at a time.
// It logs what cannot be decoded, and errors of do.
func eachClip(ctx context.Context, what string, clips []dataset.Clip, cfg *Config, do func(i int, clip *audio.Clip) error) error {
	var files []string
	byFile := map[string][]int{}
	for i, c := range clips {
		if byFile[c.File] == nil {
			files = append(files, c.File)
		}
		byFile[c.File] = append(byFile[c.File], i)
	}
	next := make(chan string)
	var workers sync.WaitGroup
	var lock sync.Mutex // of done and cfg
	done := 0
	for range max(cfg.Workers, 1) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for file := range next {
				errs := eachOfFile(ctx, clips, byFile[file], do)
				lock.Lock()
				cfg.logLeftOut(errs)
				done += len(byFile[file])
				cfg.prepared(what, done, len(clips))
				lock.Unlock()
			}
		}()
	}
	for _, file := range files {
		if ctx.Err() != nil {
			break
		}
		next <- file
	}
	close(next)
	workers.Wait()
	return ctx.Err()
}

// eachOfFile is eachClip for the clips of one recording.
func eachOfFile(ctx context.Context, clips []dataset.Clip, which []int, do func(i int, clip *audio.Clip) error) (errs []error) {
	own := make([]dataset.Clip, len(which))
	for k, i := range which {
		own[k] = clips[i]
		if s := &own[k].Seconds; *s == 0 || *s > longestClip {
			*s = longestClip
		}
	}
	for s := range dataset.Sounds(ctx, own, dataset.SoundConfig{MaxSeconds: longestClip}) {
		failed := s.Err
		if failed == nil {
			failed = do(which[s.Clip], s.Audio)
		}
		if failed != nil && ctx.Err() == nil {
			errs = append(errs, own[s.Clip].Wrap(failed))
		}
	}
	return errs
}
