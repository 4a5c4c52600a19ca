package spectrogram

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/stft"
)

// TestLogUnits derives every unit from power by its definition.
func TestLogUnits(t *testing.T) {
	x := goldenSignal(t)
	mel := &MelConfig{Bands: 40}
	power := compute(t, Config{SampleRate: 16000, Mel: mel, Unit: Power}, x)
	for _, tt := range []struct {
		cfg  Config
		want func(p float64) float64
	}{
		{Config{Unit: Ln}, func(p float64) float64 { return math.Log(max(p, 1e-10)) }},
		{Config{Unit: Log10, Floor: 1e-3}, func(p float64) float64 { return math.Log10(max(p, 1e-3)) }},
		{Config{Unit: Log1p}, math.Log1p},
		{Config{Unit: Decibel}, func(p float64) float64 { return 10 * math.Log10(max(p, 1e-10)) }},
		{
			Config{Unit: Decibel, DB: DBConfig{ReferencePower: 4, AMin: 1e-5}},
			func(p float64) float64 { return 10*math.Log10(max(p, 1e-5)) - 10*math.Log10(4) },
		},
		{
			Config{Unit: Decibel, DB: DBConfig{Reference: ReferenceFullScale}},
			func(p float64) float64 { return 10*math.Log10(max(p, 1e-10)) - 10*math.Log10(power.FullScale) },
		},
	} {
		tt.cfg.SampleRate, tt.cfg.Mel = 16000, mel
		s := compute(t, tt.cfg, x)
		if s.Unit != tt.cfg.Unit || (s.Unit == Decibel) != (s.Reference != 0) {
			t.Errorf("%v: unit %v, reference %g", tt.cfg.Unit, s.Unit, s.Reference)
		}
		for i, p := range power.Data {
			if want := tt.want(float64(p)); math.Abs(float64(s.Data[i])-want) > 2e-7*(1+math.Abs(want)) {
				t.Fatalf("%v: value %d is %g, want %g", tt.cfg.Unit, i, s.Data[i], want)
			}
		}
	}
}

// TestFullScale: a full-scale sine at the middle of a bin reads 0 dB, whatever
// the window and the scaling.
func TestFullScale(t *testing.T) {
	const rate, n = 8000, 8000
	for _, cfg := range []stft.Config{
		{NFFT: 512},
		{NFFT: 500, WinLength: 300, Window: stft.BlackmanHarris()},
		{NFFT: 400, Window: stft.FlatTop(), Scaling: stft.ScaleMagnitude},
		{NFFT: 400, Scaling: stft.ScaleMagnitude, OneSided2X: true},
		{NFFT: 400, Scaling: stft.ScalePSD},
		{NFFT: 400, Scaling: stft.ScalePSD, OneSided2X: true},
		{NFFT: 400, Scaling: stft.ScaleUnitary, Window: stft.Hamming().Symmetric()},
	} {
		bin := cfg.NFFT / 5
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(math.Sin(2 * math.Pi * float64(bin) * float64(i) / float64(cfg.NFFT)))
		}
		s := compute(t, Config{SampleRate: rate, STFT: cfg, Unit: Decibel, DB: DBConfig{Reference: ReferenceFullScale}}, [][]float32{x})
		frame := s.Frame(0, s.Frames/2)
		for k, v := range frame {
			if k == bin && math.Abs(float64(v)) > 1e-3 || v > 1e-3 {
				t.Errorf("%+v: bin %d reads %g dB", cfg, k, v)
			}
		}
		// From magnitude, as a second step.
		s = compute(t, Config{SampleRate: rate, STFT: cfg}, [][]float32{x})
		if err := s.ToDecibel(DBConfig{Reference: ReferenceFullScale}); err != nil {
			t.Fatal(err)
		}
		if v := s.Frame(0, s.Frames/2)[bin]; math.Abs(float64(v)) > 1e-3 {
			t.Errorf("%+v: from magnitude, bin %d reads %g dB", cfg, bin, v)
		}
	}
}

// TestFullScaleMel: the reference is the largest weight times the peak of the
// sine, so a rectangular window, which puts it all into one bin, reads 0 dB in
// the filter of that weight.
func TestFullScaleMel(t *testing.T) {
	bank, err := NewMelBank(MelConfig{SampleRate: 8000, NFFT: 400, Bands: 20})
	if err != nil {
		t.Fatal(err)
	}
	band, bin := 0, 0
	for i, w := range bank.Matrix() {
		if w == bank.maxWeight() {
			band, bin = i/bank.Bins(), i%bank.Bins()
		}
	}
	x := make([]float32, 4000)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * float64(bin) * float64(i) / 400))
	}
	for _, unit := range []Unit{Magnitude, Power} {
		s := compute(t, Config{SampleRate: 8000, STFT: stft.Config{NFFT: 400, Window: stft.Rectangular()}, Mel: &MelConfig{Bands: 20}, Unit: unit}, [][]float32{x})
		if err := s.ToDecibel(DBConfig{Reference: ReferenceFullScale}); err != nil {
			t.Fatal(err)
		}
		if v := s.Frame(0, 5)[band]; math.Abs(float64(v)) > 1e-3 {
			t.Errorf("from %v: band %d reads %g dB", unit, band, v)
		}
	}
}

