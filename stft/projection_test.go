package stft_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

func newProjection(t testing.TB, p *stft.Plan, cfg stft.ProjectionConfig) *stft.Projection {
	t.Helper()
	r, err := p.NewProjection(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// testBands overlap, leave bins out, are empty, have negative weights, and
// reach from the first bin to the last.
func testBands(bins int) []stft.Band {
	r := rand.New(rand.NewPCG(7, 8))
	bands := []stft.Band{
		{First: 0, Weights: make([]float64, bins)},
		{First: bins},
		{First: bins - 1, Weights: []float64{-3}},
		{First: 0, Weights: []float64{0.125}},
		{First: bins / 2},
	}
	for range 20 {
		first := r.IntN(bins)
		bands = append(bands, stft.Band{First: first, Weights: make([]float64, r.IntN(min(bins-first, 30)+1))})
	}
	for _, b := range bands {
		for i := range b.Weights {
			if b.Weights[i] == 0 {
				b.Weights[i] = r.NormFloat64()
			}
		}
	}
	return bands
}

var projectionConfigs = []stft.Config{
	{NFFT: 400, HopSamples: 160},
	{NFFT: 400, HopSamples: 160, Float64: true},
	{NFFT: 1024, HopSamples: 480, Pad: stft.PadReflect},
	{NFFT: 2048, HopSamples: 512, Workers: 2},
	{NFFT: 441, HopSamples: 100, NoCenter: true},
	{NFFT: 1103, HopSamples: 700, WinLength: 900, Float64: true, Workers: 3},
	{NFFT: 16, HopSamples: 100},
	{NFFT: 1},
}

// Bands are sums over the values in float64, to the rounding of the plan's
// precision. In float64 that is a single one in the end. In float32 the
// transform adds noise to every bin, 3e-7 of the largest, and the sum 3e-7 of
// the absolute values summed, both at most.
func TestBandsAgainstSums(t *testing.T) {
	x64 := noise(9000)
	x := narrow(x64)
	for _, cfg := range projectionConfigs {
		p := newPlan(t, cfg)
		bands := testBands(p.Bins())
		for _, magnitude := range []bool{false, true} {
			r := newProjection(t, p, stft.ProjectionConfig{Magnitude: magnitude, Bands: bands})
			if r.Width() != len(bands) {
				t.Fatalf("width %d, want %d", r.Width(), len(bands))
			}
			values := p.Power64(nil, x64)
			if magnitude {
				values = p.Magnitude64(nil, x64)
			}
			got := r.Values(nil, x)
			if len(got) != p.Frames(len(x))*len(bands) {
				t.Fatalf("NFFT %d: %d values, want %d·%d", cfg.NFFT, len(got), p.Frames(len(x)), len(bands))
			}
			for i, v := range got {
				b, frame := bands[i%len(bands)], values[i/len(bands)*p.Bins():][:p.Bins()]
				noise := 3e-7 * slices.Max(frame)
				if !magnitude {
					noise = 3e-7 * math.Sqrt(slices.Max(frame))
				}
				var want, abs, tolerance float64
				for k, w := range b.Weights {
					v := frame[b.First+k]
					want += w * v
					abs += math.Abs(w * v)
					if magnitude {
						tolerance += math.Abs(w) * noise
					} else {
						tolerance += math.Abs(w) * noise * (2*math.Sqrt(v) + noise)
					}
				}
				tolerance += 3e-7 * abs
				if cfg.Float64 {
					tolerance = 6e-8*math.Abs(want) + 1e-13*abs
				}
				if !(math.Abs(float64(v)-want) <= tolerance) {
					t.Fatalf("NFFT %d, magnitude %v: frame %d, band %d is %v, want %v ± %.2g", cfg.NFFT, magnitude, i/len(bands), i%len(bands), v, want, tolerance)
				}
			}
		}
	}
}

// Without bands the values are the bins, and Then sees each value once.
func TestProjectionOfBins(t *testing.T) {
	x := narrow(noise(9000))
	for _, cfg := range projectionConfigs {
		p := newPlan(t, cfg)
		for _, magnitude := range []bool{false, true} {
			want := p.Power(nil, x)
			if magnitude {
				want = p.Magnitude(nil, x)
			}
			plain := newProjection(t, p, stft.ProjectionConfig{Magnitude: magnitude})
			if got := plain.Values(nil, x); plain.Width() != p.Bins() || !slices.Equal(got, want) {
				t.Errorf("NFFT %d, magnitude %v: not the bins", cfg.NFFT, magnitude)
			}
			then := newProjection(t, p, stft.ProjectionConfig{Magnitude: magnitude, Then: func(v []float32) {
				for i := range v {
					v[i] = -v[i] - 1
				}
			}})
			for i := range want {
				want[i] = -want[i] - 1
			}
			if got := then.Values(nil, x); !slices.Equal(got, want) {
				t.Errorf("NFFT %d, magnitude %v: Then is not called once for each value", cfg.NFFT, magnitude)
			}
		}
	}
}

func TestProjectionStreamIsTheWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for _, cfg := range projectionConfigs {
		p := newPlan(t, cfg)
		r := newProjection(t, p, stft.ProjectionConfig{Bands: testBands(p.Bins()), Then: func(v []float32) {
			for i := range v {
				v[i] *= v[i]
			}
		}})
		for _, n := range []int{0, 1, 399, 9000} {
			x := narrow(noise(n))
			sameStream(t, fmt.Sprintf("NFFT %d, %d samples", cfg.NFFT, n), r.Stream(), x, r.Values(nil, x), random)
		}
	}
}

func TestProjectionWorkersChangeNothing(t *testing.T) {
	x := narrow(noise(200000))
	cfg := stft.Config{NFFT: 400, HopSamples: 160}
	p := newPlan(t, cfg)
	projection := stft.ProjectionConfig{Bands: testBands(p.Bins())}
	want := newProjection(t, p, projection).Values(nil, x)
	for _, workers := range []int{2, 5, 100} {
		cfg.Workers = workers
		if got := newProjection(t, newPlan(t, cfg), projection).Values(nil, x); !slices.Equal(got, want) {
			t.Errorf("%d workers compute other values", workers)
		}
	}
}

func TestProjectionAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool forgets under the race detector")
	}
	x := narrow(noise(9000))
	for _, cfg := range projectionConfigs {
		cfg.Workers = 1
		p := newPlan(t, cfg)
		r := newProjection(t, p, stft.ProjectionConfig{Magnitude: true, Bands: testBands(p.Bins()), Then: func([]float32) {}})
		dst, s := r.Values(nil, x), r.Stream()
		dst = s.Finish(s.Append(dst[:0], x))
		if n := testing.AllocsPerRun(10, func() { r.Values(dst, x) }); n != 0 {
			t.Errorf("NFFT %d: Values allocates %v times", cfg.NFFT, n)
		}
		if n := testing.AllocsPerRun(10, func() { dst = s.Finish(s.Append(dst[:0], x)) }); n != 0 {
			t.Errorf("NFFT %d: a stream allocates %v times", cfg.NFFT, n)
		}
	}
}

func TestProjectionErrors(t *testing.T) {
	p := newPlan(t, stft.Config{NFFT: 16})
	for _, c := range []struct {
		band stft.Band
		want string
	}{
		{stft.Band{First: -1}, "band 1 has 0 weights from bin -1 on"},
		{stft.Band{First: 10}, "bin 10"},
		{stft.Band{First: 8, Weights: []float64{1, 1}}, "2 weights from bin 8 on, but there are 9 bins"},
		{stft.Band{First: math.MaxInt, Weights: []float64{1}}, "from bin"},
		{stft.Band{First: 2, Weights: []float64{1, math.NaN()}}, "NaN for bin 3"},
		{stft.Band{Weights: []float64{math.Inf(-1)}}, "-Inf for bin 0"},
	} {
		r, err := p.NewProjection(stft.ProjectionConfig{Bands: []stft.Band{{}, c.band}})
		if r != nil || err == nil || !strings.HasPrefix(err.Error(), "stft: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.band, err, c.want)
		}
	}
}
