package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// testCount returns how many random cases to run.
func testCount(n int) int {
	if testing.Short() {
		return n / 3
	}
	return n
}

// random returns a rows × cols view of random values inside a larger matrix, whose
// other values are NaN.
func random(rng *rand.Rand, rows, cols, gap int, transposed bool) Matrix {
	if transposed {
		return random(rng, cols, rows, gap, false).T()
	}
	stride := cols + gap
	m := Matrix{Data: make([]float32, rows*stride+gap), Rows: rows, Cols: cols, Stride: stride}
	for i := range m.Data {
		m.Data[i] = float32(math.NaN())
	}
	m.Data = m.Data[gap:]
	for i := range rows {
		for j := range cols {
			m.Data[i*stride+j] = float32(rng.NormFloat64())
		}
	}
	return m
}

// product64 returns a·b in float64, and the sums of the magnitudes of its terms.
func product64(a, b Matrix) (sums, magnitudes []float64) {
	sums, magnitudes = make([]float64, a.Rows*b.Cols), make([]float64, a.Rows*b.Cols)
	for i := range a.Rows {
		for l := range a.Cols {
			x := float64(a.at(i, l))
			for j := range b.Cols {
				p := x * float64(b.at(l, j))
				sums[i*b.Cols+j] += p
				magnitudes[i*b.Cols+j] += math.Abs(p)
			}
		}
	}
	return sums, magnitudes
}

// near compares got with want. The error of a sum of n terms is at most about
// n/2²⁴ of the sum of their magnitudes, and in practice some √n/2²⁴.
func near(t *testing.T, got float32, want, magnitude float64, n int) bool {
	t.Helper()
	if diff := math.Abs(float64(got) - want); !(diff <= (2*math.Sqrt(float64(n))+4)*0x1p-24*(magnitude+1e-30)) {
		t.Errorf("got %v, want %v: off by %g of %g", got, want, diff, magnitude)
		return false
	}
	return true
}

// outside fails if values of m that do not belong to it are no longer NaN.
func outside(t *testing.T, m Matrix) {
	t.Helper()
	whole := m.Data[:cap(m.Data)]
	for i, v := range whole {
		if m.Stride > 0 && (i/m.Stride >= m.Rows || i%m.Stride >= m.Cols) && v == v {
			t.Fatalf("value %d written, outside a %d × %d matrix with stride %d", i, m.Rows, m.Cols, m.Stride)
		}
	}
}

func TestGemm(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		sizes := []int{0, 1, 2, 3, 5, 7, 8, 11, 12, 13, 16, 17, 24, 25, 31, 32, 33, 37, 48, 64, 77, 100}
		long := []int{511, 512, 513, 600, 1025}
		pick := func(list []int) int { return list[rng.IntN(len(list))] }
		shapes := [][3]int{{1, 1, 1}, {64, 64, 24}, {64, 24, 64}, {13, 1000, 600}, {200, 300, 520}, {5, 70, 1025}, {30, 20, 2048}}
		for range testCount(150) {
			shapes = append(shapes, [3]int{pick(sizes), pick(sizes), pick(sizes)})
		}
		for range testCount(5) {
			shapes = append(shapes, [3]int{pick(sizes), pick(sizes), pick(long)},
				[3]int{pick(sizes), pick(long), pick(sizes)}, [3]int{pick(long), pick(sizes), pick(sizes)})
		}
		for n, shape := range shapes {
			m, cols, k := shape[0], shape[1], shape[2]
			a := random(rng, m, k, pick([]int{0, 1, 9}), rng.IntN(2) == 0)
			b := random(rng, k, cols, pick([]int{0, 1, 9}), rng.IntN(2) == 0)
			dst := random(rng, m, cols, pick([]int{0, 1, 9}), false)
			alpha, beta := []float32{1, 0.25, -2}[rng.IntN(3)], []float32{0, 1, -0.5}[rng.IntN(3)]
			name := fmt.Sprintf("%d×%d×%d, strides %d %d %d, transposed %v %v, alpha %v, beta %v",
				m, cols, k, dst.Stride, a.Stride, b.Stride, a.Transposed, b.Transposed, alpha, beta)
			want, magnitudes := product64(a, b)
			for i := range m {
				for j, d := range dst.Row(i) {
					want[i*cols+j] = float64(alpha)*want[i*cols+j] + float64(beta)*float64(d)
					magnitudes[i*cols+j] = math.Abs(float64(alpha))*magnitudes[i*cols+j] + math.Abs(float64(beta)*float64(d))
				}
			}
			if beta == 0 {
				for i := range m {
					for j := range dst.Row(i) {
						dst.Row(i)[j] = float32(math.NaN())
					}
				}
			}
			Gemm(NewContext(1+n%3), dst, a, b, alpha, beta)
			outside(t, dst)
			for i := range m {
				for j, v := range dst.Row(i) {
					if !near(t, v, want[i*cols+j], magnitudes[i*cols+j], k) {
						t.Fatal(name)
					}
				}
			}
		}
	})
}

