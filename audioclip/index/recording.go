package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/inputs"
)

// file brings the store up to date with a file. An error ends the run; what is wrong with
// the file is in the report.
func (b *builder) file(ctx context.Context, f found) error {
	e, how, err := b.read(ctx, f)
	if errors.Is(err, ErrChanging) {
		e, how, err = b.read(ctx, f)
	}
	var fromStore *storeError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &fromStore):
		return fromStore.error
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case !f.named && errors.Is(err, audio.ErrFormat) && !inputs.NamedLikeSound(f.path):
		err = nil // it is something else
	case err != nil && len(e.Windows) > 0:
		b.fail(f.path, fmt.Errorf("%w; what comes before that is indexed", err))
	case err != nil:
		b.fail(f.path, err)
	}
	_, was := b.known[f.path]
	if len(e.Windows) == 0 {
		// What the store has is of other bytes, unless these could not be read at all.
		if was && !errors.As(err, new(*fs.PathError)) && !errors.Is(err, ErrChanging) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.report.Removed++
			return b.store.Remove(ctx, f.path)
		}
		return nil
	}
	if err := b.store.Put(ctx, e); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case how == touched:
		b.report.Unchanged++
	case how == copied:
		b.report.Unchanged++
		b.report.Moved++
	case was:
		b.report.Updated++
	default:
		b.report.Added++
	}
	return nil
}

// how an entry came about.
type how int

const (
	encoded how = iota
	copied      // from a recording with the same bytes
	touched     // it has the bytes that it had
)

// storeError is an error of the store, not of a file.
type storeError struct{ error }

// read reads a file, and encodes it unless its vectors are known. If it breaks off, there
// are an entry and an error.
func (b *builder) read(ctx context.Context, f found) (e Entry, h how, err error) {
	before, err := os.Stat(f.path)
	if err != nil {
		return e, h, err
	}
	e.File = File{Path: f.path, Size: before.Size(), ModTime: before.ModTime()}
	if e.Hash, err = hash(ctx, f.path); err != nil {
		return Entry{}, h, err
	}
	h, err = b.reuse(ctx, &e)
	if err == nil && e.Windows == nil {
		err = b.encode(ctx, f, &e)
	}
	after, statErr := os.Stat(f.path)
	if statErr != nil {
		return Entry{}, h, statErr
	}
	if after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return Entry{}, h, ErrChanging
	}
	return e, h, err
}

// hash returns the SHA-256 of a file.
func hash(ctx context.Context, path string) (sum [sha256.Size]byte, err error) {
	r, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer r.Close()
	h := sha256.New()
	for {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		_, err := io.CopyN(h, r, 16<<20)
		if err == io.EOF {
			break
		}
		if err != nil {
			return sum, err
		}
	}
	h.Sum(sum[:0])
	return sum, nil
}

// reuse gives the entry the vectors of a recording with the same bytes, if there is one.
func (b *builder) reuse(ctx context.Context, e *Entry) (how, error) {
	from, h := e.Path, touched
	if b.known[e.Path].hash != e.Hash {
		var ok bool
		if from, ok = b.byHash[e.Hash]; !ok {
			return encoded, nil
		}
		h = copied
	}
	old, err := b.store.Get(ctx, ID(from))
	if errors.Is(err, ErrNotFound) || err == nil && old.Hash != e.Hash {
		return encoded, nil // another run has changed it
	}
	if err != nil {
		return encoded, &storeError{err}
	}
	e.Format, e.SampleRate, e.Channels, e.Duration, e.Windows = old.Format, old.SampleRate, old.Channels, old.Duration, old.Windows
	return h, nil
}

// encode decodes a recording, and sets its windows.
func (b *builder) encode(ctx context.Context, f found, e *Entry) error {
	cfg := b.cfg.Audio
	if !f.named && !inputs.NamedLikeSound(f.path) {
		cfg.NoFFmpeg = true
	}
	d, err := audio.Open(f.path, cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	info := d.Info()
	counted := &counter{Reader: d}
	var before time.Duration
	e.Windows, err = b.model.EncodeWindows(ctx, counted, audioclip.AudioConfig{Hop: b.cfg.Hop, Progress: func(done time.Duration) {
		part := 0.5 // it is not known how long it is
		if total := info.Duration(); total > 0 {
			part = done.Seconds() / total.Seconds()
		}
		b.sound(f, done-before, part)
		before = done
	}})
	e.Format, e.SampleRate, e.Channels = info.Format, d.SampleRate(), d.Channels()
	e.Duration = counted.duration()
	// At the rate of the model, the last window can end a fraction of a sample later.
	for i, w := range e.Windows {
		e.Windows[i].End = min(w.End, e.Duration)
	}
	return err
}

// counter counts what is read.
type counter struct {
	audio.Reader
	frames int64
}

func (c *counter) Read(dst [][]float32) (int, error) {
	n, err := c.Reader.Read(dst)
	c.frames += int64(n)
	return n, err
}

func (c *counter) duration() time.Duration {
	rate := int64(c.SampleRate())
	return time.Duration(c.frames/rate)*time.Second + time.Duration(c.frames%rate)*time.Second/time.Duration(rate)
}
