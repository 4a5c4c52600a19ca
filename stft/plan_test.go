package stft_test

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

func noise(n int) []float64 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(float32(r.NormFloat64()))
	}
	return x
}

func TestDefaultsAreFilledIn(t *testing.T) {
	for _, c := range []struct{ in, want stft.Config }{
		{stft.Config{}, stft.Config{NFFT: 2048, WinLength: 2048, HopSamples: 512}},
		{stft.Config{NFFT: 3}, stft.Config{NFFT: 3, WinLength: 3, HopSamples: 1}},
		{stft.Config{NFFT: 512, WinLength: 400}, stft.Config{NFFT: 512, WinLength: 400, HopSamples: 100}},
	} {
		if got := newPlan(t, c.in).Config(); got != c.want {
			t.Errorf("%+v became %+v", c.in, got)
		}
	}
}

func TestConfigErrorsNameTheField(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		cfg  stft.Config
		want string
	}{
		{stft.Config{NFFT: -1}, "NFFT is -1"},
		{stft.Config{NFFT: 1<<24 + 1}, "NFFT is 16777217"},
		{stft.Config{NFFT: 8, WinLength: 9}, "WinLength is 9"},
		{stft.Config{WinLength: -3}, "WinLength is -3"},
		{stft.Config{HopSamples: -1}, "HopSamples is -1"},
		{stft.Config{HopSamples: 1<<30 + 1}, "HopSamples"},
		{stft.Config{Pad: 9}, "PadMode(9)"},
		{stft.Config{PadValue: nan}, "PadValue is NaN"},
		{stft.Config{Scaling: 7}, "Scaling(7)"},
		{stft.Config{SampleRate: -8000}, "SampleRate is -8000"},
		{stft.Config{Scaling: stft.ScalePSD}, "psd needs SampleRate"},
		{stft.Config{OneSided2X: true}, "OneSided2X with scaling none"},
		{stft.Config{OneSided2X: true, Scaling: stft.ScaleUnitary}, "OneSided2X with scaling unitary"},
		{stft.Config{Window: stft.Kaiser(-1)}, "beta -1"},
		{stft.Config{Window: stft.Custom([]float64{1, 1})}, "custom window of 2 values"},
		{stft.Config{NFFT: 2, Window: stft.Custom([]float64{1, -1}), Scaling: stft.ScaleMagnitude}, "divide by 0"},
		{stft.Config{NFFT: 2, Window: stft.Hann().Symmetric(), Scaling: stft.ScalePSD, SampleRate: 1}, "divide by"},
	} {
		if _, err := stft.New(c.cfg); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "stft: ") {
			t.Errorf("%+v: error %v, want one with %q", c.cfg, err, c.want)
		}
	}
}

func TestFrameCounts(t *testing.T) {
	for _, c := range []struct {
		nFFT, hop int
		noCenter  bool
		n, want   int
	}{
		{400, 160, false, 0, 0},
		{400, 160, false, 1, 1},
		{400, 160, false, 159, 1},
		{400, 160, false, 160, 2},
		{400, 160, false, 480000, 3001},
		{401, 160, false, 160, 1}, // NFFT/2 samples on each side: one short
		{401, 160, false, 161, 2},
		{400, 160, true, 399, 0},
		{400, 160, true, 400, 1},
		{400, 160, true, 559, 1},
		{400, 160, true, 560, 2},
		{1, 1, false, 5, 5},
		{4, 100, false, 250, 3},
	} {
		p := newPlan(t, stft.Config{NFFT: c.nFFT, HopSamples: c.hop, NoCenter: c.noCenter})
		if got := p.Frames(c.n); got != c.want {
			t.Errorf("NFFT %d hop %d NoCenter %v: %d samples give %d frames, want %d", c.nFFT, c.hop, c.noCenter, c.n, got, c.want)
		}
		if got := len(p.Power(nil, make([]float32, c.n))); got != c.want*p.Bins() {
			t.Errorf("%d values, want %d·%d", got, c.want, p.Bins())
		}
	}
}

func TestDestinationIsUsed(t *testing.T) {
	p := newPlan(t, stft.Config{NFFT: 16, HopSamples: 4})
	x := narrow(noise(50))
	want := p.Magnitude(nil, x)
	dst := make([]float32, len(want)+7)
	got := p.Magnitude(dst, x)
	if &got[0] != &dst[0] || !slices.Equal(got, want) {
		t.Error("a large dst is not used")
	}
	if got := p.Magnitude(dst[:3:3], x); &got[0] == &dst[0] || !slices.Equal(got, want) {
		t.Error("a small dst is not replaced")
	}
}

