package web

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

// TestPrincipal takes points whose components are known: on three axes at right angles, at
// distances ±a, ±b and ±c from a centre, the variances are a²/3, b²/3 and c²/3.
func TestPrincipal(t *testing.T) {
	const a, b, c = 3, 2, 0.5
	axes := [3][3]float64{{-2.0 / 3, 2.0 / 3, 1.0 / 3}, {2.0 / 3, 1.0 / 3, 2.0 / 3}, {1.0 / 3, 2.0 / 3, -2.0 / 3}}
	m := audioclip.NewMatrix(6, 3)
	for i, length := range []float64{a, b, c} {
		for d := range 3 {
			m.Row(2 * i)[d] = float32(10 + length*axes[i][d])
			m.Row(2*i + 1)[d] = float32(10 - length*axes[i][d])
		}
	}
	xy, explained, err := principal(m)
	if err != nil {
		t.Fatal(err)
	}
	total := float64(a*a + b*b + c*c)
	for k, want := range []float64{a * a / total, b * b / total} {
		if math.Abs(explained[k]-want) > 1e-5 {
			t.Errorf("axis %d explains %g, not %g", k, explained[k], want)
		}
	}
	// Of the axes, the components ±2/3 are the largest, and the first of them decides: that
	// of the first axis is -2/3, so it is turned round.
	for i, want := range [][2]float64{{-a, 0}, {a, 0}, {0, b}, {0, -b}, {0, 0}, {0, 0}} {
		for k := range 2 {
			if math.Abs(math.Abs(xy[i][k])-math.Abs(want[k])) > 1e-4 {
				t.Errorf("point %d lies at %v, not %v", i, xy[i], want)
			}
		}
	}
	if xy[0][0] != -xy[1][0] && math.Abs(xy[0][0]+xy[1][0]) > 1e-4 {
		t.Errorf("opposite points lie at %v and %v", xy[0], xy[1])
	}

	for rows := range 3 { // too few to have two axes
		xy, explained, err := principal(audioclip.Matrix{Data: m.Data[:3*max(rows, 1)], Rows: max(rows, 1), Cols: 3})
		if err != nil || explained[0]-explained[0] != 0 || xy[0][0]-xy[0][0] != 0 {
			t.Errorf("%d points: %v %v %v", rows, xy, explained, err)
		}
	}
	if _, _, err := principal(audioclip.Matrix{Data: []float32{1, 2, 3}, Rows: 3, Cols: 1}); err != nil {
		t.Errorf("one dimension: %v", err)
	}
}

func TestMap(t *testing.T) {
	store := testStore(t, recordings)
	s, hs := newTestServer(t, store)
	a := get[mapAnswer](t, hs, "/api/v1/map")
	tags := map[string]string{}
	for _, p := range a.Points {
		tags[p.Name] = p.Tag
		if !slices.Contains(a.Tags, p.Tag) {
			t.Errorf("%q is not among %q", p.Tag, a.Tags)
		}
	}
	if len(a.Points) != 8 || tags["wolf-howl.wav"] != "a wolf howling" || tags["baby-cry.mp3"] != "a baby crying" {
		t.Errorf("%v", tags)
	}
	if e := a.Explained; e[0] < e[1] || e[1] <= 0 || e[0]+e[1] > 1 {
		t.Errorf("explained: %v", e)
	}

	if err := store.Remove(t.Context(), named(t, store, "wolf-howl.wav").Path); err != nil {
		t.Fatal(err)
	}
	s.collection.expire()
	if b := get[mapAnswer](t, hs, "/api/v1/map"); len(b.Points) != 7 {
		t.Errorf("%d points after one is gone", len(b.Points))
	}
	if n := get[statusAnswer](t, hs, "/api/v1/status").Recordings; n != 7 {
		t.Errorf("%d recordings after one is gone", n)
	}
}

// TestMapOfMany maps more recordings than a map shows: the sample must stay the same when
// others come, but for those that take the place of others.
func TestMapOfMany(t *testing.T) {
	store := testStore(t)
	dim := testModel(t).Info().Dim
	add := func(i int) {
		v := make([]float32, dim)
		v[i%dim] = 1
		f := index.File{Path: filepath.Join("/sounds", fmt.Sprint(i)), SampleRate: 8000, Channels: 1, Duration: 1}
		if err := store.Put(t.Context(), index.Entry{File: f, Windows: []audioclip.Window{{End: 1, Vector: v}}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 7000 {
		add(i)
	}
	s, hs := newTestServer(t, store)
	ids := func() map[string]bool {
		m := map[string]bool{}
		for _, p := range get[mapAnswer](t, hs, "/api/v1/map").Points {
			m[p.ID] = true
		}
		return m
	}
	before := ids()
	for i := range 70 {
		add(7000 + i)
	}
	s.collection.expire()
	after := ids()
	same := 0
	for id := range after {
		if before[id] {
			same++
		}
	}
	if len(before) != maxPoints || len(after) != maxPoints || same < maxPoints-70 {
		t.Errorf("%d points, then %d, %d of them the same", len(before), len(after), same)
	}
}

func TestEmptyCollection(t *testing.T) {
	_, hs := newTestServer(t, testStore(t))
	if a := get[mapAnswer](t, hs, "/api/v1/map"); len(a.Points) != 0 {
		t.Errorf("%+v", a)
	}
	if a := get[searchAnswer](t, hs, "/api/v1/search?q=rain"); len(a.Hits) != 0 || !a.Weak || a.More {
		t.Errorf("%+v", a)
	}
	if a := get[statusAnswer](t, hs, "/api/v1/status"); a.Recordings != 0 || a.Seconds != 0 {
		t.Errorf("%+v", a)
	}
}

// expire has the next request look at the store.
func (c *collection) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = time.Time{}
}
