package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/internal/half"
)

var storages = []Storage{Float32, Float16, BFloat16, Int8}

// stored returns what w becomes in a storage.
func stored(w Matrix, s Storage) Matrix {
	r := NewMatrix(make([]float32, w.Rows*w.Cols), w.Rows, w.Cols)
	for i := range w.Rows {
		var largest float64
		for j := range w.Cols {
			largest = max(largest, math.Abs(float64(w.at(i, j))))
		}
		scale := float32(largest / 127)
		for j := range w.Cols {
			v := w.at(i, j)
			switch s {
			case Float16:
				v = half.Float16Value(half.Float16Bits(v))
			case BFloat16:
				v = half.BFloat16Value(half.BFloat16Bits(v))
			case Int8:
				v = scale * float32(math.RoundToEven(float64(v)/float64(scale)))
			}
			r.Row(i)[j] = v
		}
	}
	return r
}

func TestMultiply(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 6))
		rows := []int{0, 1, 2, 3, 4, 6, 7, 8, 12, 13, 50, 77}
		outs := []int{0, 1, 8, 15, 16, 17, 31, 40, 96, 289}
		ins := []int{0, 1, 3, 16, 24, 96, 512, 700}
		pick := func(list []int) int { return list[rng.IntN(len(list))] }
		for n := range testCount(160) {
			m, out, in := pick(rows), pick(outs), pick(ins)
			storage := storages[n%4]
			w := random(rng, out, in, pick([]int{0, 3}), rng.IntN(2) == 0)
			x := random(rng, m, in, pick([]int{0, 3}), rng.IntN(4) == 0)
			dst := random(rng, m, out, pick([]int{0, 5}), false)
			bias := random(rng, 1, out, 0, false).Data
			if rng.IntN(3) == 0 {
				bias = nil
			}
			act, add := []Activation{Identity, ReLU, Tanh}[rng.IntN(3)], rng.IntN(2) == 0
			name := fmt.Sprintf("%d × %d → %d, storage %d, activation %d, bias %v, add %v", m, in, out, storage, act, bias != nil, add)
			want, magnitudes := product64(x, stored(w, storage).T())
			for i := range m {
				for j, d := range dst.Row(i) {
					if bias != nil {
						want[i*out+j] += float64(bias[j])
						magnitudes[i*out+j] += math.Abs(float64(bias[j]))
					}
					switch act {
					case ReLU:
						want[i*out+j] = max(want[i*out+j], 0)
					case Tanh:
						want[i*out+j] = math.Tanh(want[i*out+j])
						magnitudes[i*out+j] += 2
					}
					if add {
						want[i*out+j] += float64(d)
						magnitudes[i*out+j] += math.Abs(float64(d))
					}
				}
			}
			if !add {
				for i := range m {
					for j := range dst.Row(i) {
						dst.Row(i)[j] = float32(math.NaN())
					}
				}
			}
			weights := NewWeights(w, storage)
			weights.Multiply(NewContext(1+n%3), dst, x, bias, act, add)
			outside(t, dst)
			for i := range m {
				for j, v := range dst.Row(i) {
					if !near(t, v, want[i*out+j], magnitudes[i*out+j], in) {
						t.Fatal(name)
					}
				}
			}
		}
	})
}

// TestMultiplyIndependence checks that a row of the result is the same, to the
// last bit, alone and in a batch, whatever the number of workers.
func TestMultiplyIndependence(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 8))
		for _, storage := range storages {
			const out, in = 208, 600
			const m = 40
			w := NewWeights(random(rng, out, in, 0, false), storage)
			x := random(rng, m, in, 2, false)
			bias := random(rng, 1, out, 0, false).Data
			before := random(rng, m, out, 0, false)
			for _, add := range []bool{false, true} {
				run := func(workers, from, to int) Matrix {
					dst := NewMatrix(append([]float32(nil), before.RowsOf(from, to).Data...), to-from, out)
					w.Multiply(NewContext(workers), dst, x.RowsOf(from, to), bias, GELU, add)
					return dst
				}
				want := run(1, 0, m)
				for _, workers := range []int{2, 7} {
					equalBits(t, fmt.Sprint(workers, " workers"), run(workers, 0, m), want)
				}
				for rows := 1; rows <= 26; rows += 1 + rows/13*5 {
					from := rng.IntN(m - rows + 1)
					equalBits(t, fmt.Sprint(rows, " rows"), run(1+rows%2, from, from+rows), want.RowsOf(from, from+rows))
				}
			}
		}
	})
}