func TestNothingIsAllocated(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool forgets under the race detector")
	}
	for _, cfg := range []stft.Config{{NFFT: 64}, {NFFT: 37, Pad: stft.PadReflect}, {NFFT: 64, Float64: true}, {NFFT: 512}} {
		p := newPlan(t, cfg)
		x64 := noise(300)
		x := narrow(x64)
		c, c128 := p.Complex(nil, x), p.Complex128(nil, x64)
		f, f64 := p.Magnitude(nil, x), p.Magnitude64(nil, x64)
		y, y64 := make([]float32, 300), make([]float64, 300)
		stream, inverse := p.StreamPower(), p.StreamInverse()
		for name, run := range map[string]func(){
			"Complex":       func() { p.Complex(c, x) },
			"Magnitude":     func() { p.Magnitude(f, x) },
			"Power":         func() { p.Power(f, x) },
			"Phase":         func() { p.Phase(f, x) },
			"Complex128":    func() { p.Complex128(c128, x64) },
			"Magnitude64":   func() { p.Magnitude64(f64, x64) },
			"Power64":       func() { p.Power64(f64, x64) },
			"Phase64":       func() { p.Phase64(f64, x64) },
			"Inverse":       func() { p.Inverse(y, c, 300) },
			"Inverse128":    func() { p.Inverse128(y64, c128, 300) },
			"Stream":        func() { stream.Finish(stream.Append(f[:0], x)) },
			"InverseStream": func() { d, _ := inverse.Append(y[:0], c); inverse.Finish(d, 300) },
		} {
			if a := testing.AllocsPerRun(10, run); a != 0 {
				t.Errorf("NFFT %d: %s allocates %v times", cfg.NFFT, name, a)
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	p := newPlan(t, stft.Config{NFFT: 100, Pad: stft.PadReflect})
	x := narrow(noise(3000))
	want := p.Complex(nil, x)
	back, err := p.Inverse(nil, want, len(x))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 5 {
				if !slices.Equal(p.Complex(nil, x), want) {
					t.Error("another transform")
				}
				if y, err := p.Inverse(nil, want, len(x)); err != nil || !slices.Equal(y, back) {
					t.Error("another inverse", err)
				}
				p.Magnitude64(nil, noise(500))
			}
		}()
	}
	wg.Wait()
}

// A NaN or an infinity reaches the frames whose window it is under, and no other.
func TestBadSamplesStayInTheirFrames(t *testing.T) {
	const n, at = 400, 200
	for _, cfg := range []stft.Config{
		{NFFT: 32, HopSamples: 8, Window: stft.Hamming()},
		{NFFT: 33, HopSamples: 5, WinLength: 20, Window: stft.Hamming()},
		{NFFT: 37 * 2, HopSamples: 20, Window: stft.Rectangular(), NoCenter: true},
	} {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			p := newPlan(t, cfg)
			cfg := p.Config()
			x := narrow(noise(n))
			clean := p.Power(nil, x)
			x[at] = float32(bad)
			dirty := p.Power(nil, x)
			for f := range p.Frames(n) {
				first := p.FrameSample(f) - cfg.NFFT/2 + (cfg.NFFT-cfg.WinLength)/2
				hit := first <= at && at < first+cfg.WinLength
				row := dirty[f*p.Bins():][:p.Bins()]
				if !hit && !slices.Equal(row, clean[f*p.Bins():][:p.Bins()]) {
					t.Errorf("%v in NFFT %d reached frame %d", bad, cfg.NFFT, f)
				}
				if v := float64(row[1]); hit && !math.IsNaN(v) && !math.IsInf(v, 0) {
					t.Errorf("%v in NFFT %d is lost in frame %d", bad, cfg.NFFT, f)
				}
			}
		}
	}
}

func TestMagnitudeNeitherOverflowsNorVanishes(t *testing.T) {
	p := newPlan(t, stft.Config{NFFT: 64, Scaling: stft.ScaleMagnitude})
	tone := func(level float64) []float64 {
		x := make([]float64, 256)
		for i := range x {
			x[i] = level * math.Cos(2*math.Pi*8*float64(i)/64)
		}
		return x
	}
	for _, level := range []float64{1e-36, 1e-25, 1e-18, 1, 1e18, 1e25, 1e36} {
		if got := p.Magnitude(nil, narrow(tone(level)))[4*p.Bins()+8]; math.Abs(float64(got)/level-0.5) > 1e-5 {
			t.Errorf("float32: a tone of %g has magnitude %g", level, got)
		}
	}
	for _, level := range []float64{1e-290, 1e-180, 1, 1e180, 1e290} {
		if got := p.Magnitude64(nil, tone(level))[4*p.Bins()+8]; math.Abs(got/level-0.5) > 1e-12 {
			t.Errorf("float64: a tone of %g has magnitude %g", level, got)
		}
	}
}

