package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip/index"
)

// serving runs Server.Serve on the loopback; stop ends it and returns what it returned.
func serving(t *testing.T, store index.Store, change func(*times)) (address string, stop func() error) {
	t.Helper()
	s, _ := newTestServer(t, store)
	change(&s.times)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stopped := sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { stopped() })
	return l.Addr().String(), stopped
}

// TestStop stops the server while a recording is being sent: the request is answered, and
// others are not any more.
func TestStop(t *testing.T) {
	address, stop := serving(t, testStore(t, recordings), func(*times) {})
	data, err := os.ReadFile(filepath.Join(recordings, "wolf-howl.wav"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/v1/search?k=1 HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", address, len(data))
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q %v", line, err)
	}
	answers.ReadString('\n')

	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		c.Close()
		if time.Now().After(deadline) {
			t.Fatal("the server still listens")
		}
	}
	select {
	case err := <-stopped:
		t.Fatalf("the server did not wait for the request: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if _, err := conn.Write(data); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), "wolf-howl.wav") {
		t.Errorf("%d %s %v", resp.StatusCode, body, err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// TestStopIsBounded stops the server while a client sends nothing more.
func TestStopIsBounded(t *testing.T) {
	address, stop := serving(t, index.NewMemory(), func(p *times) { p.stop = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/v1/search HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", address)
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q %v", line, err)
	}
	done := make(chan struct{})
	go func() {
		stop()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the server does not stop")
	}
}

// TestSlowClients sends requests that never end, and takes no answers: the server must cut
// them off.
func TestSlowClients(t *testing.T) {
	dir := t.TempDir()
	data := copyFile(t, "wolf-howl.wav", filepath.Join(dir, "x.wav"))
	// A recording that fills the buffers of a connection many times over.
	long := append(bytes.Clone(data[:44]), make([]byte, 16<<20)...)
	if err := os.WriteFile(filepath.Join(dir, "x.wav"), long, 0o666); err != nil {
		t.Fatal(err)
	}
	store := testStore(t)
	f := put(t, store, filepath.Join(dir, "x.wav"))
	address, _ := serving(t, store, func(p *times) {
		p.header, p.upload, p.accept, p.idle = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
	})
	for name, start := range map[string]string{
		"nothing":        "",
		"half a header":  "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ",
		"half a body":    "POST /api/v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nRIFF",
		"half a chunk":   "POST /api/v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\nRIFF",
		"a body for GET": "GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n",
		"idle":           "GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, start)
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: the connection stays open", name)
		}
		conn.Close()
	}

	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/v1/recordings/%s/audio HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", f.ID())
	time.Sleep(time.Second)
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	if n, err := io.Copy(io.Discard, conn); n >= int64(len(long)) || err != nil && strings.Contains(err.Error(), "timeout") {
		t.Errorf("who takes nothing for a second got %d bytes, %v", n, err)
	}
}

// TestLargeHeaders sends headers without an end.
func TestLargeHeaders(t *testing.T) {
	address, _ := serving(t, index.NewMemory(), func(*times) {})
	r, err := http.NewRequest("GET", "http://"+address+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Large", strings.Repeat("x", 200<<10))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return // cut off
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", resp.StatusCode)
	}
}

// TestParallel has 32 clients ask for everything at once, while recordings come and go: no
// answer may be wrong.
func TestParallel(t *testing.T) {
	dir := t.TempDir()
	data := copyFile(t, "crow.flac", filepath.Join(dir, "crow.flac"))
	store := testStore(t, recordings)
	ids := map[string]string{}
	for f := range store.Files(t.Context()) {
		ids[filepath.Base(f.Path)] = f.ID()
	}
	comes := put(t, store, filepath.Join(dir, "crow.flac"))
	entry, err := store.Get(t.Context(), comes.ID())
	if err != nil {
		t.Fatal(err)
	}
	_, hs := newTestServer(t, store)
	requests := 40
	if testing.Short() {
		requests = 12
	}
	var clients sync.WaitGroup
	for c := range 32 {
		clients.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(c)))
			for range requests {
				id := ids[[]string{"wolf-howl.wav", "baby-cry.mp3", "choir.flac"}[rng.IntN(3)]]
				switch rng.IntN(8) {
				case 0:
					a := get[searchAnswer](t, hs, fmt.Sprintf("/api/v1/search?q=a+wolf+howling&not=word+%d", rng.IntN(50)))
					if a.Hits[0].Name != "wolf-howl.wav" {
						t.Errorf("a wolf: %+v", a.Hits[0])
					}
				case 1:
					if a := get[searchAnswer](t, hs, "/api/v1/search?like="+id); a.Hits[0].ID != id {
						t.Errorf("like %s: %+v", id, a.Hits[0])
					}
				case 2:
					status, _, body := request(t, hs, "GET", fmt.Sprintf("/api/v1/recordings/%s/spectrogram.png?width=%d", id, 100+rng.IntN(20)), nil)
					if status != 200 || !bytes.HasPrefix(body, []byte("\x89PNG")) {
						t.Errorf("spectrogram: %d %.100q", status, body)
					}
				case 3:
					status, _, body := request(t, hs, "GET", "/api/v1/recordings/"+id+"/audio", nil, "Range", "bytes=100-199")
					if status != 206 || len(body) != 100 {
						t.Errorf("audio: %d, %d bytes", status, len(body))
					}
				case 4:
					get[tagsAnswer](t, hs, fmt.Sprintf("/api/v1/recordings/%s/tags?label=a+dog&label=word+%d", id, rng.IntN(20)))
				case 5:
					get[mapAnswer](t, hs, "/api/v1/map")
				case 6:
					status, _, body := request(t, hs, "POST", "/api/v1/search?path=testdata&k=1", bytes.NewReader(data))
					if status != 200 && status != 503 || status == 200 && !strings.Contains(string(body), ids["crow.flac"]) {
						t.Errorf("a crow: %d %s", status, body)
					}
				case 7:
					if rng.IntN(2) == 0 {
						store.Remove(t.Context(), comes.Path)
					} else if err := store.Put(t.Context(), entry); err != nil {
						t.Error(err)
					}
					status, _, body := request(t, hs, "GET", "/api/v1/recordings/"+comes.ID()+"/audio", nil)
					if status != 404 && !(status == 200 && bytes.Equal(body, data)) {
						t.Errorf("what comes and goes: %d", status)
					}
				}
			}
		})
	}
	clients.Wait()
}
