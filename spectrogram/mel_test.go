package spectrogram

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/npy"
)

const goldens = "../testdata/goldens/"

// readGoldens reads the arrays of an .npz file under testdata/goldens.
func readGoldens(t *testing.T, name string) map[string]*npy.Array {
	t.Helper()
	arrays, err := npy.ReadZip(goldens + name)
	if err != nil {
		t.Fatal(err)
	}
	return arrays
}

func TestMelBankGoldens(t *testing.T) {
	for _, file := range []string{"mel_librosa.npz", "mel_torchaudio.npz"} {
		t.Run(file, func(t *testing.T) {
			g := readGoldens(t, file)
			configs, rows, weights := g["configs"].Real, g["rows"].Real, g["weights"].Real
			var peaks []float64
			if p := g["peaks"]; p != nil {
				peaks = p.Real
			}
			empty := 0
			for ; len(configs) > 0; configs = configs[7:] {
				c := MelConfig{
					SampleRate: int(configs[0]), NFFT: int(configs[1]), Bands: int(configs[2]),
					FMinHz: configs[3], FMaxHz: configs[4], Scale: MelScale(configs[5]), Norm: NormNone,
				}
				if configs[6] == 1 {
					c.Norm = NormSlaney
				}
				m, err := NewMelBank(c)
				if err != nil {
					t.Fatal(err)
				}
				want := make([]float64, m.Bands()*m.Bins())
				var wantEmpty []int
				for b := range m.Bands() {
					first, count := int(rows[2*b]), int(rows[2*b+1])
					copy(want[b*m.Bins()+first:], weights[:count])
					weights = weights[count:]
					if count == 0 {
						wantEmpty = append(wantEmpty, b)
					}
				}
				rows = rows[2*m.Bands():]
				compareWeights(t, m, want)
				if got := m.Empty(); !reflect.DeepEqual(got, wantEmpty) {
					t.Errorf("%+v: Empty() = %v, want %v", c, got, wantEmpty)
				}
				empty += len(wantEmpty)
				if peaks != nil {
					for b, f := range m.Frequencies() {
						if math.Abs(f-peaks[b]) > 1e-11*peaks[b] {
							t.Errorf("%+v: filter %d peaks at %g Hz, want %g", c, b, f, peaks[b])
						}
					}
					peaks = peaks[m.Bands():]
				}
			}
			if len(rows)+len(weights)+len(peaks) != 0 || empty == 0 {
				t.Errorf("left over: %d rows, %d weights, %d peaks; %d empty filters", len(rows), len(weights), len(peaks), empty)
			}
		})
	}
}

func compareWeights(t *testing.T, m *MelBank, want []float64) {
	t.Helper()
	var largest float64
	for _, w := range want {
		largest = max(largest, w)
	}
	for i, w := range m.Matrix() {
		if math.Abs(w-want[i]) > 1e-6*want[i]+1e-12*largest {
			t.Errorf("%+v: filter %d, bin %d weighs %g, want %g", m.Config(), i/m.Bins(), i%m.Bins(), w, want[i])
			return
		}
	}
	if got := m.maxWeight(); math.Abs(got-largest) > 1e-6*largest {
		t.Errorf("%+v: largest weight %g, want %g", m.Config(), got, largest)
	}
}

// TestMelBankApply compares with the dense matrix product in float64.
func TestMelBankApply(t *testing.T) {
	m, err := NewMelBank(MelConfig{SampleRate: 16000, NFFT: 512, Bands: 80})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	const frames = 5
	power := make([]float32, frames*m.Bins())
	for i := range power {
		power[i] = float32(math.Exp(10 * rng.NormFloat64()))
	}
	got, w := m.Apply(nil, power), m.Matrix()
	for i := range got {
		frame, row := power[i/m.Bands()*m.Bins():], w[i%m.Bands()*m.Bins():]
		var want float64
		for k := range m.Bins() {
			want += row[k] * float64(frame[k])
		}
		if math.Abs(float64(got[i])-want) > 6e-8*want {
			t.Errorf("frame %d, band %d is %g, want %g", i/m.Bands(), i%m.Bands(), got[i], want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { m.Apply(got, power) }); n != 0 {
		t.Errorf("Apply allocates %g times", n)
	}
	if got := m.Apply(nil, nil); len(got) != 0 {
		t.Errorf("no frames give %d values", len(got))
	}
	mustPanic(t, "MelBank.Apply", func() { m.Apply(nil, power[:m.Bins()+1]) })
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if msg, _ := recover().(string); !strings.HasPrefix(msg, "spectrogram: "+what) {
			t.Errorf("%s: panics with %q", what, msg)
		}
	}()
	f()
}

func TestMelConfigErrors(t *testing.T) {
	good := MelConfig{SampleRate: 16000, NFFT: 512}
	if m, err := NewMelBank(good); err != nil || m.Bands() != 128 || m.Config().FMaxHz != 8000 {
		t.Errorf("default bank: %v, %v", m, err)
	}
	tests := map[string]func(*MelConfig){
		"SampleRate":                func(c *MelConfig) { c.SampleRate = 0 },
		"NFFT":                      func(c *MelConfig) { c.NFFT = -1 },
		"Bands":                     func(c *MelConfig) { c.Bands = -1 },
		"FMinHz":                    func(c *MelConfig) { c.FMinHz = -1 },
		"FMinHz is at least FMaxHz": func(c *MelConfig) { c.FMinHz = 8000 },
		"FMaxHz is NaN":             func(c *MelConfig) { c.FMaxHz = math.NaN() },
		"FMaxHz is infinite":        func(c *MelConfig) { c.FMaxHz = math.Inf(1) },
		"Scale":                     func(c *MelConfig) { c.Scale = 2 },
		"Norm":                      func(c *MelConfig) { c.Norm = 2 },
	}
	for name, spoil := range tests {
		c := good
		spoil(&c)
		field, _, _ := strings.Cut(name, " ")
		if _, err := NewMelBank(c); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestMelBankOutOfRange: filters far above the bins are empty, and quickly so.
func TestMelBankOutOfRange(t *testing.T) {
	m, err := NewMelBank(MelConfig{SampleRate: 1, NFFT: 1 << 10, Bands: 10, FMinHz: 1e30, FMaxHz: 1e300})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(m.Empty()); n != 10 {
		t.Errorf("%d empty filters, want 10", n)
	}
}

func BenchmarkMelBankApply(b *testing.B) {
	for _, c := range []struct {
		name string
		cfg  MelConfig
	}{
		{"NFFT400/Bands80", MelConfig{SampleRate: 16000, NFFT: 400, Bands: 80}},
		{"NFFT1024/Bands64", MelConfig{SampleRate: 48000, NFFT: 1024, Bands: 64, FMinHz: 50, FMaxHz: 14000}},
		{"NFFT2048/Bands128", MelConfig{SampleRate: 22050, NFFT: 2048}},
	} {
		b.Run(c.name, func(b *testing.B) {
			m, err := NewMelBank(c.cfg)
			if err != nil {
				b.Fatal(err)
			}
			const frames = 64
			power := make([]float32, frames*m.Bins())
			for i := range power {
				power[i] = float32(i%97) + 1
			}
			dst := make([]float32, frames*m.Bands())
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				m.Apply(dst, power)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*frames), "ns/frame")
		})
	}
}
