package index

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
)

// BuildConfig says how recordings are indexed. Its zero value is what most want.
type BuildConfig struct {
	// Model is the name of the model, for people (see Identity).
	Model string
	// Hop is the distance between windows (0: half a window). It concerns what is
	// encoded in this run: what is in the store already stays as it is.
	Hop time.Duration
	// Workers is the number of recordings that are read at the same time (0: 1).
	// Each may be split over the workers of the model besides.
	Workers int
	// Audio says how recordings are decoded.
	Audio audio.Config
	// Shard of Shards (1 of 3, 2 of 3, …) is the part of the recordings that this run
	// takes care of, told by their IDs, so that several machines can share the work on
	// folders that all of them see under the same paths. Zero of zero is all.
	Shard, Shards int
	// Progress, if not nil, is called now and then, never by two goroutines at once.
	Progress func(Progress)
}

// Progress tells how far Build has come.
type Progress struct {
	// Files of Total that are new or changed are done.
	Files, Total int
	// Part of the work is done, from 0 to 1, by the bytes of the files.
	Part float64
	// Sound is how much has been encoded.
	Sound time.Duration
	// Path is what was begun last.
	Path string
}

// Report tells what Build has done.
type Report struct {
	// Added recordings are new, Updated ones have other sound than before, and
	// Unchanged ones were as they are already, but for their times and names maybe:
	// Moved counts those of them that have the vectors of one with the same bytes.
	Added, Updated, Moved, Unchanged int
	// Removed is how many are gone.
	Removed int
	// Sound is how much was encoded.
	Sound time.Duration
	// Failures are the files and folders that could not be read, in the order of their
	// paths.
	Failures []Failure
}

// Failure is why a file or folder could not be read.
type Failure struct {
	Path string
	Err  error
}

// ErrChanging is the error of a file that changes all the time while it is read.
var ErrChanging = errors.New("index: the file changed while it was read")

// Build makes a store hold the recordings below folders (dirs may have files as well) as
// they are now: it adds new ones, replaces what has changed, and removes what is gone. A
// file of the same size and time as before is not read, one with the same bytes as any
// that is in the store, under another name for instance, not encoded.
//
// All files count that package audio can decode, hidden ones and those in hidden folders
// excepted. Links to files are followed, links to folders below dirs are not. What fails
// is in the report, and does not stop the rest; of a recording that breaks off, what comes
// before is indexed. A file that vanishes meanwhile is left out; one that changes while it
// is read is read again, once.
//
// What is in a folder that cannot be read stays in the store; so does all below one of
// dirs in which there is no recording at all, since its disk may be missing: that is in
// the report, too. To remove them, use Store.Remove.
//
// Recordings are put into the store one by one, so that a run that is broken off loses
// only those that it was at. The error is that of the model, the store or ctx; the report
// tells then what has been done.
//
// The memory that Build takes beside model and store does not depend on the length
// of recordings, except for their vectors, one recording's for each worker; less than a
// kilobyte of each file is kept.
func Build(ctx context.Context, s Store, m *audioclip.Model, dirs []string, cfg BuildConfig) (Report, error) {
	if cfg.Shards < 0 || cfg.Shard < 0 || cfg.Shard > cfg.Shards || cfg.Shards > 0 && cfg.Shard == 0 {
		return Report{}, fmt.Errorf("index: shard %d of %d", cfg.Shard, cfg.Shards)
	}
	id, err := Identify(ctx, m, cfg.Model)
	if err != nil {
		return Report{}, err
	}
	if err := s.SetIdentity(ctx, id); err != nil {
		return Report{}, err
	}
	b := &builder{store: s, model: m, cfg: cfg, running: map[string]float64{}}
	// The store comes first: what another run adds after that is not taken for gone.
	if err := b.readStore(ctx); err != nil {
		return Report{}, err
	}
	work, err := b.walk(ctx, dirs)
	if err == nil {
		err = b.readAll(ctx, work)
	}
	if err == nil {
		err = b.removeGone(ctx)
	}
	slices.SortFunc(b.report.Failures, func(x, y Failure) int { return cmp.Compare(x.Path, y.Path) })
	return b.report, err
}

// known is what the store has of a file.
type known struct {
	size, modTime int64
	hash          [sha256.Size]byte
}

type builder struct {
	store Store
	model *audioclip.Model
	cfg   BuildConfig

	known  map[string]known             // by path
	byHash map[[sha256.Size]byte]string // a path of each
	gone   []string

	mu       sync.Mutex
	report   Report
	progress Progress
	bytes    float64            // of the files that are done
	total    float64            // of all to be read
	running  map[string]float64 // bytes that are done of each file that is being read
}

func (b *builder) readStore(ctx context.Context) error {
	b.known, b.byHash = map[string]known{}, map[[sha256.Size]byte]string{}
	for f, err := range b.store.Files(ctx) {
		if err != nil {
			return err
		}
		b.known[f.Path] = known{f.Size, f.ModTime.UnixNano(), f.Hash}
		b.byHash[f.Hash] = f.Path
	}
	return nil
}

// mine tells whether a recording is in the shard.
func (b *builder) mine(path string) bool {
	if b.cfg.Shards < 2 {
		return true
	}
	sum := sha256.Sum256([]byte(path)) // of which the ID is made
	return binary.BigEndian.Uint64(sum[:])%uint64(b.cfg.Shards) == uint64(b.cfg.Shard-1)
}

func (b *builder) fail(path string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.report.Failures = append(b.report.Failures, Failure{path, err})
}

// readAll reads files and puts them into the store.
func (b *builder) readAll(ctx context.Context, files []found) error {
	b.progress.Total = len(files)
	for _, f := range files {
		b.total += fileWork(f.size)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan found)
	var wg sync.WaitGroup
	for range max(1, b.cfg.Workers) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for f := range next {
				b.begin(f)
				if err := b.file(ctx, f); err != nil {
					cancel(err)
				}
				b.end(f)
			}
		}()
	}
	for _, f := range files {
		if ctx.Err() != nil {
			break
		}
		select {
		case next <- f:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// fileWork is the work that a file is counted as, in bytes: a file of few is some, too.
func fileWork(size int64) float64 { return float64(size) + 20_000 }

func (b *builder) begin(f found) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.progress.Path = f.path
	b.running[f.path] = 0
	b.tell()
}

// sound counts sound that was encoded, of a file of which a part is done.
func (b *builder) sound(f found, d time.Duration, part float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.report.Sound += d
	b.running[f.path] = min(part, 1) * fileWork(f.size)
	b.tell()
}

func (b *builder) end(f found) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.running, f.path)
	b.bytes += fileWork(f.size)
	b.progress.Files++
	b.tell()
}

func (b *builder) tell() {
	if b.cfg.Progress == nil {
		return
	}
	done := b.bytes
	for _, n := range b.running {
		done += n
	}
	b.progress.Part, b.progress.Sound = done/b.total, b.report.Sound
	b.cfg.Progress(b.progress)
}

// removeAtOnce is how many recordings are removed in a transaction.
const removeAtOnce = 500

// removeGone removes what was not found. It may have come back since.
func (b *builder) removeGone(ctx context.Context) error {
	gone := slices.DeleteFunc(b.gone, func(path string) bool {
		_, err := os.Stat(path)
		return !errors.Is(err, fs.ErrNotExist)
	})
	for list := range slices.Chunk(gone, removeAtOnce) {
		if err := b.store.Remove(ctx, list...); err != nil {
			return err
		}
		b.report.Removed += len(list)
	}
	return nil
}
