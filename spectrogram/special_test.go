package spectrogram

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

func noise(n int) []float32 {
	rng := rand.New(rand.NewPCG(11, 12))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(0.1 * rng.NormFloat64())
	}
	return x
}

var units = []Unit{Magnitude, Power, Decibel, Ln, Log10, Log1p}

// A NaN or an infinity reaches the frames that it is in, all bands of them, and
// no other frame.
func TestBadSamplesStayInTheirFrames(t *testing.T) {
	const at = 5003
	for _, unit := range units {
		for _, double := range []bool{false, true} {
			cfg := Config{
				SampleRate: 16000, Unit: unit, Mel: &MelConfig{Bands: 20},
				STFT: stft.Config{NFFT: 400, HopSamples: 160, Window: stft.Hamming(), Float64: double},
			}
			x := noise(16000)
			clean := compute(t, cfg, [][]float32{x})
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				x[at] = float32(bad)
				dirty := compute(t, cfg, [][]float32{x})
				for f := range dirty.Frames {
					row := dirty.Frame(0, f)
					if first := f*160 - 200; first > at || at >= first+400 {
						sameBits(t, unit.String(), row, clean.Frame(0, f))
						continue
					}
					for b, v := range row {
						if v := float64(v); !math.IsNaN(v) && !math.IsInf(v, 1) {
							t.Fatalf("%v: %v is lost in frame %d, band %d: %v", unit, bad, f, b, v)
						}
					}
				}
			}
		}
	}
}

// Silence is exactly the floor.
func TestSilence(t *testing.T) {
	for unit, want := range map[Unit]float32{Magnitude: 0, Power: 0, Decibel: -100, Ln: -23.025851, Log10: -10, Log1p: 0} {
		for _, mel := range []*MelConfig{nil, {Bands: 40}} {
			for _, zero := range []float32{0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32} {
				s := compute(t, Config{SampleRate: 16000, Unit: unit, Mel: mel, STFT: stft.Config{NFFT: 400, HopSamples: 160}},
					[][]float32{slices.Repeat([]float32{zero}, 5000)})
				if unit == Magnitude {
					if lo, hi := slices.Min(s.Data), slices.Max(s.Data); !(lo >= 0 && hi <= 400*zero) {
						t.Errorf("magnitudes of %g from %g to %g", zero, lo, hi)
					}
					continue
				}
				if lo, hi := slices.Min(s.Data), slices.Max(s.Data); lo != want || hi != want {
					t.Errorf("%v of %g from %g to %g, want %g", unit, zero, lo, hi, want)
				}
			}
		}
	}
}

// The level of the samples moves decibels by as much, as long as float32 holds
// the power, and down to the floor.
func TestLevels(t *testing.T) {
	cfg := Config{SampleRate: 16000, Unit: Decibel, Mel: &MelConfig{Bands: 40}, STFT: stft.Config{NFFT: 400, HopSamples: 160}, DB: DBConfig{AMin: 1e-36}}
	x := noise(8000)
	want := compute(t, cfg, [][]float32{x})
	for _, exponent := range []int{-50, -20, 3, 30, 55} { // powers from 1e-34 to 1e35
		y := slices.Clone(x)
		for i := range y {
			y[i] = float32(math.Ldexp(float64(x[i]), exponent))
		}
		got := compute(t, cfg, [][]float32{y})
		gain := 20 * math.Log10(2) * float64(exponent)
		for i, v := range got.Data {
			if w := max(float64(want.Data[i])+gain, -360); math.Abs(float64(v)-w) > 5e-5 {
				t.Fatalf("times 2^%d: value %d is %g dB, want %g", exponent, i, v, w)
			}
		}
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	x := [][]float32{noise(50000), noise(50000)}
	slices.Reverse(x[1])
	cfg := Config{SampleRate: 16000, Unit: Log10, Mel: &MelConfig{Bands: 80}, STFT: stft.Config{NFFT: 400, HopSamples: 160}}
	want := compute(t, cfg, x)
	for _, workers := range []int{2, 3, 50} {
		cfg.STFT.Workers = workers
		sameBits(t, "workers", compute(t, cfg, x).Data, want.Data)
	}
}
