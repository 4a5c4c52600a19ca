package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"

	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// LoaderConfig says what batches are made of. Rows, Frames, RangeDB and Axes must
// be given.
type LoaderConfig struct {
	// Rows is the number of windows in a batch.
	Rows int
	// Frames is the length of a window.
	Frames int
	// RangeDB is how far below its largest value a window is seen: values are those
	// of [frontend.Relative].
	RangeDB float64
	// FloorDB is the level of silence, and the least there is (0: -100).
	FloorDB float64
	// Axes say what frames and bands are.
	Axes Axes
	// Augment says how clips are changed. In the first Ramp steps probabilities and
	// the widths of masks grow, evenly, from a quarter to what it says.
	Augment Augment
	Ramp    uint64
	// Background are the clips that Augment.Background takes from.
	Background []int
	// Seed selects the random numbers.
	Seed uint64
	// Workers is the number of goroutines that make batches (0: 1). The batches do
	// not depend on it.
	Workers int
}

// Batch is what one step trains on.
type Batch struct {
	// Step is the number of the batch, from 0.
	Step uint64
	// Frames and Bands are the shape of a window.
	Frames, Bands int
	// Features holds len(Rows) windows, frame by frame, of relative values, from 2 to -2.
	Features []float32
	// Rows say what the windows show.
	Rows []Row
}

// Row is what a window of a batch shows.
type Row struct {
	// Clip is the index of the clip.
	Clip int
	// Caption is the index of one of its captions, chosen at random.
	Caption int
	// Other is the row of this batch whose clip was mixed in, -1 if there is none.
	Other int
	// Lambda is the share of Clip in the target, 1 if nothing was mixed in. The
	// share of the clip of row Other is 1-Lambda.
	Lambda float32
}

// Loader makes batches of windows of features. It is immutable and safe for
// concurrent use, if its sampler is.
type Loader struct {
	clips   []Clip
	cache   *Cache
	sampler Sampler
	cfg     LoaderConfig
	silence float32
	log     *f32.Log
	scratch sync.Pool
}

// NewLoader returns a loader of clips, whose features the cache holds. The error
// says what is wrong with cfg.
func NewLoader(clips []Clip, cache *Cache, sampler Sampler, cfg LoaderConfig) (*Loader, error) {
	const most = 1 << 20
	if cfg.FloorDB == 0 {
		cfg.FloorDB = -100
	}
	switch {
	case len(clips) != len(cache.frames):
		return nil, fmt.Errorf("dataset: a cache of %d clips for %d clips", len(cache.frames), len(clips))
	case cfg.Rows < 1 || cfg.Rows > most || cfg.Frames < 1 || cfg.Frames > most:
		return nil, fmt.Errorf("dataset: batches of %d rows and %d frames; there may be 1 to %d of each", cfg.Rows, cfg.Frames, most)
	case !(cfg.RangeDB >= 1 && cfg.RangeDB <= 1000):
		return nil, fmt.Errorf("dataset: RangeDB is %g, it must be 1 to 1000", cfg.RangeDB)
	case !(cfg.FloorDB >= -300 && cfg.FloorDB <= 300):
		return nil, fmt.Errorf("dataset: FloorDB is %g, it must be -300 to 300", cfg.FloorDB)
	case cfg.Augment.Background.Probability > 0 && len(cfg.Background) == 0:
		return nil, errors.New("dataset: Augment.Background without Background clips")
	}
	if err := cfg.Axes.check(cache.bands); err != nil {
		return nil, err
	}
	if err := cfg.Augment.check(); err != nil {
		return nil, err
	}
	for _, i := range cfg.Background {
		if i < 0 || i >= len(clips) || cache.Frames(i) == 0 {
			return nil, fmt.Errorf("dataset: background clip %d has no features", i)
		}
	}
	silence := ratio(cfg.FloorDB)
	return &Loader{
		clips: clips, cache: cache, sampler: sampler, cfg: cfg,
		silence: float32(silence),
		log:     f32.NewLog(10/math.Ln10, 0, silence),
	}, nil
}

