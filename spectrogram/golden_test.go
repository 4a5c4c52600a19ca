package spectrogram

import (
	"math"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/internal/npy"
	"github.com/soundspace/soundspace/stft"
)

// goldenSignal returns the two channels that the goldens were made from, 16 kHz.
func goldenSignal(t *testing.T) [][]float32 {
	t.Helper()
	a := readGoldens(t, "spectrogram_librosa.npz")["signal"]
	x := make([][]float32, a.Shape[0])
	for i, v := range a.Real {
		c := i / a.Shape[1]
		x[c] = append(x[c], float32(v))
	}
	return x
}

func TestSpectrogramGoldens(t *testing.T) {
	x := goldenSignal(t)
	tests := []struct {
		file, name string
		cfg        Config
		db         *DBConfig // a second step, on all channels together
	}{
		{
			file: "librosa", name: "mel_power",
			cfg: Config{STFT: stft.Config{NFFT: 512, HopSamples: 160}, Mel: &MelConfig{Bands: 40}, Unit: Power},
		}, {
			file: "librosa", name: "mel_magnitude",
			cfg: Config{
				STFT: stft.Config{NFFT: 512, WinLength: 400, Window: stft.Hamming(), HopSamples: 200, Pad: stft.PadReflect},
				Mel:  &MelConfig{Bands: 23, FMinHz: 60, FMaxHz: 7600, Scale: HTKMel, Norm: NormNone},
			},
		}, {
			file: "librosa", name: "mel_db",
			cfg: Config{STFT: stft.Config{NFFT: 512, HopSamples: 160}, Mel: &MelConfig{Bands: 40}, Unit: Power},
			db:  &DBConfig{Reference: ReferenceMax, TopDB: 80},
		}, {
			file: "librosa", name: "stft_db",
			cfg: Config{STFT: stft.Config{NFFT: 256, HopSamples: 100, NoCenter: true}, Unit: Decibel},
		}, {
			file: "librosa", name: "stft_db",
			cfg: Config{STFT: stft.Config{NFFT: 256, HopSamples: 100, NoCenter: true}, Unit: Magnitude},
			db:  &DBConfig{},
		}, {
			file: "torchaudio", name: "mel_power",
			cfg: Config{
				STFT: stft.Config{NFFT: 400, HopSamples: 160, Pad: stft.PadReflect},
				Mel:  &MelConfig{Bands: 80, Scale: HTKMel, Norm: NormNone}, Unit: Power,
			},
		}, {
			file: "torchaudio", name: "mel_db",
			cfg: Config{
				STFT: stft.Config{NFFT: 400, HopSamples: 160, Pad: stft.PadReflect},
				Mel:  &MelConfig{Bands: 80, Scale: HTKMel, Norm: NormNone}, Unit: Power,
			},
			db: &DBConfig{TopDB: 80},
		}, {
			file: "torchaudio", name: "stft_db",
			cfg: Config{
				STFT: stft.Config{NFFT: 300, HopSamples: 75, Pad: stft.PadReflect, Scaling: stft.ScalePSD, SampleRate: 1},
				Unit: Decibel, DB: DBConfig{AMin: 1e-20},
			},
		},
	}
	for _, tt := range tests {
		want := readGoldens(t, "spectrogram_"+tt.file+".npz")[tt.name]
		for _, double := range []bool{false, true} {
			cfg := tt.cfg
			cfg.SampleRate = 16000
			if cfg.STFT.SampleRate != 0 {
				cfg.SampleRate = cfg.STFT.SampleRate
			}
			cfg.STFT.Float64 = double
			s := compute(t, cfg, x)
			if tt.db != nil {
				if err := s.ToDecibel(*tt.db); err != nil {
					t.Fatal(err)
				}
			}
			compareGolden(t, tt.file+" "+tt.name, s, want, double)
		}
	}
}

func compute(t *testing.T, cfg Config, x [][]float32) *Spectrogram {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Compute(x)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// compareGolden allows 1e-4 dB where the values are decibels, and 2e-7 of the
// value elsewhere. A float32 transform adds rounding noise to every bin, 2e-7 of
// the magnitude at the frame's peak.
func compareGolden(t *testing.T, name string, s *Spectrogram, want *npy.Array, double bool) {
	t.Helper()
	if !slices.Equal([]int{s.Channels, s.Frames, s.Bins}, want.Shape) {
		t.Fatalf("%s: %d channels, %d frames, %d bins, want %v", name, s.Channels, s.Frames, s.Bins, want.Shape)
	}
	noise := 2e-7
	if double {
		noise = 1e-15
	}
	var worst float64
	for i := 0; i < len(s.Data); i += s.Bins {
		row, wantRow := s.Data[i:i+s.Bins], want.Real[i:i+s.Bins]
		peak := slices.Max(wantRow)
		for k, w := range wantRow {
			diff := math.Abs(float64(row[k]) - w)
			var tolerance float64
			switch s.Unit {
			case Magnitude:
				tolerance = 2e-7*w + noise*peak
			case Power:
				tolerance = 2e-7*w + 2*noise*math.Sqrt(w*peak) + noise*noise*peak
			default:
				r := noise * math.Pow(10, (peak-w)/20) // of the value
				if float64(row[k]) < w {
					r = -min(r, 1)
				}
				tolerance = 1e-4 + math.Abs(20*math.Log10(1+r))
			}
			if !(diff <= tolerance) {
				t.Fatalf("%s (float64 %v): frame %d, bin %d is %g, want %g", name, double, i/s.Bins, k, row[k], w)
			}
			if tolerance > 0 && !math.IsInf(tolerance, 1) {
				worst = max(worst, diff/tolerance)
			}
		}
	}
	t.Logf("%s (float64 %v): %.2f of the tolerance", name, double, worst)
}
