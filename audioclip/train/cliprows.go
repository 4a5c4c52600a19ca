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
// where a clip cannot be decoded, which is logged. Each recording is decoded once, up to
// the end of its last clip. cfg.Workers recordings are encoded at a time.
func clipRows(ctx context.Context, model *audioclip.Model, clips []dataset.Clip, cfg *Config) (nn.Matrix, error) {
	probe, err := model.EncodeAudio(ctx, []*audio.Clip{probeSound()}, audioclip.AudioConfig{}) // another model gives another vector
	if err != nil {
		return nn.Matrix{}, err
	}
	h := sha256.New()
	fmt.Fprintln(h, identify(model), probe.Data)
	for _, c := range clips {
		fmt.Fprintf(h, "%q %g %g", c.File, c.Start, c.Seconds)
		if st, err := os.Stat(c.File); err == nil {
			fmt.Fprint(h, " ", st.Size(), " ", st.ModTime().UnixNano())
		}
		fmt.Fprintln(h)
	}
	return cachedRows(cfg.Cache, fmt.Sprintf("clips-%x", h.Sum(nil)[:8]), len(clips), model.Info().Dim, func() (audioclip.Matrix, error) {
		return encodeClips(ctx, model, clips, cfg)
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

func encodeClips(ctx context.Context, model *audioclip.Model, clips []dataset.Clip, cfg *Config) (audioclip.Matrix, error) {
	var files []string
	byFile := map[string][]int{}
	for i, c := range clips {
		if byFile[c.File] == nil {
			files = append(files, c.File)
		}
		byFile[c.File] = append(byFile[c.File], i)
	}
	dst := audioclip.NewMatrix(len(clips), model.Info().Dim)
	next := make(chan string)
	var workers sync.WaitGroup
	var lock sync.Mutex // of done and cfg
	done := 0
	for range max(cfg.Workers, 1) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for file := range next {
				errs := encodeFile(ctx, model, dst, clips, byFile[file])
				lock.Lock()
				cfg.logLeftOut(errs)
				done += len(byFile[file])
				cfg.prepared("vectors of clips", done, len(clips))
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
	return dst, ctx.Err()
}

// encodeFile encodes the clips of a recording.
func encodeFile(ctx context.Context, model *audioclip.Model, dst audioclip.Matrix, clips []dataset.Clip, which []int) (errs []error) {
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
			var v audioclip.Matrix
			if v, failed = model.EncodeAudio(ctx, []*audio.Clip{s.Audio}, audioclip.AudioConfig{}); failed == nil {
				copy(dst.Row(which[s.Clip]), v.Data)
			}
		}
		if failed != nil && ctx.Err() == nil {
			errs = append(errs, own[s.Clip].Wrap(failed))
		}
	}
	return errs
}
