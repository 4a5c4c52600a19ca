package hub

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// server speaks the hub's protocol: descriptions from /api, small files from
// itself, large ones from a store to which it redirects.
type server struct {
	*httptest.Server
	store *httptest.Server
	files map[string][]byte
	token string // required, if not empty

	mu       sync.Mutex
	breaks   int    // so many downloads break off in the middle
	noRanges bool   // the store sends everything, whatever is asked for
	corrupt  string // the store changes a byte of this file
	requests []string
	ranges   []string
	leaked   bool // the store saw a token
}

func newServer(t *testing.T, files map[string][]byte) *server {
	s := &server{files: files}
	s.Server = httptest.NewServer(http.HandlerFunc(s.hub))
	s.store = httptest.NewServer(http.HandlerFunc(s.large))
	t.Cleanup(s.Close)
	t.Cleanup(s.store.Close)
	return s
}

const lfs = 1000 // larger files go to the store

func (s *server) hub(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	if s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token {
		w.Header().Set("X-Error-Message", "Access is restricted")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch rest, ok := strings.CutPrefix(r.URL.Path, "/own/model/resolve/"+commit+"/"); {
	case r.URL.Path == "/api/models/own/model/revision/main":
		type sibling struct {
			Name string `json:"rfilename"`
		}
		var list []sibling
		for name := range s.files {
			list = append(list, sibling{name})
		}
		json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": list})
	case ok && s.files[rest] != nil:
		data := s.files[rest]
		w.Header().Set("X-Repo-Commit", commit)
		if len(data) > lfs {
			sum := sha256.Sum256(data)
			w.Header().Set("X-Linked-Etag", `"`+hex.EncodeToString(sum[:])+`"`)
			w.Header().Set("X-Linked-Size", strconv.Itoa(len(data)))
			http.Redirect(w, r, s.store.URL+"/"+rest, http.StatusFound)
			return
		}
		sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(data), data))
		w.Header().Set("Etag", `"`+hex.EncodeToString(sum[:])+`"`)
		http.ServeContent(w, r, rest, commitTime, bytes.NewReader(data))
	default:
		w.Header().Set("X-Error-Code", "EntryNotFound")
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *server) large(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	name := r.URL.Path[1:]
	data := bytes.Clone(s.files[name])
	if s.corrupt == name {
		data[len(data)/2] ^= 1
	}
	s.leaked = s.leaked || r.Header.Get("Authorization") != ""
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	if s.noRanges {
		r.Header.Del("Range")
	}
	breaks := s.breaks > 0
	if breaks {
		s.breaks--
	}
	s.mu.Unlock()
	if breaks {
		from := 0
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)-from))
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(data[from : from+(len(data)-from)/2])
		return // net/http ends the connection: the length was a lie
	}
	http.ServeContent(w, r, name, commitTime, bytes.NewReader(data))
}

func random(n int) []byte {
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func someFiles() map[string][]byte {
	return map[string][]byte{
		"config.json":           []byte(`{"model_type": "clap"}`),
		"merges.txt":            []byte("a b\n"),
		"empty.txt":             {},
		"model.safetensors":     random(3_000_000),
		"pytorch_model.bin":     random(2000),
		"onnx/model.onnx":       random(10),
		"tf_model.h5":           random(10),
		"1_Pooling/config.json": []byte(`{}`),
	}
}

func (s *server) client(t *testing.T) *Client {
	t.Setenv("HF_TOKEN", "")
	t.Setenv("HF_HOME", t.TempDir())
	return &Client{Endpoint: s.URL, Cache: t.TempDir(), HTTP: http.DefaultClient}
}

// check tells whether a snapshot holds just what was wanted.
func (s *server) check(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, s.files[name]) {
			t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(s.files[name]))
		}
	}
}

var wanted = []string{"1_Pooling/config.json", "config.json", "empty.txt", "merges.txt", "model.safetensors"}

