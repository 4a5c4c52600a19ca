package web

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"sync"
	"time"
)

// collection keeps what is known of all recordings together.
type collection struct {
	mu      sync.Mutex
	all     *overview // nil: nobody has looked yet
	checked time.Time
	took    time.Duration

	sketch   *mapAnswer
	sketched [sha256.Size]byte // the revision of the store that it shows
}

// overview is what all recordings come to.
type overview struct {
	recordings int
	duration   time.Duration
	revision   [sha256.Size]byte // of the paths and contents
}

const (
	// checkEvery is how often the store is looked through for changes, at most; it is not
	// done for more than a twentieth of the time.
	checkEvery = 2 * time.Second
	checkShare = 20
	// checkWait is how long requests wait for it. If it takes longer, they get what was
	// known before.
	checkWait = 200 * time.Millisecond
)

func (s *Server) overview(ctx context.Context) (*overview, error) {
	c := &s.collection
	c.mu.Lock()
	all, age, took := c.all, time.Since(c.checked), c.took
	c.mu.Unlock()
	if all != nil {
		if age < max(checkEvery, checkShare*took) {
			return all, nil
		}
		if took > checkWait {
			s.background(func(ctx context.Context) { s.overviews.do(ctx, "", s.survey) })
			return all, nil
		}
	}
	return s.overviews.do(ctx, "", s.survey)
}

// survey looks through the store.
func (s *Server) survey(ctx context.Context) (*overview, error) {
	begin := time.Now()
	all := &overview{}
	h := sha256.New()
	var line []byte
	for f, err := range s.store.Files(ctx) {
		if err != nil {
			return nil, err
		}
		all.recordings++
		all.duration += f.Duration
		line = binary.BigEndian.AppendUint64(line[:0], uint64(len(f.Path)))
		line = append(append(line, f.Path...), f.Hash[:]...)
		h.Write(line)
	}
	h.Sum(all.revision[:0])
	c := &s.collection
	c.mu.Lock()
	c.all, c.checked, c.took = all, time.Now(), time.Since(begin)
	c.mu.Unlock()
	return all, nil
}

type statusAnswer struct {
	Model      string   `json:"model"`
	Recordings int      `json:"recordings"`
	Seconds    float64  `json:"seconds"`
	Labels     []string `json:"labels"`
	Version    string   `json:"version"`
}

// status answers with what is served.
func (s *Server) status(w http.ResponseWriter, r *http.Request) error {
	if p := newParams(r.URL.RawQuery); p.err != nil {
		return p.err
	}
	all, err := s.overview(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, statusAnswer{s.cfg.ModelName, all.recordings, all.duration.Seconds(), s.cfg.Labels, s.cfg.Version})
}
