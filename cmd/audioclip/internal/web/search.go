package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

type searchAnswer struct {
	Hits []hit `json:"hits"`
	// More tells whether there are hits after these.
	More bool `json:"more"`
	// Weak tells that nothing fits well.
	Weak bool `json:"weak"`
	// Sound names the sound that was sent, for other searches.
	Sound string  `json:"sound,omitempty"`
	TookM float64 `json:"took_ms"`
}

type hit struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Path     string  `json:"path"`
	Start    float64 `json:"start"`
	End      float64 `json:"end"`
	Score    float32 `json:"score"`
	Duration float64 `json:"duration"`
}

// search answers a search by texts and by recordings of the index.
func (s *Server) search(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuestion(r.URL.RawQuery)
	if err != nil {
		return err
	}
	answer, err := s.find(r.Context(), q, nil)
	if err != nil {
		return err
	}
	return writeJSON(w, answer)
}

// searchSound answers a search by a recording that is sent, and whatever else.
func (s *Server) searchSound(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuestion(r.URL.RawQuery)
	if err != nil {
		return err
	}
	v, err := s.receive(w, r)
	if err != nil {
		return err
	}
	answer, err := s.find(r.Context(), q, v)
	if err != nil {
		return err
	}
	var token [16]byte
	rand.Read(token[:])
	answer.Sound = hex.EncodeToString(token[:])
	s.sounds.put(answer.Sound, v)
	return writeJSON(w, answer)
}

// maxUpload is the size of a file that may be sent, in bytes.
const maxUpload = 32 << 20

// receive returns the vector of the recording that a request brings. It lies in a file
// until it has been decoded, so that slow clients cost no memory.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) ([]float32, error) {
	if r.ContentLength > maxUpload {
		return nil, &http.MaxBytesError{Limit: maxUpload}
	}
	leave, err := s.uploads.enter(r.Context())
	if err != nil {
		return nil, err
	}
	defer leave()
	f, err := os.CreateTemp(s.cache.dir, "upload-*.part")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	n, err := io.Copy(f, http.MaxBytesReader(w, r.Body, maxUpload))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fail(http.StatusRequestTimeout, "the file took more than %v to arrive", s.times.upload)
	case err != nil:
		return nil, err
	case n == 0:
		return nil, fail(http.StatusBadRequest, "the request has no recording in its body")
	}
	http.NewResponseController(w).SetReadDeadline(time.Time{}) // that of ServeHTTP
	return s.embed(r.Context(), f.Name())
}

// find searches. sound, if not nil, is the vector of one more example.
func (s *Server) find(ctx context.Context, q question, sound []float32) (*searchAnswer, error) {
	begin := time.Now()
	leave, err := s.searches.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	v, wanted, err := s.vector(ctx, q, sound)
	if err != nil {
		return nil, err
	}
	query := index.Query{
		Vector: v, K: q.k + 1, Offset: q.offset,
		Path: q.path, MinDuration: q.minDuration, MaxDuration: q.maxDuration, Windows: q.windows,
		Workers: max(1, s.cores/s.searches.inside()), // those that others leave
	}
	if !math.IsNaN(q.minScore) {
		query.MinScore = float32(q.minScore)
	}
	if err := query.Check(0); err != nil {
		return nil, fail(http.StatusBadRequest, "%s", strings.TrimPrefix(err.Error(), "index: "))
	}
	hits, err := s.store.Search(ctx, query)
	if err != nil {
		return nil, err
	}
	a := &searchAnswer{Hits: []hit{}, More: len(hits) > q.k}
	if q.offset == 0 && wanted != nil {
		if a.Weak, err = s.weak(ctx, wanted, hits); err != nil {
			return nil, err
		}
	}
	for _, h := range hits[:min(len(hits), q.k)] {
		a.Hits = append(a.Hits, hit{
			ID: h.ID(), Name: filepath.Base(h.Path), Path: h.Path,
			Start: h.Start.Seconds(), End: h.End.Seconds(), Score: h.Score, Duration: h.Duration.Seconds(),
		})
	}
	a.TookM = float64(time.Since(begin).Microseconds()) / 1000
	return a, nil
}