func TestPull(t *testing.T) {
	s := newServer(t, someFiles())
	s.files["empty.txt"] = []byte{}
	c := s.client(t)
	var last int64
	c.Progress = func(file string, done, total int64) {
		if done > total {
			t.Errorf("%s: %d of %d", file, done, total)
		}
		if file == "model.safetensors" {
			last = done
		}
	}
	dir, err := c.Pull(context.Background(), "own/model", "main")
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(c.Cache, "models--own--model")
	if want := filepath.Join(root, "snapshots", commit); dir != want {
		t.Errorf("snapshot in %s, want %s", dir, want)
	}
	s.check(t, dir, wanted...)
	if last != 3_000_000 {
		t.Errorf("progress ended at %d", last)
	}
	for _, name := range []string{"pytorch_model.bin", "onnx", "tf_model.h5"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was downloaded too", name)
		}
	}
	if ref, err := os.ReadFile(filepath.Join(root, "refs", "main")); string(ref) != commit {
		t.Errorf("refs/main is %q, %v", ref, err)
	}
	sum := sha256.Sum256(s.files["model.safetensors"])
	if target, err := os.Readlink(filepath.Join(dir, "model.safetensors")); target != filepath.Join("..", "..", "blobs", hex.EncodeToString(sum[:])) {
		t.Errorf("model.safetensors leads to %q, %v", target, err)
	}
	if target, err := os.Readlink(filepath.Join(dir, "1_Pooling", "config.json")); !strings.HasPrefix(target, filepath.Join("..", "..", "..", "blobs")) {
		t.Errorf("1_Pooling/config.json leads to %q, %v", target, err)
	}
	if cached, ok := c.Cached("own/model", "main"); !ok || cached != dir {
		t.Errorf("Cached: %q, %v", cached, ok)
	}
	// Once more: only the description is asked for.
	s.requests = nil
	if _, err := c.Pull(context.Background(), "own/model", "main"); err != nil || !slices.Equal(s.requests, []string{"GET /api/models/own/model/revision/main"}) {
		t.Errorf("second pull: %v, %v", s.requests, err)
	}
}

