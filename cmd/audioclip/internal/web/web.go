// Package web is the server of 'audioclip serve': a page to search a collection of
// recordings with, and the API behind it.
//
// # What can be reached
//
// The page, which is part of the program, and the recordings of the store, by their IDs.
// No request names a file. What is sent of a recording are the bytes that were indexed:
// the file is opened, must be a regular one, and its SHA-256 that in the index (file.go).
//
// # Who can reach it
//
// Without a token, only the machine itself: the name in a request's address must be one of
// the loopback, so that no foreign site whose name suddenly points there can read
// anything (DNS rebinding), and requests that a browser makes for another site are
// refused. With a token, whoever has it (guard.go).
//
// # What a request can cost
//
// Few recordings are decoded at once, each for a limited time and length; others wait in a
// queue of limited length (gate.go). Pictures and converted sounds are made once, when they
// are asked for (flight.go), and kept in a folder of limited size (cache.go).
package web

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// Config says what is served.
type Config struct {
	// Store has the recordings.
	Store index.Store
	// Model is that of the vectors in the store.
	Model *audioclip.Model
	// ModelName and Version are for the page to show.
	ModelName, Version string
	// Labels are those that recordings are tagged with (nil: DefaultLabels).
	Labels []string
	// CacheDir is the folder for pictures and converted recordings (empty: one in the
	// user's cache), and CacheBytes what it may hold (0: 1 GiB).
	CacheDir   string
	CacheBytes int64
	// Token must come with every request, if there is one.
	Token string
	// Hosts are names that the server may be called by, beside those of the loopback. With
	// a token, it may be called by any IP address as well.
	Hosts []string
	// Log gets what the answers do not tell (nil: slog.Default()).
	Log *slog.Logger
}

// Server answers requests. It is safe for concurrent use.
type Server struct {
	cfg   Config
	store index.Store
	model *audioclip.Model
	log   *slog.Logger
	mux   *http.ServeMux
	times times
	cores int

	ctx  context.Context // of work that requests share
	stop context.CancelFunc
	work sync.WaitGroup

	decodes  gate // what reads recordings
	searches gate
	uploads  gate

	cache       *cache
	pictures    flight[[]byte]
	conversions flight[struct{}]
	maps        flight[*mapAnswer]
	overviews   flight[*overview]
	files       *lru[string, checked]
	texts       *lru[string, []float32]
	judge       *index.Judge
	sounds      *lru[string, []float32]
	classifiers *lru[string, *audioclip.Classifier]
	collection  collection
}

// times are how long things may take.
type times struct {
	header time.Duration // to send a request, without its body
	upload time.Duration // to send the body
	decode time.Duration // to read a recording
	answer time.Duration // to begin the answer
	accept time.Duration // to accept the next piece of it
	idle   time.Duration // to begin another request
	stop   time.Duration // to end open requests when the server stops
}

var patience = times{
	header: 10 * time.Second,
	upload: time.Minute,
	decode: time.Minute,
	answer: 3 * time.Minute,
	accept: 30 * time.Second, // a browser that has enough of a recording for now asks for the rest later
	idle:   2 * time.Minute,
	stop:   10 * time.Second,
}

// New returns a server. The store and the model stay the caller's to close, after Close.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil || cfg.Model == nil {
		return nil, errors.New("web: Config.Store and Config.Model must be given")
	}
	if cfg.Labels == nil {
		cfg.Labels = DefaultLabels()
	}
	if cfg.CacheDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		cfg.CacheDir = filepath.Join(dir, "audioclip", "serve")
	}
	cache, err := openCache(cfg.CacheDir, cmp.Or(cfg.CacheBytes, 1<<30))
	if err != nil {
		return nil, err
	}
	cores := runtime.GOMAXPROCS(0)
	s := &Server{
		cfg: cfg, store: cfg.Store, model: cfg.Model, log: cfg.Log, times: patience, cores: cores,
		decodes:     newGate(cores, 64),
		searches:    newGate(2*cores, 512),
		uploads:     newGate(8, 64),
		cache:       cache,
		files:       newLRU[string, checked](4096),
		texts:       newLRU[string, []float32](4096),
		sounds:      newLRU[string, []float32](256),
		classifiers: newLRU[string, *audioclip.Classifier](16),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if cfg.Model.Info().Text {
		if s.judge, err = index.NewJudge(context.Background(), cfg.Model); err != nil {
			return nil, err
		}
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.pictures.start, s.conversions.start, s.maps.start, s.overviews.start = s.background, s.background, s.background, s.background
	if s.mux, err = s.routes(); err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends what goes on in the background, and waits for it.
func (s *Server) Close() error {
	s.stop()
	s.work.Wait()
	return nil
}

// background runs work that no single request owns. The context is the server's.
func (s *Server) background(work func(context.Context)) {
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		work(s.ctx)
	}()
}

// route is a request and what answers it. openapi.json describes all but those of the
// page.
type route struct {
	pattern string // as http.ServeMux has them
	answer  func(http.ResponseWriter, *http.Request) error
}

func (s *Server) api() []route {
	return []route{
		{"GET /api/v1/status", s.status},
		{"GET /api/v1/search", s.search},
		{"POST /api/v1/search", s.searchSound},
		{"GET /api/v1/recordings/{id}", s.recording},
		{"GET /api/v1/recordings/{id}/tags", s.tags},
		{"GET /api/v1/recordings/{id}/audio", s.audio},
		{"GET /api/v1/recordings/{id}/spectrogram.png", s.spectrogram},
		{"GET /api/v1/recordings/{id}/spectrogram.json", s.spectrogramAxes},
		{"GET /api/v1/map", s.showMap},
	}
}

//go:embed openapi.json
var openAPI []byte

func (s *Server) routes() (*http.ServeMux, error) {
	mux := http.NewServeMux()
	for _, r := range s.api() {
		mux.Handle(r.pattern, s.handler(r.answer))
	}
	page, err := newPage()
	if err != nil {
		return nil, err
	}
	page.add("/openapi.json", openAPI)
	mux.Handle("GET /", s.handler(page.answer))
	return mux, nil
}
