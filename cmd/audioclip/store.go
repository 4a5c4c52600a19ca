package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
	"github.com/soundspace/soundspace/internal/command"
	"github.com/soundspace/soundspace/internal/weaviate"
)

// dbVariable names the file of the index where --db does not.
const dbVariable = "AUDIOCLIP_DB"

// storeFlags say where the index is.
type storeFlags struct {
	db    string
	store string
}

func (f *storeFlags) define(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.db, "db", os.Getenv(dbVariable), "`FILE` of the index (default: $"+dbVariable+", or else audioclip/index.db in the user's data folder)")
	s.StringVar(&f.store, "store", "", "`ADDRESS` of a server that keeps the index: weaviate[s]://HOST:PORT[,HOST:PORT...][/CLASS]")
}

// check finds what makes no sense.
func (f *storeFlags) check(cmd *cobra.Command) error {
	switch {
	case f.store != "" && cmd.Flags().Changed("db"):
		return command.UsageError{Err: errors.New("--db and --store: the index is in one or the other")}
	case f.store != "" && !strings.HasPrefix(f.store, weaviate.Scheme) && !strings.HasPrefix(f.store, weaviate.SecureScheme):
		return command.UsageError{Err: fmt.Errorf("--store %s: it must begin with %s or %s", f.store, weaviate.Scheme, weaviate.SecureScheme)}
	}
	return nil
}

// path returns the file of the index.
func (f *storeFlags) path() (string, error) {
	if f.db != "" {
		return f.db, nil
	}
	dir, err := dataDir()
	if err != nil {
		return "", fmt.Errorf("%w; --db names the file of the index", err)
	}
	return filepath.Join(dir, "audioclip", "index.db"), nil
}

// dataDir returns the folder for what programs keep for a user: the XDG Base Directory
// Specification's, or that of the system. It is not the cache, since an index of many
// hours takes hours.
func dataDir() (string, error) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return os.UserConfigDir()
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share"), err
}

// openStore opens the index to search it, or to write it.
func (f *storeFlags) openStore(ctx context.Context, writing bool) (index.Store, error) {
	if f.store != "" {
		return weaviate.Open(ctx, f.store)
	}
	path, err := f.path()
	if err != nil {
		return nil, err
	}
	if !writing {
		return readStore(path)
	}
	if f.db == "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
	}
	s, err := sqlite.Open(path)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func readStore(path string) (index.Store, error) {
	s, err := sqlite.OpenReadOnly(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no index yet; 'audioclip index DIR' makes one", path)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// name is what the index is called in reports.
func (f *storeFlags) name() string {
	path, err := f.path()
	if err != nil {
		path = "the index"
	}
	return cmp.Or(f.store, path)
}

// advise adds to an error of the index what can be done.
func (f *storeFlags) advise(err error) error {
	switch {
	case errors.Is(err, sqlite.ErrFormat), errors.Is(err, sqlite.ErrCorrupt):
		return fmt.Errorf("%w; 'audioclip index --rebuild' makes a new one, --db names another", err)
	case errors.Is(err, index.ErrOtherModel):
		return fmt.Errorf("%s: %w; --model names that one, --db another index, and 'audioclip index --rebuild' makes it anew", f.name(), err)
	}
	return err
}

// openSearch opens a model, and the index to search it with that model. Both are to be
// closed.
func (f *storeFlags) openSearch(ctx context.Context, mf *modelFlags) (*audioclip.Model, index.Store, error) {
	model, err := mf.open(audioclip.Audio | audioclip.Text)
	if err != nil {
		return nil, nil, err
	}
	id, err := index.Identify(ctx, model, mf.name())
	if err != nil {
		model.Close()
		return nil, nil, err
	}
	store, err := f.openFor(ctx, id)
	if err != nil {
		model.Close()
		return nil, nil, err
	}
	return model, store, nil
}

// openFor opens the index to search it with a model, which must be that of the index.
func (f *storeFlags) openFor(ctx context.Context, id index.Identity) (_ index.Store, err error) {
	s, err := f.openStore(ctx, false)
	if err != nil {
		return nil, f.advise(err)
	}
	defer func() {
		if err != nil {
			s.Close()
			err = f.advise(err)
		}
	}()
	of, err := s.Identity(ctx)
	if err != nil {
		return nil, err
	}
	if of.Dim == 0 {
		return nil, fmt.Errorf("%s: nothing is indexed yet; 'audioclip index DIR' does that", f.name())
	}
	return s, of.Fits(id)
}
