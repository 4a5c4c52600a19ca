package stft_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// sameStream feeds x in random blocks and wants the rows of the whole.
func sameStream[S stft.Sample, V stft.Value](t *testing.T, name string, s *stft.Stream[S, V], x []S, whole []V, r *rand.Rand) {
	t.Helper()
	for _, most := range []int{1, 7, 1 << 20} {
		var got []V
		for rest := x; ; {
			n := min(r.IntN(most+1), len(rest))
			if most == 1 {
				n = min(1, len(rest))
			}
			got = s.Append(got, rest[:n])
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
		got = s.Finish(got)
		if len(got) != len(whole) {
			t.Errorf("%s: %d values from blocks of up to %d, want %d", name, len(got), most, len(whole))
			continue
		}
		for i := range got {
			if got[i] != whole[i] {
				t.Errorf("%s: blocks of up to %d: value %d is %v, want %v", name, most, i, got[i], whole[i])
				break
			}
		}
	}
}

func TestStreamIsTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, cfg := range []stft.Config{
		{NFFT: 16, HopSamples: 4},
		{NFFT: 15, HopSamples: 6},
		{NFFT: 16, HopSamples: 1, WinLength: 5},
		{NFFT: 16, HopSamples: 75},
		{NFFT: 9, HopSamples: 10},
		{NFFT: 2, HopSamples: 1},
		{NFFT: 1, HopSamples: 3},
		{NFFT: 16, HopSamples: 5, NoCenter: true},
		{NFFT: 7, HopSamples: 40, NoCenter: true},
		{NFFT: 16, HopSamples: 4, Float64: true},
		{NFFT: 64, HopSamples: 16, Scaling: stft.ScalePSD, OneSided2X: true, SampleRate: 8000},
	} {
		for _, pad := range []stft.PadMode{stft.PadZero, stft.PadConstant, stft.PadReflect, stft.PadEdge} {
			cfg.Pad, cfg.PadValue = pad, 0.5
			p := newPlan(t, cfg)
			for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 64, 100, 333} {
				name := fmt.Sprintf("NFFT %d hop %d win %d centre %v %v, %d samples", cfg.NFFT, cfg.HopSamples, cfg.WinLength, !cfg.NoCenter, pad, n)
				x64 := noise(n)
				x := narrow(x64)
				sameStream(t, name, p.StreamComplex(), x, p.Complex(nil, x), r)
				sameStream(t, name, p.StreamPower(), x, p.Power(nil, x), r)
				if n == 64 {
					sameStream(t, name, p.StreamMagnitude(), x, p.Magnitude(nil, x), r)
					sameStream(t, name, p.StreamPhase(), x, p.Phase(nil, x), r)
					sameStream(t, name, p.StreamComplex128(), x64, p.Complex128(nil, x64), r)
					sameStream(t, name, p.StreamMagnitude64(), x64, p.Magnitude64(nil, x64), r)
					sameStream(t, name, p.StreamPower64(), x64, p.Power64(nil, x64), r)
					sameStream(t, name, p.StreamPhase64(), x64, p.Phase64(nil, x64), r)
				}
			}
		}
	}
}

func TestStreamGivesFramesAsSoonAsTheyAreKnown(t *testing.T) {
	s := newPlan(t, stft.Config{NFFT: 16, HopSamples: 4, Pad: stft.PadReflect}).StreamPower()
	const bins = 9
	rows := 0
	for n := 1; n <= 40; n++ {
		got := len(s.Append(nil, []float32{1}))
		rows += got / bins
		// Frame t ends at 4t+8; the first one reflects sample 8, too.
		want := 0
		if n >= 9 {
			want = (n-8)/4 + 1
		}
		if rows != want {
			t.Fatalf("%d frames after %d samples, want %d", rows, n, want)
		}
	}
}

func TestResetForgetsTheSignal(t *testing.T) {
	p := newPlan(t, stft.Config{NFFT: 16, HopSamples: 4})
	s := p.StreamPower()
	s.Append(nil, narrow(noise(50)))
	s.Reset()
	x := narrow(noise(77))
	sameStream(t, "after Reset", s, x, p.Power(nil, x), rand.New(rand.NewPCG(1, 1)))
}
