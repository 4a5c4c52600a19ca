package clap

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip/internal/htsat"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

func TestZZFull(t *testing.T) {
	dir := os.Getenv("CLAPFULL")
	if dir == "" {
		t.Skip()
	}
	var g struct {
		Audio []struct {
			File   string
			Vector []float64
		}
		Text []struct {
			Ids    []int
			Vector []float64
		}
	}
	b, _ := os.ReadFile(dir + "/golden.json")
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	var o Options
	o.Audio, o.Text = true, true
	fe := frontend.CLAPConfig{}
	if b, err := os.ReadFile(dir + "/config.json"); err == nil {
		cfg, err := ParseConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		o.Config = &cfg
		b, _ = os.ReadFile(dir + "/preprocessor_config.json")
		fe, err = frontend.ParseCLAPConfig(b)
		if err != nil {
			t.Fatal(err)
		}
	}
	var path string
	for _, p := range []string{"model.safetensors", "pytorch_model.bin", "model.pt", "open_clip_model.safetensors"} {
		if m, _ := filepath.Glob(dir + "/" + p); len(m) > 0 {
			path = m[0]
		}
	}
	start := time.Now()
	f, err := checkpoint.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*checkpoint.Tensor{}
	for _, name := range f.Names() {
		all[name] = f.Tensor(name)
	}
	m, err := Load(all, o)
	if err != nil {
		t.Fatal(err)
	}
	if o.Config == nil && m.Config.Audio.Fusion {
		fe.Fusion = true
	}
	t.Log("load", time.Since(start), m.Layout, m.Config)
	front, err := frontend.NewCLAP(fe)
	if err != nil {
		t.Fatal(err)
	}
	c := nn.NewContext(2)
	dst := c.Matrix(1, m.Config.Dim)
	report := func(name string, want []float64) {
		nn.NormalizeL2(dst.Data)
		var worst, dot, ww float64
		for j, w := range want {
			v := float64(dst.Data[j])
			worst = math.Max(worst, math.Abs(v-w))
			dot += v * w
			ww += w * w
		}
		fmt.Printf("%s: max abs %.2g cosine %.9f\n", name, worst, dot/math.Sqrt(ww))
	}
	for _, a := range g.Audio {
		wav, _ := os.ReadFile(dir + "/" + a.File)
		n := 0
		for i := 12; ; {
			size := int(binary.LittleEndian.Uint32(wav[i+4:]))
			if string(wav[i:i+4]) == "data" {
				wav = wav[i+8 : i+8+size]
				break
			}
			i += 8 + size
		}
		n = len(wav) / 4
		x := make([]float32, n)
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(wav[4*i:]))
		}
		s := front.Shape(n)
		buf := front.Compute(nil, x)
		in := htsat.Input{Longer: front.Longer(n)}
		for p := range s.Planes {
			in.Planes = append(in.Planes, nn.NewMatrix(buf[p*s.Rows*s.Cols:(p+1)*s.Rows*s.Cols], s.Rows, s.Cols))
		}
		m.Audio.Encode(c, dst, []htsat.Input{in})
		report(a.File, a.Vector)
	}
	for _, a := range g.Text {
		m.Text.Encode(c, dst, [][]int{a.Ids})
		report(fmt.Sprint("text ", len(a.Ids)), a.Vector)
	}
}
