package stft_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// Every window, hop and scaling that NOLA allows gives the signal back. Where
// frames overlap little, the sum of squared windows gets small between them,
// and its inverse square root magnifies rounding errors.
func TestInverseGivesTheSignalBack(t *testing.T) {
	windows := []stft.Window{stft.Hann(), stft.Hamming(), stft.Blackman(), stft.Bartlett(), stft.FlatTop(), stft.Rectangular(),
		stft.BlackmanHarris(), stft.Nuttall(), stft.Kaiser(8.6), stft.Gaussian(12), stft.Tukey(0.5), stft.Povey().Symmetric(), stft.Cosine()}
	scalings := []stft.Config{
		{},
		{Scaling: stft.ScaleMagnitude, OneSided2X: true},
		{Scaling: stft.ScalePSD, OneSided2X: true, SampleRate: 16000},
		{Scaling: stft.ScaleUnitary},
		{Float64: true},
	}
	cases := 0
	for i, w := range windows {
		for _, size := range [][2]int{{64, 64}, {63, 63}, {64, 41}, {107, 80}, {1, 1}} {
			for hop := 1; hop <= size[1]; hop += 1 + hop/2 {
				for _, noCenter := range []bool{false, true} {
					cfg := scalings[(i+cases)%len(scalings)]
					cfg.NFFT, cfg.WinLength, cfg.HopSamples, cfg.Window, cfg.NoCenter = size[0], size[1], hop, w, noCenter
					p := newPlan(t, cfg)
					least, ok := stft.NOLA(p.Window(), hop)
					if !ok {
						continue
					}
					cases++
					x64 := noise(400)
					x := narrow(x64)
					y, err := p.Inverse(nil, p.Complex(nil, x), len(x))
					if err != nil {
						t.Errorf("%+v: %v", cfg, err)
						continue
					}
					y64, err := p.Inverse128(nil, p.Complex128(nil, x64), len(x))
					if err != nil || len(y) != len(x) || len(y64) != len(x) {
						t.Errorf("%+v: %d and %d samples, %v", cfg, len(y), len(y64), err)
						continue
					}
					from, to := p.FrameSample(0), min(len(x), p.FrameSample(p.Frames(len(x))-1)+1)
					magnified := math.Max(1, 1/math.Sqrt(least))
					if e := rmsError(real128(y[from:to]), real128(x[from:to])); !(e <= 1e-6*magnified) {
						t.Errorf("%+v: relative RMS error %.3g, least %.3g", cfg, e, least)
					}
					if e := rmsError(real128(y64[from:to]), real128(x64[from:to])); !(e <= 1e-12*magnified) {
						t.Errorf("%+v: float64: relative RMS error %.3g, least %.3g", cfg, e, least)
					}
				}
			}
		}
	}
	if cases < 400 {
		t.Errorf("only %d cases", cases)
	}
}

// With the overlap that is usual, the whole signal comes back, to its last sample.
func TestInverseGivesTheEndsBack(t *testing.T) {
	for _, nFFT := range []int{400, 441, 2048} {
		p := newPlan(t, stft.Config{NFFT: nFFT, Pad: stft.PadReflect})
		for _, n := range []int{1, 2, 100, nFFT, 5*nFFT + 17} {
			x64 := noise(n)
			x := narrow(x64)
			y, err := p.Inverse(nil, p.Complex(nil, x), n)
			if e := rmsError(real128(y), real128(x)); err != nil || !(e <= 1e-6) {
				t.Errorf("NFFT %d, %d samples: relative RMS error %.3g, %v", nFFT, n, e, err)
			}
			y64, err := p.Inverse128(nil, p.Complex128(nil, x64), n)
			if e := rmsError(real128(y64), real128(x64)); err != nil || !(e <= 1e-12) {
				t.Errorf("NFFT %d, %d samples: float64: relative RMS error %.3g, %v", nFFT, n, e, err)
			}
		}
	}
}

func TestInverseHasTheLengthAskedFor(t *testing.T) {
	for _, noCenter := range []bool{false, true} {
		p := newPlan(t, stft.Config{NFFT: 32, HopSamples: 8, NoCenter: noCenter})
		x := noise(200)
		X := p.Complex128(nil, x)
		full, err := p.Inverse128(nil, X, 1000)
		if err != nil {
			t.Fatal(err)
		}
		covered := p.FrameSample(p.Frames(200)-1) + 16
		for i, v := range full[covered:] {
			if v != 0 {
				t.Fatalf("sample %d beyond the last frame is %v", covered+i, v)
			}
		}
		for n := range full {
			y, err := p.Inverse128(make([]float64, 3), X, n)
			if err != nil || !slices.Equal(y, full[:n]) {
				t.Fatalf("length %d: %d samples, %v", n, len(y), err)
			}
		}
		if y, err := p.Inverse128(nil, nil, 5); err != nil || !slices.Equal(y, make([]float64, 5)) {
			t.Errorf("no frames give %v, %v", y, err)
		}
	}
}

