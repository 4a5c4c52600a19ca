package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
	"github.com/soundspace/soundspace/audioclip/pretrained"
)

// emptyIndex makes an index without recordings, of the shipped model.
func emptyIndex(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "index.db")
	store, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	model, err := pretrained.Open(audioclip.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	id, err := index.Identify(t.Context(), model, "shipped model")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SetIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve runs the command until stop, which returns its exit status and what it said.
func serve(t *testing.T, args ...string) (address string, stop func() (int, string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var stderr bytes.Buffer
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, append([]string{"serve"}, args...), strings.NewReader(""), in, &stderr)
		in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatalf("%v: status %d, %s", err, <-status, stderr.String())
	}
	return strings.TrimSpace(line), func() (int, string) {
		cancel()
		return <-status, stderr.String()
	}
}

func TestServe(t *testing.T) {
	address, stop := serve(t, "--db", emptyIndex(t), "--listen", "127.0.0.1:0", "--cache", t.TempDir())
	if !strings.HasPrefix(address, "http://127.0.0.1:") || strings.Contains(address, "token") {
		t.Errorf("the address is %s", address)
	}
	resp, err := http.Get(address + "api/v1/status")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Model, Version string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Model != "shipped model" || answer.Version == "" {
		t.Errorf("%+v %v", answer, err)
	}
	if status, stderr := stop(); status != 0 || stderr != "" {
		t.Errorf("interrupted: status %d: %s", status, stderr)
	}
}

func TestServeWithToken(t *testing.T) {
	address, stop := serve(t, "--db", emptyIndex(t), "--listen", "127.0.0.1:0", "--cache", t.TempDir(), "--public")
	defer stop()
	page, token, ok := strings.Cut(address, "?token=")
	if !ok || len(token) < shortestToken {
		t.Fatalf("the address is %s", address)
	}
	for _, test := range []struct {
		header string
		status int
	}{{"", 401}, {"Bearer " + token, 200}} {
		r, err := http.NewRequest("GET", page+"api/v1/status", nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.header != "" {
			r.Header.Set("Authorization", test.header)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != test.status {
			t.Errorf("%q: %s", test.header, resp.Status)
		}
	}
}

func TestServeRefuses(t *testing.T) {
	db := emptyIndex(t)
	missing := filepath.Join(t.TempDir(), "missing.db")
	for _, test := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--db", db, "--listen", "0.0.0.0:0"}, 2, "--public"},
		{[]string{"--db", db, "--listen", ":0"}, 2, "--public"},
		{[]string{"--db", db, "--listen", "[::]:0"}, 2, "--public"},
		{[]string{"--db", db, "--listen", "192.0.2.1:0"}, 2, "--public"},
		{[]string{"--db", db, "--listen", "localhost.example:0"}, 2, "--public"},
		{[]string{"--db", db, "--listen", "127.0.0.1"}, 2, "ADDRESS:PORT"},
		{[]string{"--db", db, "--listen", "127.0.0.1:0", "--token", "short"}, 2, "16 characters"},
		{[]string{"--db", db, "somewhere"}, 2, "no arguments"},
		{[]string{"--db", missing, "--listen", "127.0.0.1:0"}, 1, "missing.db"},
		{[]string{"--db", db, "--listen", "127.0.0.1:99999"}, 1, "99999"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var stdout, stderr bytes.Buffer
		status := run(ctx, append([]string{"serve", "--cache", t.TempDir()}, test.args...), strings.NewReader(""), &stdout, &stderr)
		if status != test.status || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("%q: status %d: %s", test.args, status, stderr.String())
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("serve makes an index")
	}
}
