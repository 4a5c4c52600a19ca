package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip/index"
)

// copyFile copies a recording of the module.
func copyFile(t testing.TB, name, to string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recordings, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOnlyWhatWasIndexed puts other things in the place of an indexed file.
func TestOnlyWhatWasIndexed(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	for _, test := range []struct {
		name   string
		change func(t *testing.T, path string, data []byte) error
		status int
	}{
		{"as it was", func(*testing.T, string, []byte) error { return nil }, 200},
		{"touched", func(_ *testing.T, path string, _ []byte) error {
			return os.Chtimes(path, time.Now(), time.Now().Add(time.Hour))
		}, 200},
		{"moved behind a link", func(_ *testing.T, path string, _ []byte) error {
			if err := os.Rename(path, path+".moved"); err != nil {
				return err
			}
			return os.Symlink(path+".moved", path)
		}, 200},
		{"removed", func(_ *testing.T, path string, _ []byte) error { return os.Remove(path) }, 410},
		{"its folder is a file", func(_ *testing.T, path string, _ []byte) error {
			if err := os.RemoveAll(filepath.Dir(path)); err != nil {
				return err
			}
			return os.WriteFile(filepath.Dir(path), nil, 0o666)
		}, 410},
		{"longer", func(_ *testing.T, path string, data []byte) error { return os.WriteFile(path, append(data, 0), 0o666) }, 409},
		{"another of the same size and time", func(_ *testing.T, path string, data []byte) error {
			st, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(path+".new", bytes.Repeat([]byte{'s'}, len(data)), 0o666); err != nil {
				return err
			}
			if err := os.Chtimes(path+".new", st.ModTime(), st.ModTime()); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}, 409},
		{"a link to a secret of the same size", func(_ *testing.T, path string, data []byte) error {
			if err := os.WriteFile(secret, bytes.Repeat([]byte{'s'}, len(data)), 0o600); err != nil {
				return err
			}
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink(secret, path)
		}, 409},
		{"a folder", func(_ *testing.T, path string, _ []byte) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Mkdir(path, 0o777)
		}, 409},
		{"a device", func(t *testing.T, path string, _ []byte) error {
			if runtime.GOOS == "windows" {
				t.Skip("no /dev/zero")
			}
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink("/dev/zero", path)
		}, 409},
		{"a pipe", func(t *testing.T, path string, _ []byte) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return makePipe(t, path)
		}, 409},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "folder")
			if err := os.Mkdir(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, "crow.flac")
			data := copyFile(t, "crow.flac", path)
			store := testStore(t)
			id := put(t, store, path).ID()
			_, hs := newTestServer(t, store)
			if test.status != 410 { // what is known from before must not count
				request(t, hs, "GET", "/api/v1/recordings/"+id+"/audio", nil)
			}
			if err := test.change(t, path, data); err != nil {
				t.Fatal(err)
			}
			status, _, body := request(t, hs, "GET", "/api/v1/recordings/"+id+"/audio", nil)
			if status != test.status || (status == 200) != bytes.Equal(body, data) {
				t.Errorf("audio: %d, %d bytes", status, len(body))
			}
			if status, _, body := request(t, hs, "GET", "/api/v1/recordings/"+id+"/spectrogram.png", nil); status != test.status {
				t.Errorf("spectrogram: %d, %.100q", status, body)
			}
			// What only the index says stays.
			if status, _, _ := request(t, hs, "GET", "/api/v1/recordings/"+id+"/tags", nil); status != 200 {
				t.Errorf("tags: %d", status)
			}
		})
	}
}

// hostileNames are file names that mean something elsewhere.
var hostileNames = []string{
	`<img src=x onerror=alert(1)>.wav`,
	"two\r\nSet-Cookie: a=b\r\n\r\nlines.wav",
	`"; filename="evil.exe.wav`,
	`%0d%0aX-Evil: 1.wav`,
	"дождь ☔.wav",
	"not UTF-8 \xff\xfe.wav",
	"tab\tand\x01control\x7f.wav",
	"&amp;'`${7*7}{{7*7}}.wav",
	" .wav",
}

// TestHostileNames indexes recordings of such names.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	store := testStore(t)
	var files []index.File
	for _, name := range hostileNames {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(filepath.Join(recordings, "hello-world.wav"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Logf("%q: %v", name, err) // the system allows no such name
			continue
		}
		files = append(files, put(t, store, path))
	}
	_, hs := newTestServer(t, store)
	for _, f := range files {
		url := "/api/v1/recordings/" + f.ID()
		name := strings.ToValidUTF8(filepath.Base(f.Path), "�")
		if got := get[recordingAnswer](t, hs, url).Name; strings.ReplaceAll(got, "��", "�") != name {
			t.Errorf("the name %q is %q", name, got)
		}
		_, _, body := request(t, hs, "GET", url, nil)
		if bytes.ContainsAny(body, "<>&") {
			t.Errorf("%q: HTML in %s", name, body)
		}
		status, h, _ := request(t, hs, "GET", url+"/audio", nil)
		if status != http.StatusOK || h.Get("Set-Cookie") != "" || h.Get("X-Evil") != "" {
			t.Errorf("%q: %d %v", name, status, h)
		}
		disposition := h.Get("Content-Disposition")
		if n := strings.Count(disposition, `"`); n != 2 || strings.ContainsFunc(disposition, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: Content-Disposition is %q", name, disposition)
		}
	}
	if n := len(get[searchAnswer](t, hs, "/api/v1/search?q=hello&min_score=-1").Hits); n != len(files) {
		t.Errorf("%d hits of %d", n, len(files))
	}
}

// withoutGet is a store that is not to be asked for vectors.
type withoutGet struct{ index.Store }

func (withoutGet) Get(context.Context, string) (index.Entry, error) {
	return index.Entry{}, errors.New("vectors were asked for")
}

// TestWithoutVectors asks for what a page shows hundreds of.
func TestWithoutVectors(t *testing.T) {
	store := testStore(t, recordings)
	_, hs := newTestServer(t, withoutGet{store})
	for _, what := range []string{"audio", "spectrogram.png", "spectrogram.json"} {
		if status, _, body := request(t, hs, "GET", "/api/v1/recordings/"+someFile(t, store).ID()+"/"+what, nil); status != 200 {
			t.Errorf("%s: %d %.100q", what, status, body)
		}
	}
}