// Batch makes the batch of a step. Its memory is reused.
func (l *Loader) Batch(dst *Batch, step uint64) error {
	rows, bands := l.cfg.Rows, l.cache.bands
	size := l.cfg.Frames * bands
	dst.Step, dst.Frames, dst.Bands = step, l.cfg.Frames, bands
	if len(dst.Rows) != rows || len(dst.Features) != rows*size {
		dst.Rows = make([]Row, rows)
		dst.Features = make([]float32, rows*size)
	}
	s, _ := l.scratch.Get().(*scratch)
	if s == nil {
		s = newScratch(l.cfg.Frames, bands, rows)
	}
	defer l.scratch.Put(s)
	l.sampler.Draw(s.drawn, step)
	a := l.cfg.Augment
	if step < l.cfg.Ramp {
		a = a.scaled(0.25 + 0.75*float64(step)/float64(l.cfg.Ramp))
	}
	for r, clip := range s.drawn {
		if l.cache.Frames(clip) == 0 {
			return fmt.Errorf("dataset: clip %d, at %g s of %s, has no features: give samplers what Cache.Usable returns", clip, l.clips[clip].Start, l.clips[clip].File)
		}
		s.rng.start(l.cfg.Seed, forAugmenting, step, r)
		dst.Rows[r] = Row{Clip: clip, Caption: s.rng.IntN(len(l.clips[clip].Captions)), Other: -1, Lambda: 1}
		if err := l.window(dst.Features[r*size:(r+1)*size], &dst.Rows[r], r, &a, s); err != nil {
			return err
		}
	}
	return nil
}

// window makes the window of row r.
func (l *Loader) window(p []float32, row *Row, r int, a *Augment, s *scratch) error {
	ax, bands, rng := l.cfg.Axes, l.cache.bands, s.rng.Rand
	if err := l.sound(p, row.Clip, a, s); err != nil {
		return err
	}
	if chance(rng, a.Mix.Probability) && len(s.drawn) > 1 {
		row.Other = (r + 1 + rng.IntN(len(s.drawn)-1)) % len(s.drawn)
		if err := l.sound(s.other, s.drawn[row.Other], a, s); err != nil {
			return err
		}
		row.Lambda = float32(a.Mix.apply(p, s.other, bands, rng))
	}
	a.Decay.apply(p, ax, s, rng)
	if chance(rng, a.Background.Probability) {
		if err := l.sound(s.other, l.cfg.Background[rng.IntN(len(l.cfg.Background))], a, s); err != nil {
			return err
		}
		a.Background.apply(p, s.other, bands, rng)
	}
	a.Noise.apply(p, ax, s, rng)
	clear(s.curve)
	a.BandLimit.add(s.curve, ax, rng)
	a.Gain.add(s.curve, rng)
	multiply(p, s.curve)
	a.Roll.apply(p, bands, rng)
	l.log.Apply(p)
	frontend.Relative(p, l.cfg.RangeDB)
	a.Mask.apply(p, bands, rng)
	return nil
}

// sound fills a window with the powers of a clip.
func (l *Loader) sound(dst []float32, clip int, a *Augment, s *scratch) (err error) {
	ax, bands, rng := l.cfg.Axes, l.cache.bands, s.rng.Rand
	speed, octaves := a.Stretch.choose(rng)
	frames := l.cache.Frames(clip)
	stretched := max(int(math.Round(float64(frames)/speed)), 1)
	place := a.Place.choose(stretched, l.cfg.Frames, rng)

	// Frame t of what is placed is frame (first+t)·speed of the clip.
	from := min(int(float64(place.first)*speed), frames-1)
	n := min(int(float64(place.n)*speed)+2, frames-from)
	if s.clip, err = l.cache.Features(s.clip, clip, from, n); err != nil {
		return err
	}
	toPower(s.clip)
	x := s.clip
	if speed != 1 {
		x = s.stretched[:place.n*bands]
		resampleFrames(x, s.clip, bands, speed)
	}
	place.fill(dst, x, bands, l.silence)
	if octaves != 0 {
		shiftBands(dst, ax, octaves, s)
	}
	clear(s.curve)
	a.Equalizer.add(s.curve, ax, rng)
	multiply(dst, s.curve)
	return nil
}

// Batches yields the batches from a step on, without end, until ctx is done or the
// loop is left. Workers make them ahead, in the order of steps. A batch is valid
// until the next one is asked for. After an error, which comes with a nil batch,
// there are no more.
func (l *Loader) Batches(ctx context.Context, from uint64) iter.Seq2[*Batch, error] {
	type slot struct {
		batch Batch
		step  uint64
		done  chan error
	}
	return func(yield func(*Batch, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		workers := max(l.cfg.Workers, 1)
		ring := make([]*slot, 2*workers)
		work := make(chan *slot, len(ring))
		var running sync.WaitGroup
		for range workers {
			running.Add(1)
			go func() {
				defer running.Done()
				for s := range work {
					if ctx.Err() == nil {
						s.done <- l.Batch(&s.batch, s.step)
					} else {
						s.done <- ctx.Err()
					}
				}
			}()
		}
		defer func() {
			stop()
			close(work)
			running.Wait()
		}()
		for i := range ring {
			ring[i] = &slot{step: from + uint64(i), done: make(chan error, 1)}
			work <- ring[i]
		}
		for i := 0; ; i = (i + 1) % len(ring) {
			s := ring[i]
			err := <-s.done
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&s.batch, nil) {
				return
			}
			s.step += uint64(len(ring))
			work <- s
		}
	}
}
