package web

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// maxPoints is the largest number of points on a map.
const maxPoints = 3000

type mapAnswer struct {
	Points []point `json:"points"`
	// Tags are those of points, the most frequent first.
	Tags []string `json:"tags"`
	// Explained are the shares of the variance that the axes have.
	Explained [2]float64 `json:"explained"`
}

type point struct {
	ID   string  `json:"id"`
	Name string  `json:"name"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Tag  string  `json:"tag"`
}

// showMap answers with a map of the collection. It is kept until the store changes.
func (s *Server) showMap(w http.ResponseWriter, r *http.Request) error {
	if p := newParams(r.URL.RawQuery); p.err != nil {
		return p.err
	}
	all, err := s.overview(r.Context())
	if err != nil {
		return err
	}
	c := &s.collection
	c.mu.Lock()
	sketch, fresh := c.sketch, c.sketched == all.revision
	c.mu.Unlock()
	if sketch == nil || !fresh {
		sketch, err = s.maps.do(r.Context(), string(all.revision[:]), func(ctx context.Context) (*mapAnswer, error) {
			sketch, err := s.drawMap(ctx)
			if err == nil {
				c.mu.Lock()
				c.sketch, c.sketched = sketch, all.revision
				c.mu.Unlock()
			}
			return sketch, err
		})
		if err != nil {
			return err
		}
	}
	return writeJSON(w, sketch)
}

// drawMap makes a map of a sample of the recordings: those whose IDs come first, which are
// as good as random and stay the same when others come and go.
func (s *Server) drawMap(ctx context.Context) (*mapAnswer, error) {
	type place struct{ id, name string }
	var sample []place
	byID := func(a, b place) int { return strings.Compare(a.id, b.id) }
	for f, err := range s.store.Files(ctx) {
		if err != nil {
			return nil, err
		}
		sample = append(sample, place{f.ID(), filepath.Base(f.Path)})
		if len(sample) >= 2*maxPoints {
			slices.SortFunc(sample, byID)
			sample = sample[:maxPoints]
		}
	}
	slices.SortFunc(sample, byID)
	sample = sample[:min(len(sample), maxPoints)]

	a := &mapAnswer{Points: []point{}, Tags: []string{}}
	var vectors audioclip.Matrix
	for _, p := range sample {
		e, err := s.store.Get(ctx, p.id)
		if errors.Is(err, index.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		v := spanVector(e.Windows, 0, 0)
		vectors.Data = append(vectors.Data, v...)
		vectors.Rows++
		vectors.Cols = len(v)
		a.Points = append(a.Points, point{ID: p.id, Name: p.name})
	}
	if len(a.Points) == 0 {
		return a, nil
	}
	xy, explained, err := principal(vectors)
	if err != nil {
		return nil, err
	}
	a.Explained = explained
	for i := range a.Points {
		a.Points[i].X, a.Points[i].Y = round(xy[i][0]), round(xy[i][1])
	}
	return a, s.tagPoints(ctx, a, vectors)
}

// round keeps four decimals: more than a screen shows.
func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// tagPoints gives each point the label that fits it best.
func (s *Server) tagPoints(ctx context.Context, a *mapAnswer, vectors audioclip.Matrix) error {
	c, err := s.classifier(ctx, s.cfg.Labels)
	if errors.Is(err, audioclip.ErrNoText) {
		return nil // all stay without
	}
	if err != nil {
		return err
	}
	scores := c.Similarity(vectors)
	count := map[string]int{}
	for i := range a.Points {
		row := scores.Row(i)
		best := 0
		for j, x := range row {
			if x > row[best] {
				best = j
			}
		}
		a.Points[i].Tag = c.Labels[best]
		count[c.Labels[best]]++
	}
	for label := range count {
		a.Tags = append(a.Tags, label)
	}
	slices.SortFunc(a.Tags, func(x, y string) int { return cmp.Or(cmp.Compare(count[y], count[x]), strings.Compare(x, y)) })
	return nil
}

// principal returns the rows of a matrix along their first two principal components, and
// the shares of the variance that these have. With the covariance C of the rows x about
// their mean μ, and its eigenvectors u₁ and u₂ of the largest eigenvalues λ₁ ≥ λ₂, that is
//
//	((x-μ)·u₁, (x-μ)·u₂)  and  λ₁/tr C, λ₂/tr C.
//
// The sign of u is such that its largest component is positive.
func principal(m audioclip.Matrix) (xy [][2]float64, explained [2]float64, err error) {
	xy = make([][2]float64, m.Rows)
	mean := make([]float64, m.Cols)
	for i := range m.Rows {
		for j, x := range m.Row(i) {
			mean[j] += float64(x) / float64(m.Rows)
		}
	}
	centred := mat.NewDense(m.Rows, m.Cols, nil)
	for i := range m.Rows {
		for j, x := range m.Row(i) {
			centred.Set(i, j, float64(x)-mean[j])
		}
	}
	var cov mat.SymDense
	cov.SymOuterK(1/float64(m.Rows), centred.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&cov, true) {
		return nil, explained, errors.New("web: the covariance of the map has no eigenvectors")
	}
	values := eigen.Values(nil) // rising
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	total := mat.Trace(&cov)
	for k := range min(2, m.Cols) {
		at := m.Cols - 1 - k
		u := mat.Col(nil, at, &vectors)
		largest := 0
		for j := range u {
			if math.Abs(u[j]) > math.Abs(u[largest]) {
				largest = j
			}
		}
		sign := math.Copysign(1, u[largest])
		for i := range xy {
			for j, x := range centred.RawRowView(i) {
				xy[i][k] += sign * x * u[j]
			}
		}
		if total > 0 {
			explained[k] = max(values[at], 0) / total
		}
	}
	return xy, explained, nil
}
