package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// CacheConfig says how features are made and kept. The zero value is valid: they are
// made by one worker and kept in memory only.
type CacheConfig struct {
	// Folder is where the features are kept in a file, for the next time. If "",
	// they are not.
	Folder string
	// Settings identify the front end: a file made with others is not used. It
	// must be given if Folder is.
	Settings string
	// MaxSeconds is how much of a clip is kept at most (0: 60), which bounds
	// memory where a manifest names whole recordings.
	MaxSeconds float64
	// InMemory is up to how many bytes of features are kept in memory (0: 2 GiB;
	// negative: none). With more, they are read from the file when asked for. It
	// counts only if there is a Folder.
	InMemory int64
	// Workers is how many recordings are decoded at a time (0: 1). The features do
	// not depend on it.
	Workers int
	// Strict makes it an error if a recording cannot be decoded. Otherwise its
	// clips have no features, see [Cache.Skipped].
	Strict bool
	// Audio says how recordings are decoded.
	Audio audio.Config
	// Progress, if not nil, is called with the number of clips done, by one
	// goroutine at a time.
	Progress func(done, total int)
}

// Cache holds the log-mel features of clips: for each a matrix of frames in dB. It
// is safe for concurrent use.
//
// Values are kept as 16-bit integers in units of 1/128 dB. So they lie between -256
// and 255.99 dB, and are off by 0.004 dB at most; half-precision floating point
// would be off by up to 0.06 dB.
type Cache struct {
	bands   int
	frames  []uint32 // of each clip, 0 if it was skipped
	offsets []int64  // of each clip, in bytes from the start of its file
	skipped []error
	file    *os.File // nil if in memory
	data    []byte   // what file would hold
	scratch sync.Pool
}

// defaultMaxSeconds is how much of a clip is used if nobody says it.
const defaultMaxSeconds = 60

// unit is the number of dB that 1 stands for in a cache.
const unit = 1.0 / 128

// NewCache returns the features of clips: those of an earlier time if cfg.Folder
// holds them, else made now. They are made anew where a clip or the front end is
// another, or a recording has another size or time of modification; captions,
// concepts and sources do not matter.
//
// The front end must have one plane, frames as rows and dB of power as values. Each
// recording is decoded once; each clip is cut out, mixed to mono, resampled and
// given to the front end for itself. A clip that reaches beyond the end of its
// recording ends there.
//
// The error is that of ctx, or of the first recording that cannot be decoded if
// cfg.Strict, or says that no recording can be, or that the folder cannot be
// written. Nothing is left behind then.
func NewCache(ctx context.Context, clips []Clip, fe frontend.FrontEnd, cfg CacheConfig) (*Cache, error) {
	if len(clips) == 0 {
		return nil, errors.New("dataset: no clips to make features of")
	}
	if cfg.MaxSeconds == 0 {
		cfg.MaxSeconds = defaultMaxSeconds
	}
	if !(cfg.MaxSeconds > 0 && cfg.MaxSeconds <= maxSeconds) {
		return nil, fmt.Errorf("dataset: MaxSeconds is %g, it must be more than 0 and at most %g", cfg.MaxSeconds, maxSeconds)
	}
	shape := fe.Shape(fe.SampleRate())
	if shape.Planes != 1 || shape.Cols < 1 || shape.Cols > maxBands {
		return nil, fmt.Errorf("dataset: a front end of %d planes and %d bands, there must be one plane of 1 to %d bands", shape.Planes, shape.Cols, maxBands)
	}
	if cfg.Folder == "" {
		var b bytes.Buffer
		c, err := makeCache(ctx, &b, [sha256.Size]byte{}, clips, fe, cfg)
		if err != nil {
			return nil, err
		}
		c.data = b.Bytes()
		return c, nil
	}
	if cfg.Settings == "" {
		return nil, errors.New("dataset: a cache in a folder needs Settings that identify its front end")
	}
	key := cacheKey(clips, fe, cfg)
	path := filepath.Join(cfg.Folder, fmt.Sprintf("features-%x.cache", key[:8]))
	c, err := openCache(path, key, len(clips), shape.Cols, cfg.InMemory)
	if err == nil && cfg.Strict && len(c.skipped) > 0 {
		c.Close()
		return nil, c.skipped[0]
	}
	if err == nil {
		if cfg.Progress != nil {
			cfg.Progress(len(clips), len(clips))
		}
		return c, nil
	}
	// It is not there, or not whole, or not one of ours: it is made anew.
	err = aside.Write(path, nil, func(w io.Writer) error {
		_, err := makeCache(ctx, w, key, clips, fe, cfg)
		return err
	})
	if err != nil {
		return nil, err
	}
	return openCache(path, key, len(clips), shape.Cols, cfg.InMemory)
}

// Bands returns the number of values in a frame.
func (c *Cache) Bands() int { return c.bands }

