package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSoftmax(t *testing.T) {
	vectorForms(t, func(t *testing.T) {
		for _, n := range []int{5, 17, 64, 77, 512} {
			name := fmt.Sprintf("softmax_%d", n)
			x, want := goldenMatrix(t, name), goldenMatrix(t, name+"_result")
			Softmax(NewContext(2), x)
			compare(t, name, x.Data, want.Data, 2e-7)
		}
	})
}

// A row has the same bits alone and among others, whatever lies between rows.
func TestSoftmaxIndependence(t *testing.T) {
	x := random(rand.New(rand.NewPCG(1, 1)), 100, 37, 5, false)
	alone := make([][]float32, x.Rows)
	for i := range alone {
		alone[i] = slices.Clone(x.Row(i))
		Softmax(NewContext(1), NewMatrix(alone[i], 1, x.Cols))
	}
	Softmax(NewContext(3), x)
	for i, want := range alone {
		if !slices.Equal(x.Row(i), want) {
			t.Fatalf("row %d differs", i)
		}
	}
}

func BenchmarkSoftmax(b *testing.B) {
	for _, n := range []int{64, 77, 512} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in := random(rand.New(rand.NewPCG(1, 1)), 256, n, 0, false)
			x, c := NewMatrix(make([]float32, 256*n), 256, n), NewContext(1)
			for range b.N {
				copy(x.Data, in.Data)
				Softmax(c, x)
			}
			perValue(b, len(x.Data))
		})
	}
}

func perValue(b *testing.B, values int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*values), "ns/value")
}
