package audio

import (
	"math"
	"testing"
)

var (
	nan32 = float32(math.NaN())
	inf32 = float32(math.Inf(1))
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) && got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestPeakAndRMS(t *testing.T) {
	// Ten whole periods of a sine, and of one at half its amplitude.
	c := NewClip(2, 4410, 44100)
	for i := range c.Frames() {
		s := math.Sin(2 * math.Pi * float64(i) / 441)
		c.Samples[0][i], c.Samples[1][i] = float32(s), float32(-s/2)
	}
	near(t, "peak", c.Peak(), 1, 1e-5)
	near(t, "RMS", c.RMS(), math.Sqrt((0.5+0.125)/2), 1e-7)
	near(t, "RMS of a full-scale sine in dBFS", DBFS(c.Section(0, 4410).Mono().RMS()), DBFS(0.25*math.Sqrt2/2), 1e-5)

	for name, x := range map[string]*Clip{
		"nothing":   {},
		"no frame":  NewClip(2, 0, 8000),
		"silence":   NewClip(2, 5, 8000),
		"no number": {Samples: [][]float32{{nan32, inf32, -inf32}}},
	} {
		near(t, name+": peak", x.Peak(), 0, 0)
		near(t, name+": RMS", x.RMS(), 0, 0)
	}
	bad := &Clip{Samples: [][]float32{{0.5, nan32, inf32}, {-0.5, -inf32, 0.5}}}
	near(t, "peak beside NaN", bad.Peak(), 0.5, 0)
	near(t, "RMS beside NaN", bad.RMS(), 0.5, 0)

	big := &Clip{Samples: [][]float32{{math.MaxFloat32, -math.MaxFloat32}}}
	near(t, "largest peak", big.Peak(), math.MaxFloat32, 0)
	near(t, "largest RMS", big.RMS(), math.MaxFloat32, 1e31)
}

func TestDBFS(t *testing.T) {
	near(t, "DBFS(1)", DBFS(1), 0, 0)
	near(t, "DBFS(0.5)", DBFS(0.5), -6.0206, 1e-4)
	near(t, "DBFS(0)", DBFS(0), math.Inf(-1), 0)
}

func TestApplyGain(t *testing.T) {
	c := &Clip{Samples: [][]float32{{0.1, -0.2}, {0, 0.4}}}
	c.ApplyGain(20)
	sameClip(t, c, &Clip{Samples: [][]float32{{1, -2}, {0, 4}}})
	c.ApplyGain(math.Inf(-1))
	near(t, "peak at -Inf dB", c.Peak(), 0, 0)
}

func TestNormalizePeak(t *testing.T) {
	for _, level := range []float64{0, -1, -20, 6} {
		for _, peak := range []float32{1e-45, 1e-30, 0.3, 1, 1.7, math.MaxFloat32} {
			c := &Clip{Samples: [][]float32{{0, peak / 3}, {-peak, 0}}}
			gain := c.NormalizePeak(level)
			want := math.Pow(10, level/20)
			near(t, "peak", c.Peak(), want, want*6e-8)
			near(t, "gain", gain, level-20*math.Log10(float64(peak)), 1e-9)
		}
	}
	full := &Clip{Samples: [][]float32{noise(1000, 3)}}
	full.NormalizePeak(0)
	near(t, "peak at full scale", full.Peak(), 1, 0)

	silence := NewClip(2, 3, 8000)
	near(t, "gain of silence", silence.NormalizePeak(-1), 0, 0)
	sameClip(t, silence, NewClip(2, 3, 8000))

	bad := &Clip{Samples: [][]float32{{nan32, inf32, 0.25, -inf32}}}
	near(t, "gain beside NaN", bad.NormalizePeak(0), DBFS(4), 1e-12)
	sameClip(t, bad, &Clip{Samples: [][]float32{{nan32, inf32, 1, -inf32}}})

	for _, level := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NormalizePeak(%v) does not panic", level)
				}
			}()
			silence.NormalizePeak(level)
		}()
	}
}

func TestRemoveDC(t *testing.T) {
	c := &Clip{Samples: [][]float32{{1, 2, 3}, {-4, -4, -4}, {nan32, 1, 3}, {inf32, inf32, inf32}, {}}}
	c.RemoveDC()
	sameClip(t, c, &Clip{Samples: [][]float32{{-1, 0, 1}, {0, 0, 0}, {nan32, -1, 1}, {inf32, inf32, inf32}, {}}})
}