// TestGemmSpecial checks that NaN and infinities get through, next to zeros too.
func TestGemmSpecial(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 16, 40} {
			for _, special := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
				a, b := NewMatrix(make([]float32, n*n), n, n), NewMatrix(make([]float32, n*n), n, n)
				dst := NewMatrix(make([]float32, n*n), n, n)
				r, k := n/2, n/3
				a.Row(r)[k] = special
				Gemm(NewContext(1), dst, a, b, 1, 0)
				for i := range n {
					for j, v := range dst.Row(i) {
						if (i == r) != (v != v) {
							t.Fatalf("%d: %v at (%d, %d) of a gives %v at (%d, %d)", n, special, r, k, v, i, j)
						}
					}
				}
				b.Row(k)[n-1] = 1
				Gemm(NewContext(1), dst, a, b, 1, 0)
				if v := dst.Row(r)[n-1]; v != special && (v == v || special == special) && n > 1 {
					t.Fatalf("%d: %v·1 gives %v", n, special, v)
				}
			}
		}
	})
}

func equalBits(t *testing.T, what string, got, want Matrix) {
	t.Helper()
	for i := range want.Rows {
		for j, w := range want.Row(i) {
			if v := got.Row(i)[j]; math.Float32bits(v) != math.Float32bits(w) {
				t.Fatalf("%s: value (%d, %d) is %v, was %v", what, i, j, v, w)
			}
		}
	}
}

// TestGemmIndependence checks that a row of the result depends on its own row
// alone, to the last bit, whatever the number of rows and workers.
func TestGemmIndependence(t *testing.T) {
	forEachKernels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, shape := range [][3]int{{77, 96, 24}, {67, 100, 600}, {40, 33, 1100}, {300, 64, 64}} {
			m, n, k := shape[0], shape[1], shape[2]
			for _, transposed := range []bool{false, true} {
				a, b := random(rng, m, k, 3, false), random(rng, k, n, 1, transposed)
				want := random(rng, m, n, 0, false)
				Gemm(NewContext(1), want, a, b, 0.5, 0)
				for _, workers := range []int{2, 7} {
					got := random(rng, m, n, 0, false)
					Gemm(NewContext(workers), got, a, b, 0.5, 0)
					equalBits(t, fmt.Sprint(shape, workers, " workers"), got, want)
				}
				for rows := 1; rows <= 38; rows += 1 + rows/13*5 {
					got := random(rng, rows, n, 5, false)
					from := rng.IntN(m - rows + 1)
					Gemm(NewContext(1), got, a.RowsOf(from, from+rows), b, 0.5, 0)
					equalBits(t, fmt.Sprint(shape, rows, " rows"), got, want.RowsOf(from, from+rows))
				}
			}
		}
	})
}

// TestGemmSameBits checks that all instruction sets give the same bits.
func TestGemmSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	a, b := random(rng, 70, 1300, 0, false), random(rng, 1300, 90, 0, false)
	var want *Matrix
	forEachKernels(t, func(t *testing.T) {
		if vector == nil {
			return // without fused multiply-adds
		}
		got := random(rng, 70, 90, 0, false)
		Gemm(NewContext(2), got, a, b, 0.3, 0)
		if want != nil {
			equalBits(t, "other instructions", got, *want)
		}
		want = &got
	})
}

func BenchmarkGemm(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][3]int{{1024, 1024, 1024}, {512, 512, 512}, {256, 256, 256}, {64, 64, 24}, {64, 24, 64}} {
		for _, workers := range []int{1, 2} {
			m, n, k := shape[0], shape[1], shape[2]
			x, y, dst := random(rng, m, k, 0, false), random(rng, k, n, 0, false), random(rng, m, n, 0, false)
			c := NewContext(workers)
			b.Run(fmt.Sprintf("%d×%d×%d/%d", m, n, k, workers), func(b *testing.B) {
				for b.Loop() {
					Gemm(c, dst, x, y, 1, 0)
				}
				b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
