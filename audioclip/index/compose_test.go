package index_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

func TestCompose(t *testing.T) {
	ctx := context.Background()
	m := shipped(t, audioclip.Config{})
	texts, err := m.EncodeText(ctx, []string{"a cello", "a violin"}, audioclip.TextConfig{})
	if err != nil {
		t.Fatal(err)
	}
	cello, violin := texts.Row(0), texts.Row(1)
	sound := make([]float32, len(cello))
	sound[3], sound[5] = 3, -4
	for _, c := range []struct {
		name  string
		terms []index.Term
		want  func(d int) float64 // of any length
	}{
		{"a text", []index.Term{{Text: "a cello"}}, func(d int) float64 { return float64(cello[d]) }},
		{"its weight", []index.Term{{Text: "a cello", Weight: 7}}, func(d int) float64 { return float64(cello[d]) }},
		{"a sound", []index.Term{{Vector: sound}}, func(d int) float64 { return float64(sound[d]) }},
		{"not", []index.Term{{Text: "a cello"}, {Text: "a violin", Weight: -1}},
			func(d int) float64 { return float64(cello[d]) - 0.5*float64(violin[d]) }},
		{"only not", []index.Term{{Text: "a violin", Weight: -3}}, func(d int) float64 { return -float64(violin[d]) }},
		{"mixture", []index.Term{{Vector: sound, Weight: 2}, {Text: "a cello"}, {Vector: cello, Weight: -4}, {Text: "a violin", Weight: 0.5}},
			func(d int) float64 {
				return 2*0.3/5*float64(sound[d]) + float64(cello[d]) - 4*0.5*0.3*float64(cello[d]) + 0.5*float64(violin[d])
			}},
		{"a text and its vector", []index.Term{{Text: "a cello", Vector: violin}, {Text: "a viola", Vector: sound, Weight: -2}, {Text: "a cello"}},
			func(d int) float64 { return float64(violin[d]) - 2*0.5/5*float64(sound[d]) + float64(cello[d]) }},
	} {
		v, err := index.Compose(ctx, m, c.terms...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		squares := 0.0
		for d := range v {
			squares += c.want(d) * c.want(d)
		}
		for d, x := range v {
			if want := c.want(d) / math.Sqrt(squares); !(math.Abs(float64(x)-want) < 1e-6) {
				t.Errorf("%s: value %d is %g, want %g", c.name, d, x, want)
				break
			}
		}
	}
	inf := float32(math.Inf(1))
	for name, terms := range map[string][]index.Term{
		"nothing":         nil,
		"zero":            {{Vector: make([]float32, 4)}},
		"NaN":             {{Vector: []float32{inf - inf, 1}}},
		"infinite":        {{Vector: []float32{inf, 1}}},
		"infinite weight": {{Vector: sound, Weight: inf}},
		"unequal":         {{Vector: sound}, {Vector: sound[1:]}},
		"cancelled":       {{Vector: sound}, {Vector: sound, Weight: -2}},
	} {
		v, err := index.Compose(ctx, m, terms...)
		if nothing := name == "nothing" || name == "cancelled"; err == nil || errors.Is(err, index.ErrNothing) != nothing {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	if _, err := index.Compose(ctx, nil, index.Term{Text: "a cello"}); !errors.Is(err, audioclip.ErrNoText) {
		t.Errorf("a text without a model: %v", err)
	}
	if v, err := index.Compose(ctx, nil, index.Term{Vector: []float32{3, 4}}); err != nil || v[0] != 0.6 || v[1] != 0.8 {
		t.Errorf("a vector without a model: %v, %v", v, err)
	}
}
