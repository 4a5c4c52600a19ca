package web

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/soundspace/soundspace/internal/aside"
)

// cache is a folder of files that can be made again, of limited size: those that were not
// used for longest go first.
type cache struct {
	dir string
	max int64

	mu    sync.Mutex
	size  int64
	files map[string]*cached
}

type cached struct {
	name string
	size int64
	used time.Time
}

// openCache takes over the folder, and removes what a process left half done there more
// than an hour ago.
func openCache(dir string, most int64) (*cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c := &cache{dir: dir, max: most, files: map[string]*cached{}}
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		switch {
		case strings.HasSuffix(d.Name(), ".part"):
			if time.Since(info.ModTime()) > time.Hour {
				os.Remove(filepath.Join(dir, d.Name()))
			}
		case isCacheName(d.Name()):
			c.files[d.Name()] = &cached{d.Name(), info.Size(), info.ModTime()}
			c.size += info.Size()
		}
	}
	c.evict()
	return c, nil
}

// isCacheName tells whether a file is one of ours: nothing else is ever removed.
func isCacheName(name string) bool {
	return isHex(strings.TrimSuffix(name, filepath.Ext(name)), 64)
}

// open opens a file; the error of one that is not there matches fs.ErrNotExist.
func (c *cache) open(name string) (*os.File, error) {
	f, err := os.Open(filepath.Join(c.dir, name))
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.files[name]; known != nil {
		if err != nil {
			c.forget(known)
			return nil, err
		}
		if now := time.Now(); now.Sub(known.used) > time.Minute {
			os.Chtimes(f.Name(), now, now)
			known.used = now
		}
	}
	return f, err
}

// write makes a file, or nothing.
func (c *cache) write(name string, write func(*os.File) error) (err error) {
	f, err := aside.Create(filepath.Join(c.dir, name))
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(c.dir, name)); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.files[name]; old != nil {
		c.forget(old)
	}
	c.files[name] = &cached{name, info.Size(), time.Now()}
	c.size += info.Size()
	c.evict()
	return nil
}

func (c *cache) forget(f *cached) {
	delete(c.files, f.name)
	c.size -= f.size
}

// evict removes files until a tenth of the folder is free, if there is too much in it.
func (c *cache) evict() {
	if c.size <= c.max {
		return
	}
	oldest := make([]*cached, 0, len(c.files))
	for _, f := range c.files {
		oldest = append(oldest, f)
	}
	slices.SortFunc(oldest, func(a, b *cached) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name)) })
	for _, f := range oldest {
		if c.size <= c.max-c.max/10 {
			return
		}
		if err := os.Remove(filepath.Join(c.dir, f.name)); err == nil || errors.Is(err, fs.ErrNotExist) {
			c.forget(f)
		}
	}
}

// read returns the content of a file.
func (c *cache) read(name string) ([]byte, error) {
	f, err := c.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
