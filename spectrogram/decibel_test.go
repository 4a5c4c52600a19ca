package spectrogram

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// decibelCases maps the ends of the names in decibel.npz to configurations.
// amplitude_to_db is given an amplitude as ref and amin.
var decibelCases = []struct {
	name             string
	power, amplitude DBConfig
}{
	{"ref1", DBConfig{}, DBConfig{}},
	{"ref1_top80", DBConfig{TopDB: 80}, DBConfig{TopDB: 80}},
	{"ref20_amin1e-4", DBConfig{ReferencePower: 20, AMin: 1e-4}, DBConfig{ReferencePower: 400, AMin: 1e-8}},
	{"refmax_top120", DBConfig{Reference: ReferenceMax, TopDB: 120}, DBConfig{Reference: ReferenceMax, TopDB: 120}},
}

func TestToDecibelGoldens(t *testing.T) {
	g := readGoldens(t, "decibel.npz")
	values := make([]float32, len(g["values"].Real))
	for i, v := range g["values"].Real {
		values[i] = float32(v)
	}
	shape := g["values"].Shape
	load := func(unit Unit) *Spectrogram {
		s := &Spectrogram{Channels: shape[0], Frames: shape[1], Data: slices.Clone(values)}
		s.Bins, s.Unit = shape[2], unit
		return s
	}
	for _, tt := range decibelCases {
		for unit, cfg := range map[Unit]DBConfig{Power: tt.power, Magnitude: tt.amplitude} {
			s := load(unit)
			if err := s.ToDecibel(cfg); err != nil {
				t.Fatal(err)
			}
			key := map[Unit]string{Power: "power_", Magnitude: "amplitude_"}[unit] + tt.name
			compareDB(t, key, s.Data, g[key].Real)
		}
	}
	for unit, key := range map[Unit]string{Power: "power_refmax_top80_each", Magnitude: "amplitude_refmax_top80_each"} {
		s := load(unit)
		for c := range s.Channels {
			if err := s.Channel(c).ToDecibel(DBConfig{Reference: ReferenceMax, TopDB: 80}); err != nil {
				t.Fatal(err)
			}
		}
		compareDB(t, key, s.Data, g[key].Real)
	}
	for unit, key := range map[Unit]string{Power: "power_silence_refmax", Magnitude: "amplitude_silence_refmax"} {
		s := &Spectrogram{Layout: Layout{Bins: 4, Unit: unit}, Channels: 1, Frames: 1, Data: make([]float32, 4)}
		if err := s.ToDecibel(DBConfig{Reference: ReferenceMax}); err != nil {
			t.Fatal(err)
		}
		compareDB(t, key, s.Data, g[key].Real)
	}
}

func compareDB(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(float64(got[i])-want[i]) <= 1e-4) {
			t.Fatalf("%s: value %d is %.6f dB, want %.6f", name, i, got[i], want[i])
		}
	}
}

// TestToDecibelSameFromMagnitude: a magnitude whose square leaves the range of
// float32 still gives its dB.
func TestToDecibelSameFromMagnitude(t *testing.T) {
	s := &Spectrogram{Layout: Layout{Bins: 3, Unit: Magnitude}, Channels: 1, Frames: 1, Data: []float32{1e-30, 1, 1e30}}
	if err := s.ToDecibel(DBConfig{AMin: 1e-80}); err != nil {
		t.Fatal(err)
	}
	compareDB(t, "wide magnitudes", s.Data, []float64{-600, 0, 600})
	if s.Unit != Decibel || s.Reference != 1 {
		t.Errorf("unit %v, reference %g", s.Unit, s.Reference)
	}
}

// TestToDecibelNotFinite: what is not a number disturbs nothing else.
func TestToDecibelNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, unit := range []Unit{Power, Magnitude} {
		s := &Spectrogram{Layout: Layout{Bins: 5, Unit: unit}, Channels: 1, Frames: 1, Data: []float32{nan, 1, inf, 0, -1}}
		if err := s.ToDecibel(DBConfig{Reference: ReferenceMax, TopDB: 60}); err != nil {
			t.Fatal(err)
		}
		d := s.Data
		if d[0] == d[0] || d[1] != 0 || d[2] != inf || d[3] != -60 || d[4] != -60 {
			t.Errorf("%v: %v", unit, d)
		}
		// Nothing but NaN, and nothing at all.
		for _, data := range [][]float32{{nan}, nil} {
			s = &Spectrogram{Layout: Layout{Bins: 1, Unit: unit}, Channels: 1, Frames: len(data), Data: data}
			if err := s.ToDecibel(DBConfig{Reference: ReferenceMax, TopDB: 60}); err != nil {
				t.Fatal(err)
			}
			if s.Reference != 1e-10 {
				t.Errorf("%v: reference %g", unit, s.Reference)
			}
		}
	}
}

func TestToDecibelErrors(t *testing.T) {
	for field, cfg := range map[string]DBConfig{
		"Reference":                          {Reference: 3},
		"ReferencePower":                     {ReferencePower: -1},
		"ReferencePower is 2, but Reference": {Reference: ReferenceMax, ReferencePower: 2},
		"AMin":                               {AMin: math.NaN()},
		"TopDB":                              {TopDB: -1},
	} {
		s := &Spectrogram{Layout: Layout{Bins: 1, Unit: Power}, Channels: 1, Frames: 1, Data: []float32{5}}
		if err := s.ToDecibel(cfg); err == nil || !strings.Contains(err.Error(), "DBConfig."+field) {
			t.Errorf("%s: error %v", field, err)
		}
		if s.Unit != Power || s.Data[0] != 5 {
			t.Errorf("%s: changed to %v %v", field, s.Unit, s.Data)
		}
	}
	for _, unit := range []Unit{Decibel, Ln, Log10, Log1p} {
		s := &Spectrogram{Layout: Layout{Unit: unit}}
		if err := s.ToDecibel(DBConfig{}); err == nil || !strings.Contains(err.Error(), unit.String()) {
			t.Errorf("from %v: error %v", unit, err)
		}
	}
}
