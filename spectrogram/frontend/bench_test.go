package frontend

import (
	"strings"
	"testing"
)

// BenchmarkCompute computes 10 s of noise at the rate of each front end.
func BenchmarkCompute(b *testing.B) {
	for name, f := range goldenFrontEnds {
		b.Run(strings.ReplaceAll(name, "/", "_"), func(b *testing.B) {
			x := signal(b, "noise", 10*f.SampleRate(), f.SampleRate())
			dst := f.Compute(nil, x)
			b.ReportAllocs()
			for b.Loop() {
				dst = f.Compute(dst, x)
			}
			s := f.Shape(len(x))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*s.Planes*s.Rows), "ns/frame")
		})
	}
}