// TestHalf checks all 16-bit values as weights.
func TestHalf(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		values := make([]float32, 1<<16)
		for h := range values {
			values[h] = half.Float16Value(uint16(h))
		}
		for _, rows := range []int{1, 5} {
			w := NewWeights(NewMatrix(values, 1<<16, 1), Float16)
			x := NewMatrix([]float32{1, 1, 1, 1, 1}[:rows], rows, 1)
			dst := NewMatrix(make([]float32, rows<<16), rows, 1<<16)
			w.Multiply(NewContext(1), dst, x, nil, Identity, false)
			for i := range rows {
				for h, v := range dst.Row(i) {
					if want := values[h]; v != want && (v == v || want == want) {
						t.Fatalf("binary16 %04x gives %v, not %v", h, v, want)
					}
				}
			}
		}
	})
}

func TestInt8OfNaN(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		w := NewWeights(NewMatrix([]float32{1, 2, float32(math.NaN()), 0, 0, 0, float32(math.Inf(1)), 1}, 4, 2), Int8)
		dst := NewMatrix(make([]float32, 4), 1, 4)
		w.Multiply(NewContext(1), dst, NewMatrix([]float32{1, 1}, 1, 2), nil, Identity, false)
		if d := dst.Data; math.Abs(float64(d[0])-3) > 0.01 || d[1] == d[1] || d[2] != 0 || d[3] == d[3] {
			t.Fatalf("got %v, want 3, NaN, 0, NaN", d)
		}
	})
}

func TestWeightsBytes(t *testing.T) {
	w := random(rand.New(rand.NewPCG(1, 1)), 64, 100, 0, false)
	for storage, want := range []int{4 * 6400, 2 * 6400, 2 * 6400, 6400 + 4*64} {
		if got := NewWeights(w, Storage(storage)).Bytes(); got != want {
			t.Errorf("storage %d: %d bytes, want %d", storage, got, want)
		}
	}
}

func BenchmarkMultiply(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][3]int{
		{4096, 288, 96}, {4096, 96, 96}, {4096, 384, 96}, {4096, 96, 384}, // HTSAT-tiny, stage 1
		{1024, 576, 192}, {1024, 192, 768},
		{256, 1152, 384}, {256, 1536, 384}, {256, 384, 1536},
		{64, 2304, 768}, {64, 3072, 768}, {64, 768, 3072},
		{77, 1536, 512}, {77, 2048, 512}, {77, 512, 2048}, // CLIP text
		{7, 1536, 512}, {7, 2048, 512}, {7, 512, 2048},
		{128, 1152, 384}, {16, 1152, 384}, {16, 1536, 384}, {16, 384, 1536}, // MiniLM
		{1, 3072, 768}, {1, 768, 3072},
	} {
		for _, workers := range []int{1, 2} {
			m, out, in := shape[0], shape[1], shape[2]
			for _, storage := range storages {
				if storage != Float32 && m > 16 && m != 77 {
					continue
				}
				w := NewWeights(random(rng, out, in, 0, false), storage)
				x, dst := random(rng, m, in, 0, false), random(rng, m, out, 0, false)
				c := NewContext(workers)
				b.Run(fmt.Sprintf("%d×%d→%d/%d/%d", m, in, out, storage, workers), func(b *testing.B) {
					for b.Loop() {
						w.Multiply(c, dst, x, nil, Identity, false)
					}
					b.ReportMetric(2*float64(m*out*in)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
