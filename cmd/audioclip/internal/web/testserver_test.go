package web

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/pretrained"
	"github.com/soundspace/soundspace/internal/inputs"
)

// recordings is the folder of the module's real recordings.
const recordings = "../../../../testdata"

// shipped is the model that ships, which tests share.
var shipped = sync.OnceValues(func() (*audioclip.Model, error) { return pretrained.Open(audioclip.Config{}) })

func testModel(t testing.TB) *audioclip.Model {
	t.Helper()
	m, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// testStore returns a store in memory with the recordings of a folder.
func testStore(t testing.TB, folders ...string) *index.Memory {
	t.Helper()
	store := index.NewMemory()
	id, err := index.Identify(t.Context(), testModel(t), "shipped model")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SetIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, in := range inputs.Find(folders, true) {
		if in.Err != nil {
			t.Fatal(in.Err)
		}
		if inputs.NamedLikeSound(in.Path) {
			put(t, store, in.Path)
		}
	}
	return store
}

// put indexes a recording.
func put(t testing.TB, store index.Store, path string) index.File {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	e, ok := entries.get(path)
	if !ok {
		e = makeEntry(t, path)
		if strings.HasSuffix(filepath.Dir(path), "testdata") { // it stays what it is
			entries.put(path, e)
		}
	}
	if err := store.Put(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return e.File
}

// entries are those of the module's recordings, which many tests index.
var entries = newLRU[string, index.Entry](100)

func makeEntry(t testing.TB, path string) index.Entry {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clip, err := audio.ReadFile(path, audio.Config{})
	if err != nil {
		t.Fatal(err)
	}
	info, err := audio.Stat(path, audio.Config{})
	if err != nil {
		t.Fatal(err)
	}
	windows, err := testModel(t).EncodeWindows(t.Context(), audio.NewClipReader(clip), audioclip.AudioConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return index.Entry{File: index.File{
		Path: path, Size: st.Size(), ModTime: st.ModTime(), Hash: sha256.Sum256(data),
		Format: info.Format, SampleRate: clip.SampleRate, Channels: clip.Channels(), Duration: clip.Duration(),
	}, Windows: windows}
}

// newTestServer serves a store on the loopback, until the test ends.
func newTestServer(t testing.TB, store index.Store, change ...func(*Config)) (*Server, *httptest.Server) {
	t.Helper()
	cfg := Config{Store: store, Model: testModel(t), ModelName: "shipped model", Version: "test", CacheDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	hs := httptest.NewServer(s)
	t.Cleanup(func() {
		hs.Close()
		s.Close()
	})
	return s, hs
}

var (
	demoAddress = flag.String("demo", "", "TestDemo: serve at this `ADDRESS` until interrupted")
	demoFolder  = flag.String("folder", recordings, "TestDemo: the recordings in this `FOLDER`")
)

// TestDemo serves the page over a folder, to try it by hand:
//
//	go test ./cmd/audioclip/internal/web -run TestDemo -timeout 0 -demo 127.0.0.1:8017
func TestDemo(t *testing.T) {
	if *demoAddress == "" {
		t.Skip("no -demo ADDRESS")
	}
	store := testStore(t, *demoFolder)
	s, err := New(Config{Store: store, Model: testModel(t), ModelName: "shipped model", Version: "demo", CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := net.Listen("tcp", *demoAddress)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := s.Serve(ctx, l); err != nil && err != http.ErrServerClosed {
		t.Fatal(err)
	}
}

// request asks a server, and checks the answer against openapi.json and what every answer
// has in common.
func request(t testing.TB, hs *httptest.Server, method, target string, body io.Reader, header ...string) (status int, h http.Header, data []byte) {
	t.Helper()
	r, err := http.NewRequest(method, hs.URL+target, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range securityHeaders {
		if got := resp.Header.Values(name); len(got) != 1 || got[0] != value {
			t.Errorf("%s %s: %s is %q", method, target, name, got)
		}
	}
	if method == "GET" || method == "POST" {
		if err := checkAnswer(apiDescription(t), r, resp.StatusCode, resp.Header, data); err != nil {
			t.Errorf("%s %s: %v", method, target, err)
		}
	}
	return resp.StatusCode, resp.Header, data
}

// get asks for JSON.
func get[T any](t testing.TB, hs *httptest.Server, target string) (v T) {
	t.Helper()
	status, _, data := request(t, hs, "GET", target, nil)
	if status != 200 {
		t.Fatalf("GET %s: %d %s", target, status, data)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// someFile returns the first recording of a store, named returns that of a name.
func someFile(t testing.TB, store index.Store) index.File { return named(t, store, "") }

func named(t testing.TB, store index.Store, name string) index.File {
	t.Helper()
	for f, err := range store.Files(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if name == "" || filepath.Base(f.Path) == name {
			return f
		}
	}
	t.Fatalf("%q is not in the store", name)
	return index.File{}
}
