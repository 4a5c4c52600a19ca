package autodiff_test

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// A network with one hidden layer learns the sine from 64 points, by plain gradient
// descent on the mean squared error.
func Example() {
	const points, hidden = 64, 32
	x, want := nn.NewMatrix(make([]float32, points), points, 1), make([]float32, points)
	for i := range points {
		at := 2 * math.Pi * (float64(i)/(points-1) - 0.5)
		x.Data[i], want[i] = float32(at), float32(math.Sin(at))
	}

	w1 := autodiff.NewParam("hidden.weight", true, hidden, 1)
	b1 := autodiff.NewParam("hidden.bias", false, hidden)
	w2 := autodiff.NewParam("out.weight", true, 1, hidden)
	b2 := autodiff.NewParam("out.bias", false, 1)
	for i := range hidden { // to begin with, units that differ
		w1.Data[i] = float32(math.Cos(float64(3 * i)))
		b1.Data[i] = float32(3 * math.Sin(float64(5*i)))
	}

	tape := autodiff.NewTape(nn.NewContext(1))
	tape.Train = true
	step := func(rate float32) (loss float64) {
		h := tape.Activation(tape.Linear(tape.Input(x), w1, b1), nn.GELU)
		y := tape.Linear(h, w2, b2)
		gradient := nn.NewMatrix(make([]float32, points), points, 1)
		for i, v := range y.Data {
			d := v - want[i]
			loss += float64(d*d) / points
			gradient.Data[i] = 2 * d / points
		}
		tape.Backward([]*autodiff.Value{y}, []nn.Matrix{gradient})
		for _, p := range []*autodiff.Param{w1, b1, w2, b2} {
			for i, g := range p.Grad {
				p.Data[i] -= rate * g
			}
			clear(p.Grad)
		}
		tape.Reset()
		return loss
	}

	fmt.Printf("loss at first %.2f\n", step(0.02))
	var loss float64
	for range 3000 {
		loss = step(0.02)
	}
	fmt.Println("after 3000 steps below 0.01:", loss < 0.01)
	// Output:
	// loss at first 0.49
	// after 3000 steps below 0.01: true
}
