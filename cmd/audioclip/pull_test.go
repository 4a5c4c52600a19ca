package main

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soundspace/soundspace/internal/command"
)

// hubServer speaks the protocol of the Hugging Face hub for one model, own/model,
// with the files of a folder. Large ones come from another address.
type hubServer struct {
	*httptest.Server
	folder, token string

	mu        sync.Mutex
	ranges    []string // asked for
	interrupt func()   // called when half of a large file has been sent; the rest never comes
}

const hubCommit = "0123456789abcdef0123456789abcdef01234567"

func newHubServer(t *testing.T, folder string) *hubServer {
	s := &hubServer{folder: folder}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	t.Setenv("HF_ENDPOINT", s.URL)
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_TOKEN", "")
	return s
}

func (s *hubServer) serve(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/store/"); ok {
		s.serveLarge(w, r, name)
		return
	}
	if s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/models/own/model/revision/") {
		type sibling struct {
			Name string `json:"rfilename"`
		}
		list := []sibling{}
		entries, _ := os.ReadDir(s.folder)
		for _, e := range entries {
			list = append(list, sibling{e.Name()})
		}
		json.NewEncoder(w).Encode(map[string]any{"sha": hubCommit, "siblings": list})
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/own/model/resolve/"+hubCommit+"/")
	data, err := os.ReadFile(filepath.Join(s.folder, filepath.Base(name)))
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("X-Repo-Commit", hubCommit)
	if strings.HasSuffix(name, ".safetensors") {
		sum := sha256.Sum256(data)
		w.Header().Set("X-Linked-Etag", `"`+hex.EncodeToString(sum[:])+`"`)
		w.Header().Set("X-Linked-Size", strconv.Itoa(len(data)))
		http.Redirect(w, r, "/store/"+name, http.StatusFound)
		return
	}
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(data), data))
	w.Header().Set("Etag", `"`+hex.EncodeToString(sum[:])+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

func (s *hubServer) serveLarge(w http.ResponseWriter, r *http.Request, name string) {
	data, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.mu.Lock()
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	interrupt := s.interrupt
	s.interrupt = nil
	s.mu.Unlock()
	if interrupt == nil {
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Write(data[:len(data)/2])
	w.(http.Flusher).Flush()
	for begin := time.Now(); !s.arrived(len(data)/2) && time.Since(begin) < time.Minute; {
		time.Sleep(time.Millisecond)
	}
	interrupt()
	<-r.Context().Done()
}

// arrived tells whether the cache has so many bytes of an incomplete file.
func (s *hubServer) arrived(size int) bool {
	found, _ := filepath.Glob(filepath.Join(os.Getenv("HF_HUB_CACHE"), "*", "blobs", "*.incomplete"))
	for _, name := range found {
		if st, err := os.Stat(name); err == nil && st.Size() == int64(size) {
			return true
		}
	}
	return false
}

func TestPull(t *testing.T) {
	s := newHubServer(t, sounds)
	s.token = "secret"
	var out, errs bytes.Buffer
	if status := run(context.Background(), []string{"pull", "own/model"}, nil, &out, &errs); status != command.Failed || !strings.Contains(errs.String(), "HF_TOKEN") || strings.Count(errs.String(), "\n") != 1 {
		t.Errorf("without a token: %d, %s", status, errs.String())
	}
	if status, _, stderr := audioclipIn(t, nil, "embed", "-m", "own/model", "--text", "rain"); status != command.Failed || !strings.Contains(stderr, "'audioclip pull own/model'") {
		t.Errorf("before it is pulled: %d, %s", status, stderr)
	}
	t.Setenv("HF_TOKEN", s.token)

	// Interrupted half way through the weights, and continued there.
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	s.interrupt = cancel
	s.mu.Unlock()
	errs.Reset()
	if status := run(ctx, []string{"pull", "own/model"}, nil, &out, &errs); status != command.Failed || !strings.Contains(errs.String(), "interrupted") || out.Len() != 0 {
		t.Fatalf("interrupted: %d, %s", status, errs.String())
	}
	weights, err := os.ReadFile(filepath.Join(sounds, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(ok(t, "pull", "own/model"))
	s.mu.Lock()
	if want := fmt.Sprintf("bytes=%d-", len(weights)/2); len(s.ranges) != 2 || s.ranges[1] != want {
		t.Errorf("asked for %q, want %s", s.ranges, want)
	}
	s.mu.Unlock()
	if got, err := os.ReadFile(filepath.Join(dir, "model.safetensors")); err != nil || !bytes.Equal(got, weights) {
		t.Errorf("the weights differ: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "pytorch_model.bin")); err == nil {
		t.Error("the weights came twice")
	}

	// The name is that of a model now, with the hub away.
	s.Close()
	want := vectorLines(t, ok(t, "embed", "-m", sounds, "--text", "rain"))
	for _, name := range []string{"own/model", "own/model@main", "own/model@" + hubCommit, "own/model/model.safetensors", "own/model@main/model.safetensors", dir} {
		got := vectorLines(t, ok(t, "embed", "-m", name, "--text", "rain"))
		if fmt.Sprint(got[0].Vector) != fmt.Sprint(want[0].Vector) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if out := ok(t, "inspect", "own/model"); !strings.Contains(out, "LAION-CLAP") {
		t.Errorf("%s", out)
	}
}

func TestPullOfFiles(t *testing.T) {
	s := newHubServer(t, sounds)
	cache := t.TempDir()
	t.Setenv("HF_ENDPOINT", "http://127.0.0.1:1")
	out := ok(t, "pull", "--endpoint", s.URL, "--cache", cache, "--file", "config.json", "--file", "pytorch_model.bin", "own/model@v1", "own/model")
	dirs := strings.Fields(out)
	if len(dirs) != 2 || dirs[0] != dirs[1] || !strings.HasPrefix(dirs[0], cache) {
		t.Fatalf("%s", out)
	}
	entries, err := os.ReadDir(dirs[0])
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	for _, args := range [][]string{
		{"pull", "--endpoint", s.URL, "--cache", cache, "--file", "none.json", "own/model"},
		{"pull", "--endpoint", s.URL, "--cache", cache, "other/model"},
		{"pull", "--cache", cache, "own/model"}, // nobody is there
	} {
		status, stdout, stderr := audioclipIn(t, nil, args...)
		if status != command.Failed || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "audioclip: "+args[len(args)-1]+": ") {
			t.Errorf("%q: %d, %s", args, status, stderr)
		}
	}
}
