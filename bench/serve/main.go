//go:build linux

// Command serve measures 'audioclip serve': it makes an index of recordings, starts the
// command, and has clients search, look at spectrograms, listen and tag at once. It prints
// how many requests are answered in a second, how long they take, and the largest memory of
// the server.
//
//	go run ./bench/serve [-recordings 10000] [-clients 32] [-seconds 20]
//
// The recordings are 200 of 2 s, linked to as many names as there are to be; the vectors are
// random. Clients and server share the machine.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
	"github.com/soundspace/soundspace/audioclip/pretrained"
	"github.com/soundspace/soundspace/bench/internal/memory"
	"github.com/soundspace/soundspace/bench/internal/recording"
	"github.com/soundspace/soundspace/bench/internal/statistics"
	"github.com/soundspace/soundspace/bench/internal/table"
)

func main() {
	log.SetFlags(0)
	recordings := flag.Int("recordings", 10000, "recordings in the index")
	clients := flag.Int("clients", 32, "clients at a time")
	seconds := flag.Float64("seconds", 20, "how long they ask")
	program := flag.String("audioclip", "", "the program (default: built from this module)")
	flag.Parse()
	if err := run(*recordings, *clients, time.Duration(*seconds*float64(time.Second)), *program); err != nil {
		log.Fatal(err)
	}
}

func run(recordings, clients int, length time.Duration, program string) error {
	dir, err := os.MkdirTemp("", "bench-serve-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if program == "" {
		program = filepath.Join(dir, "audioclip")
		build := exec.Command("go", "build", "-o", program, "github.com/soundspace/soundspace/cmd/audioclip")
		build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		if err := build.Run(); err != nil {
			return err
		}
	}
	db := filepath.Join(dir, "index.db")
	ids, err := makeIndex(db, dir, recordings)
	if err != nil {
		return err
	}
	s, err := start(program, db, dir)
	if err != nil {
		return err
	}
	defer s.stop()
	first, err := s.firstSearch()
	if err != nil {
		return err
	}
	before := s.memory(memory.Resident)
	all, err := ask(s.url, ids, clients, length)
	if err != nil {
		return err
	}
	after := s.memory(memory.Largest)
	if err := s.stop(); err != nil {
		return fmt.Errorf("the server ended with %w", err)
	}
	fmt.Printf("%d recordings, %d clients for %v; %s, %d processors\n\n", recordings, clients, length, table.CPUName(), runtime.NumCPU())
	fmt.Print(table.Markdown(all.rows(length)))
	fmt.Printf("\nThe first search took %.0f ms. Memory of the server: %.0f MB after it, %.0f MB at most.\n", first.Seconds()*1000, before, after)
	return nil
}

// So many recordings are made, of this form; others are links to them.
const (
	distinct = 200
	seconds  = 2
	rate     = 32000
)

// makeIndex writes recordings and an index of them, and returns their IDs.
func makeIndex(db, dir string, recordings int) ([]string, error) {
	ctx := context.Background()
	model, err := pretrained.Open(audioclip.Config{})
	if err != nil {
		return nil, err
	}
	defer model.Close()
	identity, err := index.Identify(ctx, model, "shipped model")
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(db)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if err := store.SetIdentity(ctx, identity); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	files := make([]index.File, 0, distinct)
	var ids []string
	for i := range recordings {
		path := filepath.Join(dir, fmt.Sprintf("%06d.wav", i))
		var f index.File
		if i < distinct {
			if f, err = writeRecording(path, uint64(i)); err != nil {
				return nil, err
			}
			files = append(files, f)
		} else {
			f = files[i%distinct]
			if err := os.Link(f.Path, path); err != nil {
				return nil, err
			}
			f.Path = path
		}
		v := unit(rng, identity.Dim)
		w := audioclip.Window{End: f.Duration, Vector: v}
		if err := store.Put(ctx, index.Entry{File: f, Windows: []audioclip.Window{w}}); err != nil {
			return nil, err
		}
		ids = append(ids, f.ID())
	}
	return ids, nil
}

func writeRecording(path string, seed uint64) (index.File, error) {
	if err := recording.WriteTone(path, seconds, rate, 1, seed); err != nil {
		return index.File{}, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return index.File{}, err
	}
	st, err := os.Stat(path)
	return index.File{
		Path: path, Size: int64(len(data)), ModTime: st.ModTime(), Hash: sha256.Sum256(data),
		Format: "WAV", SampleRate: rate, Channels: 1, Duration: seconds * time.Second,
	}, err
}

// unit returns a random vector of length 1.
func unit(rng *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	squares := 0.0
	for i := range v {
		v[i] = float32(rng.NormFloat64())
		squares += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(squares))
	}
	return v
}