func TestLayout(t *testing.T) {
	p, err := New(Config{SampleRate: 16000, STFT: stft.Config{NFFT: 401, HopSamples: 100, NoCenter: true}, Unit: Decibel, DB: DBConfig{ReferencePower: 7}})
	if err != nil {
		t.Fatal(err)
	}
	l := p.Layout()
	if l.SampleRate != 16000 || l.HopSamples != 100 || l.FirstSample != 200 || l.Bins != 201 || len(l.Frequencies) != 201 || l.Mel != nil || l.Unit != Decibel || l.Reference != 7 {
		t.Errorf("layout %+v", l)
	}
	if l.STFT.SampleRate != 16000 || l.STFT.WinLength != 401 || l.Frequencies[200] != 200.0*16000/401 {
		t.Errorf("STFT %+v, last frequency %g", l.STFT, l.Frequencies[200])
	}
	p, err = New(Config{SampleRate: 16000, Mel: &MelConfig{FMaxHz: 4000}})
	if err != nil {
		t.Fatal(err)
	}
	l = p.Layout()
	want := MelConfig{SampleRate: 16000, NFFT: 2048, Bands: 128, FMaxHz: 4000}
	if l.FirstSample != 0 || l.Bins != 128 || *l.Mel != want || l.Reference != 0 || p.MelBank().Bands() != 128 {
		t.Errorf("layout %+v with mel %+v", l, l.Mel)
	}
}

func TestConfigErrors(t *testing.T) {
	good := Config{SampleRate: 16000}
	for field, spoil := range map[string]func(*Config){
		"Config.SampleRate": func(c *Config) { c.SampleRate = 0 },
		"STFT.SampleRate":   func(c *Config) { c.STFT.SampleRate = 8000 },
		"NFFT":              func(c *Config) { c.STFT.NFFT = -1 },
		"Mel.SampleRate":    func(c *Config) { c.Mel = &MelConfig{SampleRate: 8000} },
		"Mel.NFFT":          func(c *Config) { c.Mel = &MelConfig{NFFT: 512} },
		"MelConfig.Bands":   func(c *Config) { c.Mel = &MelConfig{Bands: -1} },
		"Config.Unit":       func(c *Config) { c.Unit = Log1p + 1 },
		"Config.Floor":      func(c *Config) { c.Floor = -1 },
		"Config.DB":         func(c *Config) { c.Unit, c.DB.TopDB = Decibel, 80 },
		"ReferenceMax":      func(c *Config) { c.Unit, c.DB.Reference = Decibel, ReferenceMax },
		"DBConfig.AMin":     func(c *Config) { c.Unit, c.DB.AMin = Decibel, -1 },
	} {
		c := good
		spoil(&c)
		if p, err := New(c); p != nil || err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: plan %v, error %v", field, p, err)
		}
	}
}

func TestComputeErrors(t *testing.T) {
	p, err := New(Config{SampleRate: 16000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Compute(nil); err == nil {
		t.Error("no channels: no error")
	}
	if _, err := p.Compute([][]float32{make([]float32, 3), make([]float32, 4)}); err == nil || !strings.Contains(err.Error(), "channel 1 has 4") {
		t.Errorf("different lengths: %v", err)
	}
	s, err := p.Compute([][]float32{nil, nil})
	if err != nil || s.Channels != 2 || s.Frames != 0 || len(s.Data) != 0 {
		t.Errorf("no samples: %+v, %v", s, err)
	}
}

func TestComputeIntoReuses(t *testing.T) {
	x := goldenSignal(t)
	p, err := New(Config{SampleRate: 16000, STFT: stft.Config{NFFT: 400, HopSamples: 160}, Unit: Decibel})
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.Compute(x)
	if err != nil {
		t.Fatal(err)
	}
	dst := &Spectrogram{Channels: 9, Frames: 9, Data: make([]float32, 100, len(want.Data))}
	for range 2 {
		buf := &dst.Data[0]
		if err := p.ComputeInto(dst, x); err != nil {
			t.Fatal(err)
		}
		if dst.Channels != 2 || dst.Frames != want.Frames || dst.Bins != want.Bins || &dst.Data[0] != buf {
			t.Errorf("%d channels, %d frames, %d bins; Data in place: %v", dst.Channels, dst.Frames, dst.Bins, &dst.Data[0] == buf)
		}
		sameBits(t, "reused", dst.Data, want.Data)
	}
}

func TestPlanConcurrent(t *testing.T) {
	x := goldenSignal(t)
	p, err := New(Config{SampleRate: 16000, STFT: stft.Config{NFFT: 512}, Unit: Log10, Mel: &MelConfig{Bands: 40}})
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.Compute(x)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 3 {
				s, err := p.Compute(x)
				if err != nil {
					t.Error(err)
					return
				}
				sameBits(t, "concurrent", s.Data, want.Data)
			}
		}()
	}
	wg.Wait()
}

func sameBits(t *testing.T, name string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", name, len(got), len(want))
		return
	}
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Errorf("%s: value %d is %g, want %g", name, i, got[i], want[i])
			return
		}
	}
}
