package stft_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

func TestWorkersChangeNothing(t *testing.T) {
	x64 := noise(30000)
	x := narrow(x64)
	for _, cfg := range []stft.Config{
		{NFFT: 400, HopSamples: 160},
		{NFFT: 2048, HopSamples: 100, Pad: stft.PadReflect},
		{NFFT: 441, HopSamples: 90},
		{NFFT: 512, WinLength: 300, HopSamples: 75, Float64: true},
	} {
		alone := newPlan(t, cfg)
		for _, workers := range []int{2, 3, 100} {
			cfg.Workers = workers
			p := newPlan(t, cfg)
			if !slices.Equal(p.Complex(nil, x), alone.Complex(nil, x)) {
				t.Errorf("%+v: another complex transform than that of one worker", cfg)
			}
			if !slices.Equal(p.Magnitude(nil, x), alone.Magnitude(nil, x)) {
				t.Errorf("%+v: other magnitudes than those of one worker", cfg)
			}
			if !slices.Equal(p.Power64(nil, x64), alone.Power64(nil, x64)) {
				t.Errorf("%+v: other powers than those of one worker", cfg)
			}
		}
	}
}

func TestWorkersAreChecked(t *testing.T) {
	for _, workers := range []int{-1, 5000} {
		if _, err := stft.New(stft.Config{Workers: workers}); err == nil {
			t.Errorf("%d workers: no error", workers)
		}
	}
}

func TestWorkersAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	p := newPlan(t, stft.Config{NFFT: 400, HopSamples: 160, Workers: 2})
	x := narrow(noise(100000))
	dst := p.Magnitude(nil, x)
	run := func() {
		p.Magnitude(dst, x)
		runtime.Gosched() // AllocsPerRun leaves one processor: helpers that came too late end here
	}
	if a := testing.AllocsPerRun(20, run); a != 0 {
		t.Errorf("%v allocations", a)
	}
}