// server is a running 'audioclip serve'.
type server struct {
	cmd  *exec.Cmd
	url  string
	stop func() error
}

func start(program, db, dir string) (*server, error) {
	cmd := exec.Command(program, "serve", "--db", db, "--listen", "127.0.0.1:0", "--cache", filepath.Join(dir, "cache"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, stop: sync.OnceValue(func() error {
		cmd.Process.Signal(syscall.SIGTERM)
		return cmd.Wait()
	})}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if s.url = regexp.MustCompile(`http://[^/ ]*`).FindString(lines.Text()); s.url != "" {
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("the server printed no address"), s.stop())
}

// firstSearch waits for the answer to a search, for which the server reads the index.
func (s *server) firstSearch() (time.Duration, error) {
	begin := time.Now()
	_, err := fetch(http.DefaultClient, s.url+"/api/v1/search?q=a+dog+barking&min_score=-1", "")
	return time.Since(begin), err
}

// memory returns what Linux says of the process, in megabytes.
func (s *server) memory(kind memory.Kind) float64 {
	return float64(memory.Of(s.cmd.Process.Pid, kind)) / 1e6
}

// kinds are what clients ask for, and how often of a hundred times.
var kinds = []struct {
	name  string
	share int
}{
	{"search by text", 50},
	{"search by a recording", 5},
	{"spectrogram", 20},
	{"audio, 64 kB of it", 20},
	{"tags", 5},
}

var things = []string{"dog", "cat", "bird", "river", "engine", "bell", "child", "crowd", "storm", "door", "piano", "drum", "train", "horse", "bee", "clock", "phone", "wave", "fire", "glass"}
var verbs = []string{"barking", "singing", "far away", "nearby", "in the rain", "at night", "breaking", "ringing", "passing by", "in a large room"}

// answers are the times that requests of each kind took.
type answers [][]time.Duration

// ask has clients ask one thing after the other.
func ask(url string, ids []string, clients int, length time.Duration) (answers, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	each := make([]answers, clients)
	errs := make([]error, clients)
	end := time.Now().Add(length)
	var wg sync.WaitGroup
	for c := range clients {
		each[c] = make(answers, len(kinds))
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), 3))
			for time.Now().Before(end) && errs[c] == nil {
				kind, target, ranges := choose(rng, ids)
				begin := time.Now()
				_, errs[c] = fetch(client, url+target, ranges)
				each[c][kind] = append(each[c][kind], time.Since(begin))
			}
		})
	}
	wg.Wait()
	all := make(answers, len(kinds))
	for c := range each {
		for kind, times := range each[c] {
			all[kind] = append(all[kind], times...)
		}
	}
	return all, errors.Join(errs...)
}

// choose returns what is asked for next. Spectrograms are those of a thousand recordings,
// so that some have to be drawn and others have been.
func choose(rng *rand.Rand, ids []string) (kind int, target, ranges string) {
	n := rng.IntN(100)
	for kind = 0; n >= kinds[kind].share; kind++ {
		n -= kinds[kind].share
	}
	id := ids[rng.IntN(min(len(ids), 1000))]
	switch kind {
	case 0:
		text := "a " + things[rng.IntN(len(things))] + " " + verbs[rng.IntN(len(verbs))]
		target = "/api/v1/search?min_score=-1&q=" + strings.ReplaceAll(text, " ", "+")
	case 1:
		target = "/api/v1/search?like=" + id
	case 2:
		target = "/api/v1/recordings/" + id + "/spectrogram.png"
	case 3:
		target, ranges = "/api/v1/recordings/"+id+"/audio", "bytes=0-65535"
	case 4:
		target = "/api/v1/recordings/" + id + "/tags"
	}
	return kind, target, ranges
}

func fetch(client *http.Client, url, ranges string) (int64, error) {
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return 0, err
	}
	if ranges != "" {
		r.Header.Set("Range", ranges)
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s", url, resp.Status)
	}
	return n, err
}

func (a answers) rows(length time.Duration) [][]string {
	rows := [][]string{{"", "requests/s", "p50, ms", "p99, ms", "largest, ms"}}
	row := func(name string, times []time.Duration) {
		at := func(percent int) string {
			if len(times) == 0 {
				return "–"
			}
			return fmt.Sprintf("%.1f", statistics.Percentile(times, percent).Seconds()*1000)
		}
		rows = append(rows, []string{name, fmt.Sprintf("%.0f", float64(len(times))/length.Seconds()), at(50), at(99), at(100)})
	}
	for kind, times := range a {
		row(kinds[kind].name, times)
	}
	row("all", slices.Concat(a...))
	return rows
}
