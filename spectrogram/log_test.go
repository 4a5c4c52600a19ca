package spectrogram

import (
	"math"
	"testing"
)

// TestLogAccuracy compares every logarithm with math.Log in float64, rounded
// once, over all exponents of float32, subnormals among them, and a dense sweep
// of mantissas.
func TestLogAccuracy(t *testing.T) {
	scales := []struct {
		name  string
		apply func([]float32)
		exact func(float64) float64
	}{
		{"ln", logScale{math.SmallestNonzeroFloat32, 1, 0}.apply, math.Log},
		{"log10", logScale{math.SmallestNonzeroFloat32, 1 / math.Ln10, 0}.apply, math.Log10},
		{"decibel", logScale{math.SmallestNonzeroFloat32, 10 / math.Ln10, 0}.apply, func(x float64) float64 { return 10 * math.Log10(x) }},
		{"log1p", log1pAll, math.Log1p},
	}
	var in []float32
	for exp := uint32(0); exp < 255; exp++ {
		for m := uint32(0); m < 1<<23; m += 12983 {
			in = append(in, math.Float32frombits(exp<<23|m))
		}
	}
	in = in[1:] // not 0
	for m := uint32(0); m < 1<<24; m += 17 {
		in = append(in, math.Float32frombits(0x3f000000+m)) // [½, 2)
	}
	for d := uint32(0); d < 1000; d++ { // the neighbours of 1, √½ and √2
		for _, b := range []uint32{0x3f800000, 0x3f3504f3, 0x3fb504f3} {
			in = append(in, math.Float32frombits(b-d), math.Float32frombits(b+d))
		}
	}
	got := make([]float32, len(in))
	for _, s := range scales {
		copy(got, in)
		s.apply(got)
		var worst float64
		for i, x := range in {
			want := s.exact(float64(x))
			if want == 0 {
				if got[i] != 0 {
					t.Fatalf("%s(%g) = %g, want 0", s.name, x, got[i])
				}
				continue
			}
			worst = max(worst, math.Abs(float64(got[i])-want)/ulp(want))
		}
		t.Logf("%s: at most %.4f ulp", s.name, worst)
		if worst > 0.55 {
			t.Errorf("%s is off by %.3f ulp", s.name, worst)
		}
	}
}

// ulp is the distance between float32 values at x.
func ulp(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, max(e-24, -149))
}

func TestLogSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := []float32{0, -1, -inf, 1e-12, inf, nan}
	logScale{1e-10, 10 / math.Ln10, 0}.apply(x)
	for i, want := range []float32{-100, -100, -100, -100, inf, nan} {
		if x[i] != want && !(want != want && x[i] != x[i]) {
			t.Errorf("decibel value %d is %g, want %g", i, x[i], want)
		}
	}
	x = []float32{0, -1, -inf, 1e-30, inf, nan}
	log1pAll(x)
	for i, want := range []float32{0, 0, 0, 1e-30, inf, nan} {
		if x[i] != want && !(want != want && x[i] != x[i]) {
			t.Errorf("log1p value %d is %g, want %g", i, x[i], want)
		}
	}
}

func BenchmarkDecibel(b *testing.B) {
	power := make([]float32, 1<<14)
	for i := range power {
		power[i] = float32(math.Exp(20 * math.Sin(float64(i*i))))
	}
	x := make([]float32, len(power))
	l := logScale{1e-10, 10 / math.Ln10, 0}
	b.Run("Own", func(b *testing.B) {
		b.SetBytes(int64(4 * len(x)))
		for range b.N {
			copy(x, power)
			l.apply(x)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/value")
	})
	b.Run("MathLog10", func(b *testing.B) {
		b.SetBytes(int64(4 * len(x)))
		for range b.N {
			for i, p := range power {
				x[i] = float32(10 * math.Log10(max(1e-10, float64(p))))
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/value")
	})
}