// Full scale: the references that decibels are relative to.
func TestScalingsOfKnownSignals(t *testing.T) {
	x := make([]float64, 4096)
	for i := range x {
		x[i] = 0.8 * math.Cos(2*math.Pi*100*float64(i)/1024)
	}
	base := stft.Config{NFFT: 1024, Window: stft.BlackmanHarris(), NoCenter: true, SampleRate: 8000}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got/want-1) > 1e-10 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	with := func(s stft.Scaling, twice bool) *stft.Plan {
		c := base
		c.Scaling, c.OneSided2X = s, twice
		return newPlan(t, c)
	}
	p := with(stft.ScaleNone, false)
	near("none", p.Magnitude64(nil, x)[100], 0.4*p.WindowSum())
	near("scale", p.Scale(), 1)
	near("magnitude", with(stft.ScaleMagnitude, false).Magnitude64(nil, x)[100], 0.4)
	near("one-sided magnitude", with(stft.ScaleMagnitude, true).Magnitude64(nil, x)[100], 0.8)
	p = with(stft.ScaleMagnitude, true)
	near("scale", p.Scale(), 1/p.WindowSum())
	// The density of a tone, summed over the spectrum, is its power.
	p = with(stft.ScalePSD, true)
	near("scale", p.Scale(), 1/math.Sqrt(8000*p.WindowSumSquares()))
	sum := 0.0
	for _, v := range p.Power64(nil, x)[:p.Bins()] {
		sum += v * p.BinHz(1)
	}
	near("power from density", sum, 0.8*0.8/2)
	// A unitary transform keeps the energy of the windowed frame.
	p = with(stft.ScaleUnitary, false)
	energy, want := 0.0, 0.0
	for k, v := range p.Power64(nil, x)[:p.Bins()] {
		if k > 0 && k < 512 {
			v *= 2
		}
		energy += v
	}
	for i, w := range p.Window() {
		want += w * w * x[i] * x[i]
	}
	near("energy", energy, want)
}

func TestAxes(t *testing.T) {
	p := newPlan(t, stft.Config{NFFT: 400, HopSamples: 160, SampleRate: 16000})
	q := newPlan(t, stft.Config{NFFT: 400, HopSamples: 160, SampleRate: 16000, NoCenter: true})
	for _, c := range []struct{ what, got, want any }{
		{"FrameSample", p.FrameSample(3), 480},
		{"FrameSample", q.FrameSample(3), 680},
		{"FrameTime", p.FrameTime(100), 1.0},
		{"FrameTime", q.FrameTime(0), 0.0125},
		{"SampleFrame", p.SampleFrame(399), 2},
		{"SampleFrame", p.SampleFrame(400), 3},
		{"SampleFrame", p.SampleFrame(-1000), 0},
		{"SampleFrame", q.SampleFrame(0), 0},
		{"SampleFrame", q.SampleFrame(281), 1},
		{"TimeFrame", p.TimeFrame(1.004), 100},
		{"BinHz", p.BinHz(25), 1000.0},
		{"HzBin", p.HzBin(1019), 25},
		{"HzBin", p.HzBin(1021), 26},
		{"HzBin", p.HzBin(-5), 0},
		{"HzBin", p.HzBin(1e9), 200},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	defer func() {
		if r := fmt.Sprint(recover()); !strings.HasPrefix(r, "stft: BinHz") {
			t.Errorf("BinHz without a rate: %v", r)
		}
	}()
	newPlan(t, stft.Config{}).BinHz(1)
}

func TestChannels(t *testing.T) {
	p := newPlan(t, stft.Config{NFFT: 16})
	x := [][]float32{narrow(noise(40)), narrow(noise(41))}
	rows := stft.Channels(nil, x, p.Power)
	for c := range x {
		if !slices.Equal(rows[c], p.Power(nil, x[c])) {
			t.Errorf("channel %d differs", c)
		}
	}
	first := &rows[0][0]
	if rows = stft.Channels(rows, x, p.Magnitude); &rows[0][0] != first {
		t.Error("dst is not used")
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic for a dst of another number of channels")
		}
	}()
	stft.Channels(make([][]float32, 1), x, p.Power)
}

// The definition, summed as it is written.
func TestAgainstTheDefinition(t *testing.T) {
	x := noise(100)
	for _, cfg := range []stft.Config{{NFFT: 16, HopSamples: 5}, {NFFT: 15, WinLength: 9, HopSamples: 4, Window: stft.Hamming()}} {
		p := newPlan(t, cfg)
		cfg := p.Config()
		X := p.Complex128(nil, x)
		w := p.Window()
		for f := range p.Frames(len(x)) {
			for k := range p.Bins() {
				var want complex128
				for j := range cfg.NFFT {
					i, m := f*cfg.HopSamples-cfg.NFFT/2+j, j-(cfg.NFFT-cfg.WinLength)/2
					if i >= 0 && i < len(x) && m >= 0 && m < len(w) {
						want += complex(w[m]*x[i], 0) * cmplx.Rect(1, -2*math.Pi*float64(j*k)/float64(cfg.NFFT))
					}
				}
				if e := cmplx.Abs(X[f*p.Bins()+k] - want); e > 1e-13 {
					t.Fatalf("NFFT %d frame %d bin %d: off by %.2g", cfg.NFFT, f, k, e)
				}
			}
		}
	}
}
