package web

import (
	"cmp"
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// entry returns the recording that a request names, with its vectors.
func (s *Server) entry(r *http.Request) (index.Entry, error) {
	return s.store.Get(r.Context(), r.PathValue("id"))
}

// file returns the recording that a request names.
func (s *Server) file(r *http.Request) (index.File, error) {
	return s.store.File(r.Context(), r.PathValue("id"))
}

type recordingAnswer struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Path       string  `json:"path"`
	Size       int64   `json:"size"`
	Duration   float64 `json:"duration"`
	SampleRate int     `json:"sample_rate"`
	Channels   int     `json:"channels"`
	Format     string  `json:"format"`
	Windows    []span  `json:"windows"`
}

type span struct {
	Start float64 `json:"start"`
	End   float64 `json:"end"`
}

// recording answers with what the index says of a recording.
func (s *Server) recording(w http.ResponseWriter, r *http.Request) error {
	if p := newParams(r.URL.RawQuery); p.err != nil {
		return p.err
	}
	e, err := s.entry(r)
	if err != nil {
		return err
	}
	a := recordingAnswer{
		ID: e.ID(), Name: filepath.Base(e.Path), Path: e.Path, Size: e.Size, Duration: e.Duration.Seconds(),
		SampleRate: e.SampleRate, Channels: e.Channels, Format: e.Format,
	}
	for _, win := range e.Windows {
		a.Windows = append(a.Windows, span{win.Start.Seconds(), win.End.Seconds()})
	}
	return writeJSON(w, a)
}

type tagsAnswer struct {
	Tags []tag `json:"tags"`
}

type tag struct {
	Label string `json:"label"`
	// Score is the cosine, Probability that among the labels.
	Score       float32 `json:"score"`
	Probability float32 `json:"probability"`
}

// tags answers with the labels that fit a recording best, or a span of it.
func (s *Server) tags(w http.ResponseWriter, r *http.Request) error {
	p := newParams(r.URL.RawQuery, "label", "start", "end", "k")
	labels := p.texts("label", 200, 200)
	k := p.int("k", 8, 1, 200)
	start, end := p.span()
	if p.err != nil {
		return p.err
	}
	if len(labels) == 0 {
		labels = s.cfg.Labels
	}
	e, err := s.entry(r)
	if err != nil {
		return err
	}
	c, err := s.classifier(r.Context(), labels)
	if err != nil {
		return err
	}
	v := spanVector(e.Windows, start, end)
	m := audioclip.Matrix{Data: v, Rows: 1, Cols: len(v)}
	scores, probabilities := c.Similarity(m).Row(0), c.Probabilities(m).Row(0)
	a := tagsAnswer{Tags: []tag{}}
	for i, label := range c.Labels {
		a.Tags = append(a.Tags, tag{label, scores[i], probabilities[i]})
	}
	slices.SortStableFunc(a.Tags, func(x, y tag) int { return cmp.Compare(y.Score, x.Score) })
	a.Tags = a.Tags[:min(k, len(a.Tags))]
	return writeJSON(w, a)
}

// classifier returns one for labels, of which those that come again are left out.
func (s *Server) classifier(ctx context.Context, labels []string) (*audioclip.Classifier, error) {
	var different []string
	for _, label := range labels {
		if !slices.Contains(different, label) {
			different = append(different, label)
		}
	}
	key := strings.Join(different, "\x00")
	if c, ok := s.classifiers.get(key); ok {
		return c, nil
	}
	leave, err := s.searches.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	c, err := s.model.NewClassifier(ctx, different, audioclip.ClassifyConfig{})
	if err != nil {
		return nil, err
	}
	s.classifiers.put(key, c)
	return c, nil
}
