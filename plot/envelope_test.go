package plot

import (
	"math"
	"slices"
	"testing"
)

func TestEnvelope(t *testing.T) {
	const width = 10
	for _, n := range []int{1, 5, 79, 80, 81, 1000, 12345} {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(math.Sin(float64(i) * 0.7))
		}
		whole := newEnvelope(width)
		whole.add(x)
		blocks := newEnvelope(width)
		for i := 0; i < n; {
			j := min(n, i+1+i%13)
			blocks.add(x[i:j])
			i = j
		}
		if !slices.Equal(whole.min, blocks.min) || !slices.Equal(whole.max, blocks.max) {
			t.Errorf("%d samples: blocks differ from the whole", n)
		}

		lo, hi := whole.columns(0, float64(n), width)
		for c := range lo {
			// Everything well within a column is in it, nothing from well outside.
			per := float64(n) / width
			slack := int(per/8) + 1
			a, b := int(float64(c)*per), int(float64(c+1)*per)
			inner := x[min(a+slack, b):max(b-slack, min(a+slack, b))]
			outer := x[max(a-slack, 0):min(b+slack, n)]
			if len(inner) > 0 && (hi[c] < slices.Max(inner) || lo[c] > slices.Min(inner)) {
				t.Errorf("%d samples, column %d: %v … %v lacks some of %v … %v", n, c, lo[c], hi[c], slices.Min(inner), slices.Max(inner))
			}
			if hi[c] > slices.Max(outer) || lo[c] < slices.Min(outer) {
				t.Errorf("%d samples, column %d: %v … %v is beyond %v … %v", n, c, lo[c], hi[c], slices.Min(outer), slices.Max(outer))
			}
		}
	}
}

func TestEnvelopeBeyondTheSamples(t *testing.T) {
	e := newEnvelope(4)
	e.add([]float32{1, 2, 3, 4})
	lo, hi := e.columns(-2, 6, 8)
	for i := range lo {
		if i < 2 || i >= 6 {
			if lo[i] <= hi[i] {
				t.Errorf("column %d, where there are no samples: %v … %v", i, lo[i], hi[i])
			}
		} else if want := float32(i - 1); lo[i] != want || hi[i] != want {
			t.Errorf("column %d: %v … %v, want %v", i, lo[i], hi[i], want)
		}
	}
}

func TestEnvelopeOfBadSamples(t *testing.T) {
	e := newEnvelope(4)
	e.add([]float32{float32(math.NaN()), -0.5, float32(math.Inf(1)), 0.25})
	if p := e.peak(); p != 0.5 {
		t.Errorf("peak %v, want 0.5", p)
	}
}