func TestPullGoesOnAfterInterruptions(t *testing.T) {
	for _, noRanges := range []bool{false, true} {
		s := newServer(t, someFiles())
		s.breaks, s.noRanges = 3, noRanges
		dir, err := s.client(t).Pull(context.Background(), "own/model", "main", "model.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		s.check(t, dir, "model.safetensors")
		if !noRanges && !slices.Equal(s.ranges, []string{"", "bytes=1500000-", "bytes=2250000-", "bytes=2625000-"}) {
			t.Errorf("asked for %q", s.ranges)
		}
	}
}

// A second call continues what a first one had to leave.
func TestPullGoesOnLater(t *testing.T) {
	s := newServer(t, someFiles())
	c := s.client(t)
	ctx, cancel := context.WithCancel(context.Background())
	c.Progress = func(_ string, done, _ int64) {
		if done > 1_000_000 {
			cancel()
		}
	}
	if _, err := c.Pull(ctx, "own/model", "main", "model.safetensors"); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	if _, ok := c.Cached("own/model", "main"); ok {
		t.Error("an incomplete model has a reference")
	}
	c.Progress, s.ranges = nil, nil
	dir, err := c.Pull(context.Background(), "own/model", "main", "model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	s.check(t, dir, "model.safetensors")
	if len(s.ranges) != 1 || s.ranges[0] == "" {
		t.Errorf("asked for %q", s.ranges)
	}
}

func TestPullChecksSums(t *testing.T) {
	s := newServer(t, someFiles())
	s.corrupt = "model.safetensors"
	c := s.client(t)
	if _, err := c.Pull(context.Background(), "own/model", "main", "model.safetensors"); !errors.Is(err, ErrChecksum) {
		t.Errorf("corrupted: %v", err)
	}
	err := filepath.Walk(c.Cache, func(path string, info os.FileInfo, _ error) error {
		if info.Mode().IsRegular() && info.Size() > 0 {
			t.Errorf("%s was left", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	s.corrupt = ""
	if _, err := c.Pull(context.Background(), "own/model", "main", "model.safetensors"); err != nil {
		t.Errorf("after: %v", err)
	}
}

func TestPullTwiceAtOnce(t *testing.T) {
	s := newServer(t, someFiles())
	c := s.client(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			dir, err := c.Pull(context.Background(), "own/model", "main")
			if err != nil {
				t.Error(err)
				return
			}
			s.check(t, dir, wanted...)
		}()
	}
	wait.Wait()
}

func TestToken(t *testing.T) {
	s := newServer(t, someFiles())
	s.token = "hf_secret"
	c := s.client(t)
	if _, err := c.Pull(context.Background(), "own/model", "main"); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "HF_TOKEN") {
		t.Errorf("without a token: %v", err)
	}
	t.Setenv("HF_TOKEN", "hf_secret")
	if _, err := c.Pull(context.Background(), "own/model", "main"); err != nil {
		t.Errorf("with a token: %v", err)
	}
	if s.leaked {
		t.Error("the store was told the token")
	}
}

func TestNotFound(t *testing.T) {
	s := newServer(t, someFiles())
	c := s.client(t)
	for _, try := range [][]string{{"own/other", "main"}, {"own/model", "v9"}, {"own/model", "main", "no.txt"}} {
		if _, err := c.Pull(context.Background(), try[0], try[1], try[2:]...); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v: %v", try, err)
		}
	}
}

// A server must not be able to write outside the cache.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{"../../evil.json", "/etc/passwd", "a/../../b.json", `..\evil.json`, "", "a//b.json", "a\x00b", "c:evil.json"} {
		s := newServer(t, map[string][]byte{name: []byte("x")})
		if _, err := s.client(t).Pull(context.Background(), "own/model", "main"); err == nil {
			t.Errorf("%q: no error", name)
		}
	}
}

func TestParseID(t *testing.T) {
	for s, want := range map[string][2]string{
		"laion/clap-htsat-unfused":       {"laion/clap-htsat-unfused", "main"},
		"gpt2":                           {"gpt2", "main"},
		"a/b@v1.0":                       {"a/b", "v1.0"},
		"a/b@refs/pr/3":                  {"a/b", "refs/pr/3"},
		"Xenova/larger_clap.x@" + commit: {"Xenova/larger_clap.x", commit},
	} {
		if id, rev, err := ParseID(s); err != nil || id != want[0] || rev != want[1] {
			t.Errorf("%s: %s, %s, %v", s, id, rev, err)
		}
	}
	for _, s := range []string{"", "a/b/c", "../x", "a/..", "a/b@", "a/b@../x", "a b/c", "/a", "a/", "-a/b", "a/b@-x", "a--b/c", "a/b@x//y"} {
		if _, _, err := ParseID(s); err == nil {
			t.Errorf("%q: no error", s)
		}
	}
}

var commitTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestWanted(t *testing.T) {
	for _, test := range []struct{ files, want string }{
		{"config.json model.safetensors pytorch_model.bin tf_model.h5 README.md vocab.json merges.txt onnx/model.onnx", "config.json model.safetensors vocab.json merges.txt"},
		{"config.json pytorch_model.bin training_args.bin vocab.txt", "config.json pytorch_model.bin vocab.txt"},
		{"open_clip_config.json open_clip_model.safetensors open_clip_pytorch_model.bin", "open_clip_config.json open_clip_model.safetensors"},
		{"open_clip_config.json config.json open_clip_model.safetensors model.safetensors", "open_clip_config.json config.json model.safetensors"},
		{"open_clip_pytorch_model.bin pytorch_model.bin", "pytorch_model.bin"},
		{"model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors", "model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors"},
		{"modules.json 1_Pooling/config.json model.safetensors openvino/openvino_model.bin", "modules.json 1_Pooling/config.json model.safetensors"},
	} {
		m := &Model{Files: strings.Fields(test.files)}
		if got := strings.Join(m.Wanted(), " "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.files, got, test.want)
		}
	}
}
