package stft_test

import (
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// TestRandomConfigs holds float32 transforms of any length, hop, window and pad to
// those in float64, and streams in blocks of any sizes, forward and inverse, to
// whole signals.
func TestRandomConfigs(t *testing.T) {
	seeds := 300
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		n := 1 + r.IntN(600)
		switch r.IntN(4) {
		case 0:
			n = 1 << r.IntN(13)
		case 1:
			n = 1 + r.IntN(5000)
		}
		cfg := stft.Config{
			NFFT:       n,
			HopSamples: 1 + r.IntN(n),
			Pad:        stft.PadMode(r.IntN(4)),
			PadValue:   r.Float64(),
			NoCenter:   r.IntN(3) == 0,
			Workers:    r.IntN(4),
		}
		if r.IntN(3) == 0 {
			cfg.HopSamples += n
		}
		if r.IntN(3) == 0 {
			cfg.WinLength = 1 + r.IntN(n)
		}
		if r.IntN(3) == 0 {
			cfg.Scaling, cfg.OneSided2X = stft.ScaleMagnitude, r.IntN(2) == 0
		}
		x64 := make([]float64, r.IntN(min(20*n, 50000)))
		for i := range x64 {
			x64[i] = float64(float32(r.NormFloat64()))
		}
		p, x := newPlan(t, cfg), narrow(x64)
		randomTransform(t, p, x, x64)
		randomBlocks(t, p, x, r)
		if t.Failed() {
			t.Fatalf("seed %d: %+v, %d samples", seed, cfg, len(x))
		}
	}
}

// randomTransform allows 6e-7 of a frame's root mean square.
func randomTransform(t *testing.T, p *stft.Plan, x []float32, x64 []float64) {
	want, bins := p.Complex128(nil, x64), p.Bins()
	got, magnitude := p.Complex(nil, x), p.Magnitude(nil, x)
	if len(want) != p.Frames(len(x))*bins || len(got) != len(want) || len(magnitude) != len(want) {
		t.Fatalf("%d, %d and %d values of %d frames", len(want), len(got), len(magnitude), p.Frames(len(x)))
	}
	for i := 0; i < len(want); i += bins {
		var sum, e, em float64
		for k, w := range want[i : i+bins] {
			a := cmplx.Abs(w)
			d := cmplx.Abs(complex128(got[i+k]) - w)
			dm := float64(magnitude[i+k]) - a
			sum, e, em = sum+a*a, e+d*d, em+dm*dm
		}
		if !(e <= 4e-13*sum) || !(em <= 4e-13*sum) {
			t.Errorf("frame %d: squared errors %g and %g of %g", i/bins, e, em, sum)
		}
	}
}

func randomBlocks(t *testing.T, p *stft.Plan, x []float32, r *rand.Rand) {
	n := p.Config().NFFT
	forward, rows := p.StreamComplex(), []complex64(nil)
	for rest := x; len(rest) > 0; {
		m := min(len(rest), 1+r.IntN(3*n))
		rows, rest = forward.Append(rows, rest[:m]), rest[m:]
	}
	X := p.Complex(nil, x)
	if rows = forward.Finish(rows); !slices.Equal(rows, X) {
		t.Error("a stream gives other rows")
	}
	want, err := p.Inverse(nil, X, len(x))
	if err != nil || len(X) == 0 {
		return // not invertible: other tests say when
	}
	inverse, got := p.StreamInverse(), []float32(nil)
	for rest := X; len(rest) > 0; {
		m := min(len(rest), p.Bins()*(1+r.IntN(40)))
		if got, err = inverse.Append(got, rest[:m]); err != nil {
			t.Fatal(err)
		}
		rest = rest[m:]
	}
	if len(got) > len(x) {
		return // of frames that reach beyond the end
	}
	if got, err = inverse.Finish(got, len(x)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Error("an inverse stream gives another signal")
	}
}