// What is not a number stays under the window of its frame, where that is not 0.
func TestInverseKeepsNaNInItsFrame(t *testing.T) {
	for _, cfg := range []stft.Config{
		{NFFT: 16, HopSamples: 4, NoCenter: true},
		{NFFT: 160, HopSamples: 30, WinLength: 101, NoCenter: true},
		{NFFT: 1024, HopSamples: 300, NoCenter: true, Float64: true},
	} {
		p := newPlan(t, cfg)
		cfg = p.Config()
		n := cfg.NFFT + 40*cfg.HopSamples
		X := p.Complex(nil, narrow(noise(n)))
		want, err := p.Inverse(nil, X, n)
		if err != nil {
			t.Fatal(err)
		}
		const frame = 20
		X[frame*p.Bins()+3] = complex(float32(math.NaN()), float32(math.Inf(1)))
		// Imaginary parts that no real signal has are ignored.
		X[2*p.Bins()] = complex(real(X[2*p.Bins()]), float32(math.NaN()))
		X[4*p.Bins()-1] = complex(real(X[4*p.Bins()-1]), float32(math.NaN()))
		got, err := p.Inverse(nil, X, n)
		if err != nil {
			t.Fatal(err)
		}
		first := frame*cfg.HopSamples + (cfg.NFFT-cfg.WinLength)/2
		for i, v := range want {
			under := i >= first && i < first+cfg.WinLength
			if nan := math.IsNaN(float64(got[i])); nan != under || !nan && got[i] != v {
				t.Fatalf("%+v: sample %d is %v, want %v; the window is from %d on", cfg, i, got[i], v, first)
			}
		}
	}
}

func TestInverseErrors(t *testing.T) {
	p := newPlan(t, stft.Config{NFFT: 16, HopSamples: 4})
	if _, err := p.Inverse(nil, make([]complex64, 10), 5); err == nil || errors.Is(err, stft.ErrNOLA) {
		t.Errorf("10 values of 9 bins: %v", err)
	}
	if _, err := p.Inverse(nil, make([]complex64, 9), -1); err == nil {
		t.Error("no error for a negative length")
	}
	for _, cfg := range []stft.Config{
		{NFFT: 16, HopSamples: 16},                                  // Hann is zero at its first value
		{NFFT: 16, HopSamples: 20, Window: stft.Rectangular()},      // gaps
		{NFFT: 16, HopSamples: 12, WinLength: 8, NoCenter: true},    // gaps
		{NFFT: 16, HopSamples: 15, Window: stft.Hann().Symmetric()}, // zeros meet
	} {
		p := newPlan(t, cfg)
		X := p.Complex128(nil, noise(100))
		if y, err := p.Inverse128(nil, X, 100); !errors.Is(err, stft.ErrNOLA) || y != nil {
			t.Errorf("%+v: %v, %v", cfg, y, err)
		}
		// What is asked for may lie before the first gap.
		if _, err := p.Inverse128(nil, X, 4); err != nil {
			t.Errorf("%+v: %v for the first four samples", cfg, err)
		}
	}
}

func TestInverseStreamIsTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, cfg := range []stft.Config{
		{NFFT: 16, HopSamples: 4},
		{NFFT: 16, HopSamples: 5, WinLength: 9, NoCenter: true},
		{NFFT: 15, HopSamples: 1, Scaling: stft.ScaleMagnitude, OneSided2X: true},
		{NFFT: 80, HopSamples: 7, WinLength: 61, Float64: true},
		{NFFT: 100, HopSamples: 9, Scaling: stft.ScaleMagnitude, OneSided2X: true},
		{NFFT: 512, HopSamples: 20, NoCenter: true},
		{NFFT: 64, HopSamples: 64, Window: stft.Rectangular(), NoCenter: true},
	} {
		p := newPlan(t, cfg)
		const n = 1200
		x := noise(n)
		X, X32 := p.Complex128(nil, x), p.Complex(nil, narrow(x))
		for _, length := range []int{0, n - 5, n, n + 100} {
			sameInverseStream(t, p, p.StreamInverse128(), p.Inverse128, X, length, r)
			sameInverseStream(t, p, p.StreamInverse(), p.Inverse, X32, length, r)
		}
	}
}

func sameInverseStream[V stft.Value, S stft.Sample](t *testing.T, p *stft.Plan, s *stft.InverseStream[V, S],
	inverse func([]S, []V, int) ([]S, error), X []V, length int, r *rand.Rand) {
	t.Helper()
	want, err := inverse(nil, X, length)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time after Finish
		var got []S
		for rest := X; len(rest) > 0 && length > 0; {
			n := min(r.IntN(2+r.IntN(40))*p.Bins(), len(rest))
			if got, err = s.Append(got, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if got, err = s.Finish(got, length); err != nil || !slices.Equal(got, want) {
			t.Errorf("%+v: %d samples, want %d, or they differ; %v", p.Config(), len(got), len(want), err)
		}
	}
	if length == 0 {
		return
	}
	if _, err := s.Append(nil, X); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(nil, 5); err == nil {
		t.Error("no error for a length that is past")
	}
	if _, err := s.Append(nil, X[:1]); err == nil && p.Bins() > 1 {
		t.Error("no error for a part of a row")
	}
}
