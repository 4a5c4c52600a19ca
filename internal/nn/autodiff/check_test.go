package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

// operation is what a test checks: apply computes it on a tape, reference in
// float64 from the values of the inputs and then those of the parameters.
type operation struct {
	name      string
	inputs    []nn.Matrix
	params    []*Param
	apply     func(t *Tape, xs []*Value) *Value
	reference func(xs [][]float64) []float64
	tolerance float64 // of results, relative to the largest; 0: 2e-6
}

// randomMatrix returns normal values.
func randomMatrix(rng *rand.Rand, rows, cols int) nn.Matrix {
	m := nn.NewMatrix(make([]float32, rows*cols), rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64())
	}
	return m
}

// randomParam returns a parameter of normal values around a mean.
func randomParam(rng *rand.Rand, name string, mean float64, shape ...int) *Param {
	p := NewParam(name, true, shape...)
	for i := range p.Data {
		p.Data[i] = float32(mean + rng.NormFloat64())
	}
	return p
}

// gradients runs the operation n times on one tape, adds the results up, and returns
// their sum and the gradients of inputs and parameters for a gradient dy, nil for
// those without.
func (o *operation) gradients(tape *Tape, dy func(y nn.Matrix) nn.Matrix, n int, constant bool) (result []float32, grads [][]float32) {
	tape.Train = true
	xs := make([]*Value, len(o.inputs))
	for i, m := range o.inputs {
		if xs[i] = tape.Variable(m); constant {
			xs[i] = tape.Input(m)
		}
	}
	for _, p := range o.params {
		clear(p.Grad)
	}
	y := o.apply(tape, xs)
	for range n - 1 {
		y = tape.Add(y, o.apply(tape, xs))
	}
	tape.Backward([]*Value{y}, []nn.Matrix{dy(y.Matrix)})
	for _, x := range xs {
		grads = append(grads, slices.Clone(x.Grad().Data))
	}
	for _, p := range o.params {
		grads = append(grads, slices.Clone(p.Grad))
	}
	result = slices.Clone(y.Data)
	tape.Reset()
	return result, grads
}

// check compares results with the reference and gradients with its central
// differences, and then that they are the same whatever there is besides.
func (o operation) check(t *testing.T) {
	t.Helper()
	t.Run(o.name, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		var weights []float32
		dy := func(y nn.Matrix) nn.Matrix {
			if weights == nil {
				weights = randomMatrix(rng, y.Rows, y.Cols).Data
			}
			return nn.NewMatrix(weights, y.Rows, y.Cols)
		}
		tape := NewTape(nn.NewContext(1))
		result, grads := o.gradients(tape, dy, 1, false)

		var xs [][]float64
		for _, m := range o.inputs {
			xs = append(xs, float64s(m.Data))
		}
		for _, p := range o.params {
			xs = append(xs, float64s(p.Data))
		}
		tolerance := o.tolerance
		if tolerance == 0 {
			tolerance = 2e-6
		}
		near(t, "result", result, o.reference(xs), tolerance)
		for i, x := range xs {
			near(t, fmt.Sprintf("gradient %d", i), grads[i], differences(o.reference, xs, x, weights), 5*tolerance)
		}

		again := func(name string, tape *Tape, constant bool) {
			t.Helper()
			r, g := o.gradients(tape, dy, 1, constant)
			same(t, name+": result", r, result)
			for i := range g {
				if g[i] != nil {
					same(t, fmt.Sprint(name, ": gradient ", i), g[i], grads[i])
				}
			}
		}
		again("after Reset", tape, false)
		again("3 workers", NewTape(nn.NewContext(3)), false)
		again("constant inputs", tape, true)
		for i, p := range o.params {
			grad := p.Grad
			p.Freeze()
			again("frozen "+p.Name, tape, false)
			again("frozen "+p.Name+", constant inputs", tape, true)
			if p.Grad != nil {
				t.Errorf("parameter %d has a gradient although it is frozen", i)
			}
			p.Grad = grad
		}

		// All that is used twice gets twice the gradient.
		_, twice := o.gradients(tape, dy, 2, false)
		for i := range twice {
			want := float64s(grads[i])
			for j := range want {
				want[j] *= 2
			}
			near(t, fmt.Sprintf("gradient %d of what is used twice", i), twice[i], want, 2e-6)
		}
	})
}

// differences returns the derivatives of Σ weights·reference by the values of x,
// which is one of xs.
func differences(reference func([][]float64) []float64, xs [][]float64, x []float64, weights []float32) []float64 {
	const h = 1e-4
	loss := func() float64 {
		sum := 0.0
		for i, y := range reference(xs) {
			sum += y * float64(weights[i])
		}
		return sum
	}
	d := make([]float64, len(x))
	for i, v := range x {
		x[i] = v + h
		up := loss()
		x[i] = v - h
		d[i] = (up - loss()) / (2 * h)
		x[i] = v
	}
	return d
}

// near fails unless all values are near those wanted, in relation to the largest.
func near(t *testing.T, name string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	largest := 1e-2 // what is below has cancelled
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= tolerance*largest) {
			t.Fatalf("%s: value %d is %v, want %v (the largest is %v)", name, i, got[i], w, largest)
		}
	}
}

func same(t *testing.T, name string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: value %d is %v, was %v", name, i, got[i], want[i])
		}
	}
}

func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
