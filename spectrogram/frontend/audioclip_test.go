package frontend

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/stream"
)

// The original, with parameters by the rule of testdata/models.
func TestAudioCLIPGolden(t *testing.T) {
	data, err := os.ReadFile("../../testdata/models/wav2clip_audioclip.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		G struct {
			Shape []int `json:"db_shape"`
			DB    struct {
				Mean, Std     float64
				First8, Last4 []float64
			} `json:"db"`
			Band0 []float64 `json:"db_frame5_band0_first8"`
			Band2 []float64 `json:"db_frame5_band2_first8"`
		} `json:"audioclip_22050"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	parameter := func(name string, value func(k int, u float64) float64) []float32 {
		var list []float32
		for k, u := range stream.Uniform("audio.fbsp."+name, 1025) {
			list = append(list, float32(value(k, u)))
		}
		return list
	}
	f, err := NewAudioCLIP(AudioCLIPConfig{
		Order:     parameter("m", func(_ int, u float64) float64 { return 0.5 + 1.5*u }),
		Bandwidth: parameter("fb", func(_ int, u float64) float64 { return 1 + 0.5*u }),
		Centre:    parameter("fc", func(k int, u float64) float64 { return float64(k) + 0.2*(2*u-1) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	x := sharedSignal(22050, 44100)
	for i, v := range x {
		x[i] = float32(math.Round(float64(v)*20000)) / 32768
	}
	s := f.Shape(len(x))
	if g := file.G.Shape; s != (Shape{g[2], g[4], g[3]}) {
		t.Fatalf("shape %v, want that of %v", s, g)
	}
	got := f.Compute(nil, x)
	at := func(third, filter, frame int) float64 { return float64(got[(third*s.Rows+frame)*s.Cols+filter]) }
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-3) {
			t.Errorf("%s: %g dB, want %g", what, got, want)
		}
	}
	var sum, squares float64
	for _, v := range got {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(got))
	near("mean", sum/n, file.G.DB.Mean)
	near("deviation", math.Sqrt(squares/n-sum*sum/n/n), file.G.DB.Std)
	for i, want := range file.G.DB.First8 {
		near("first frames", at(0, 0, i), want)
	}
	for i, want := range file.G.DB.Last4 {
		near("last frames", at(2, 340, s.Rows-4+i), want)
	}
	for k := range file.G.Band0 {
		near("frame 5, lower third", at(0, k, 5), file.G.Band0[k])
		near("frame 5, upper third", at(2, k, 5), file.G.Band2[k])
	}
}

// Without parameters a tone is loudest in the filter of its frequency: times are
// 2π/2047 apart, so filter k is at k·44100/2047 Hz.
func TestAudioCLIPOfTone(t *testing.T) {
	f, err := NewAudioCLIP(AudioCLIPConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{50, 400, 900} {
		x := make([]float32, 5000)
		for i := range x {
			x[i] = float32(math.Cos(2 * math.Pi * float64(k*i) / 2047))
		}
		s := f.Shape(len(x))
		got := f.Compute(nil, x)
		best, third, filter := float32(math.Inf(-1)), 0, 0
		for p := range s.Planes {
			for j, v := range got[(p*s.Rows+s.Rows/2)*s.Cols:][:s.Cols] {
				if v > best {
					best, third, filter = v, p, j
				}
			}
		}
		if third*341+filter != k {
			t.Errorf("a tone in filter %d is loudest in %d", k, third*341+filter)
		}
	}
}

func TestAudioCLIPConfigErrors(t *testing.T) {
	short := make([]float32, 7)
	for name, cfg := range map[string]AudioCLIPConfig{
		"Window": {Window: short}, "Order": {Order: short}, "Bandwidth": {Bandwidth: short}, "Centre": {Centre: short},
	} {
		if _, err := NewAudioCLIP(cfg); err == nil || !strings.Contains(err.Error(), "AudioCLIPConfig."+name+" ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
