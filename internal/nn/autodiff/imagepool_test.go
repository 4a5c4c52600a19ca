package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

// pool64 returns what f makes of the values under windows, which are cut off at the
// edge; ceil: also of those that reach over it.
func pool64(x images64, kh, kw, sh, sw, pad int, ceil bool, f func(window []float64) float64) []float64 {
	size := func(n, k, s int) int {
		if ceil {
			return (n+s-1-k)/s + 1
		}
		return (n+2*pad-k)/s + 1
	}
	var y []float64
	h, w := size(x.h, kh, sh), size(x.w, kw, sw)
	for i := range x.n * h * w {
		for ch := range x.c {
			var window []float64
			for k := range kh * kw {
				iy, ix := i/w%h*sh+k/kw-pad, i%w*sw+k%kw-pad
				if iy >= 0 && iy < x.h && ix >= 0 && ix < x.w {
					window = append(window, x.at(i/w/h, iy, ix, ch))
				}
			}
			y = append(y, f(window))
		}
	}
	return y
}

func largest64(x []float64) float64 {
	m := math.Inf(-1)
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

func mean64(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

// Of equal values, such as the zeros that ReLU leaves, the first gets the gradient, in
// each window for itself.
func TestMaxPoolOfEqualValues(t *testing.T) {
	for _, cols := range []int{1, 16, 19} {
		m := nn.NewMatrix(make([]float32, 6*cols), 6, cols) // 2×3 pixels
		dy := nn.NewMatrix(make([]float32, 2*cols), 2, cols)
		want := nn.NewMatrix(make([]float32, 6*cols), 6, cols)
		for j := range cols {
			m.Row(4)[j] = float32(j % 2) // the largest of both windows, or as large as the rest
			dy.Row(0)[j], dy.Row(1)[j] = 2, 3
			if j%2 == 1 {
				want.Row(4)[j] = 5
			} else {
				want.Row(0)[j], want.Row(1)[j] = 2, 3
			}
		}
		tape := NewTape(nn.NewContext(1))
		tape.Train = true
		x := tape.Variable(m)
		tape.Backward([]*Value{tape.MaxPool2D(pictured(x, 1, 2, 3), 2, 1, 0)}, []nn.Matrix{dy})
		same(t, fmt.Sprint(cols, " channels"), x.Grad().Data, want.Data)
	}
}

func TestPools(t *testing.T) {
	rng := rand.New(rand.NewPCG(24, 1))
	for _, s := range [][4]int{{2, 6, 8, 3}, {2, 5, 7, 17}, {1, 1, 3, 2}} {
		n, h, w, c := s[0], s[1], s[2], s[3]
		check := func(name string, inputs int, apply func(t *Tape, xs []*Value) *Value, reference func(x, scores images64) []float64) {
			o := operation{
				name:  fmt.Sprint(name, s),
				apply: apply,
				reference: func(xs [][]float64) []float64 {
					return reference(images64{xs[0], n, h, w, c}, images64{xs[len(xs)-1], n, h, w, c})
				},
			}
			for range inputs {
				o.inputs = append(o.inputs, randomMatrix(rng, n*h*w, c))
			}
			o.apply = func(t *Tape, xs []*Value) *Value {
				for _, x := range xs {
					pictured(x, n, h, w)
				}
				return apply(t, xs)
			}
			o.check(t)
		}
		for _, p := range [][3]int{{2, 2, 0}, {3, 2, 1}, {3, 1, 1}} {
			if h < p[0] {
				continue
			}
			check(fmt.Sprint("max", p), 1, func(t *Tape, xs []*Value) *Value { return t.MaxPool2D(xs[0], p[0], p[1], p[2]) },
				func(x, _ images64) []float64 { return pool64(x, p[0], p[0], p[1], p[1], p[2], false, largest64) })
		}
		for _, p := range [][2]int{{2, 2}, {1, w}, {3, 2}} {
			check(fmt.Sprint("mean", p), 1, func(t *Tape, xs []*Value) *Value { return t.AvgPool2D(xs[0], p[0], p[1]) },
				func(x, _ images64) []float64 { return pool64(x, p[0], p[1], p[0], p[1], 0, true, mean64) })
		}
		check("global", 1, func(t *Tape, xs []*Value) *Value { return t.GlobalMeanMax(xs[0]) },
			func(x, _ images64) []float64 {
				return pool64(x, h, w, h, w, 0, false, func(x []float64) float64 { return mean64(x) + largest64(x) })
			})
	}
}