// Frames returns the number of frames of a clip, 0 if it was skipped.
func (c *Cache) Frames(clip int) int { return int(c.frames[clip]) }

// Skipped says what is wrong with the clips that have no features, one error for
// each. They stay skipped until their recording changes or the cache is removed.
func (c *Cache) Skipped() []error { return c.skipped }

// Usable returns those of the clips that have features.
func (c *Cache) Usable(clips []int) []int {
	var usable []int
	for _, i := range clips {
		if c.frames[i] > 0 {
			usable = append(usable, i)
		}
	}
	return usable
}

// Features writes n frames of a clip, from the given one on, to dst if its capacity
// suffices, else to a new slice, and returns it: n·Bands() values in dB. It panics
// if the clip has no such frames. The error is one of reading the file.
func (c *Cache) Features(dst []float32, clip, from, n int) ([]float32, error) {
	if from < 0 || n < 0 || from+n > c.Frames(clip) {
		panic(fmt.Sprintf("dataset: frames %d to %d of a clip of %d", from, from+n, c.Frames(clip)))
	}
	size := 2 * n * c.bands
	offset := c.offsets[clip] + int64(2*from*c.bands)
	var raw []byte
	if c.file == nil {
		raw = c.data[offset : offset+int64(size)]
	} else {
		buf, _ := c.scratch.Get().(*[]byte)
		if buf == nil {
			buf = new([]byte)
		}
		defer c.scratch.Put(buf)
		*buf = slices.Grow((*buf)[:0], size)[:size]
		raw = *buf
		if _, err := c.file.ReadAt(raw, offset); err != nil {
			return nil, fmt.Errorf("dataset: reading features: %w", err)
		}
	}
	dst = slices.Grow(dst[:0], n*c.bands)[:n*c.bands]
	for i := range dst {
		dst[i] = float32(int16(binary.LittleEndian.Uint16(raw[2*i:]))) * unit
	}
	return dst, nil
}

// Close closes the file. The features cannot be used any more.
func (c *Cache) Close() error {
	if c.file == nil {
		return nil
	}
	return c.file.Close()
}

// cacheKey is a hash of all that features depend on.
func cacheKey(clips []Clip, fe frontend.FrontEnd, cfg CacheConfig) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %d %d %g %d\n", cacheVersion, cfg.Settings, fe.SampleRate(), fe.Shape(0).Cols, cfg.MaxSeconds, len(clips))
	files := map[string]string{}
	for _, c := range clips {
		id, ok := files[c.File]
		if !ok {
			id = fmt.Sprintf("%q", c.File)
			if st, err := os.Stat(c.File); err == nil {
				id += fmt.Sprintf(" %d %d", st.Size(), st.ModTime().UnixNano())
			}
			files[c.File] = id
		}
		fmt.Fprintf(h, "%s %g %g\n", id, c.Start, c.Seconds)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// makeCache writes a cache to w and returns it, without the means to read features.
func makeCache(ctx context.Context, w io.Writer, key [sha256.Size]byte, clips []Clip, fe frontend.FrontEnd, cfg CacheConfig) (*Cache, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out, err := newCacheWriter(w, key, len(clips), fe.Shape(0).Cols)
	if err != nil {
		return nil, err
	}

	recordings := make(chan []int)
	go func() {
		defer close(recordings)
		for _, which := range byRecording(clips) {
			select {
			case recordings <- which:
			case <-ctx.Done():
				return
			}
		}
	}()

	var lock sync.Mutex // of out and done
	done := 0
	errs := make([]error, len(clips))
	keep := func(clip int, features []float32, err error) {
		lock.Lock()
		defer lock.Unlock()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && cfg.Strict:
			cancel(err)
			return
		case err != nil:
			errs[clip] = err
		default:
			if err := out.add(clip, features); err != nil {
				cancel(err)
				return
			}
		}
		done++
		if cfg.Progress != nil {
			cfg.Progress(done, len(clips))
		}
	}
	var workers sync.WaitGroup
	for range max(cfg.Workers, 1) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			cut := &cutter{cfg: cfg.Audio, maxSeconds: cfg.MaxSeconds}
			extract := newExtractor(fe)
			for which := range recordings {
				cut.clips(ctx, clips, which, func(clip int, x []float32, rate int, err error) bool {
					var features []float32
					if err == nil {
						features, err = extract.compute(x, rate)
					}
					if err != nil {
						err = clips[clip].Wrap(err)
					}
					keep(clip, features, err)
					return true
				})
			}
		}()
	}
	workers.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var skipped []error
	for _, err := range errs {
		if err != nil {
			skipped = append(skipped, err)
		}
	}
	if len(skipped) == len(clips) {
		return nil, fmt.Errorf("dataset: none of %d clips can be decoded, the first: %w", len(clips), skipped[0])
	}
	return out.finish(skipped)
}