// vector returns that of a query, and that of its texts alone, without those that are not
// wanted: nil if there are none.
func (s *Server) vector(ctx context.Context, q question, sound []float32) (query, wanted []float32, err error) {
	var terms []index.Term
	for _, text := range q.texts {
		t, err := s.term(ctx, text)
		if err != nil {
			return nil, nil, err
		}
		terms = append(terms, t)
	}
	if len(terms) > 0 {
		if wanted, err = index.Compose(ctx, nil, terms...); err != nil {
			return nil, nil, err
		}
	}
	for _, ex := range q.like {
		v, err := s.exampleVector(ctx, ex)
		if err != nil {
			return nil, nil, err
		}
		terms = append(terms, index.Term{Vector: v})
	}
	if sound != nil {
		terms = append(terms, index.Term{Vector: sound})
	}
	if len(terms) == 0 {
		return nil, nil, fail(http.StatusBadRequest, "nothing to look for: q or like must be given")
	}
	for _, text := range q.not {
		t, err := s.term(ctx, text)
		if err != nil {
			return nil, nil, err
		}
		t.Weight = -1
		terms = append(terms, t)
	}
	query, err = index.Compose(ctx, nil, terms...)
	return query, wanted, err
}

// weak tells whether nothing fits the texts.
func (s *Server) weak(ctx context.Context, wanted []float32, hits []index.Hit) (bool, error) {
	if len(hits) == 0 {
		return true, nil
	}
	best, err := index.HitVector(ctx, s.store, hits[0])
	if errors.Is(err, index.ErrNotFound) { // removed since
		return false, nil
	}
	return err == nil && s.judge.Fit(wanted, best) < index.GoodFit, err
}

// term returns a text with its vector, which is kept: people page through hits, and ask for
// what others ask for.
func (s *Server) term(ctx context.Context, text string) (index.Term, error) {
	v, ok := s.texts.get(text)
	if !ok {
		var err error
		if v, err = index.Compose(ctx, s.model, index.Term{Text: text}); err != nil {
			return index.Term{}, err
		}
		s.texts.put(text, v)
	}
	return index.Term{Text: text, Vector: v}, nil
}

func (s *Server) exampleVector(ctx context.Context, ex example) ([]float32, error) {
	if ex.sound != "" {
		v, ok := s.sounds.get(ex.sound)
		if !ok {
			return nil, fail(http.StatusNotFound, "the sound that was sent is no longer kept: send it again")
		}
		return v, nil
	}
	e, err := s.store.Get(ctx, ex.id)
	if err != nil {
		return nil, err
	}
	return spanVector(e.Windows, ex.start, ex.end), nil
}

// spanVector returns the mean of the vectors of the windows that lie in a span, scaled to
// unit length; if none does, that of the window that has most of it. An end of 0 is that of
// the recording.
func spanVector(windows []audioclip.Window, start, end time.Duration) []float32 {
	const tolerance = 10 * time.Millisecond // of times that went through a web page
	if end == 0 {
		end = math.MaxInt64 - tolerance
	}
	sum := make([]float32, len(windows[0].Vector))
	some := false
	best, most := 0, time.Duration(math.MinInt64)
	for i, w := range windows {
		if w.Start >= start-tolerance && w.End <= end+tolerance {
			some = true
			for j, x := range w.Vector {
				sum[j] += x
			}
		}
		if shared := min(w.End, end) - max(w.Start, start); shared > most {
			best, most = i, shared
		}
	}
	if !some {
		return windows[best].Vector
	}
	return unit(sum)
}

// unit scales a vector to length 1, in place. Zeros stay zeros.
func unit(v []float32) []float32 {
	squares := 0.0
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	if squares > 0 {
		scale := float32(1 / math.Sqrt(squares))
		for i := range v {
			v[i] *= scale
		}
	}
	return v
}
