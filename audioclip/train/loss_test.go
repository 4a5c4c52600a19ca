package train

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/soundspace/soundspace/internal/stream"
)

// batch returns 8 rows of 16 values, of unit length.
func batch(name string) []float64 {
	x := stream.Uniform(name, 8*16)
	for i := range x {
		x[i] = 2*x[i] - 1
	}
	for i := 0; i < len(x); i += 16 {
		var sum float64
		for _, v := range x[i : i+16] {
			sum += v * v
		}
		for k := range 16 {
			x[i+k] /= math.Sqrt(sum)
		}
	}
	return x
}

// The losses of open_clip and of SigLIP, and their gradients, by PyTorch.
func TestGoldens(t *testing.T) {
	data, err := os.ReadFile("../../testdata/models/frontends_and_losses.json")
	if err != nil {
		t.Fatal(err)
	}
	type golden struct {
		Loss float64   `json:"loss"`
		DLog float64   `json:"d_log_scale"`
		DT   float64   `json:"d_t_prime"`
		DB   float64   `json:"d_bias"`
		A    []float64 `json:"dA_row0_first8"`
		B    []float64 `json:"dB_row0_first8"`
	}
	var file struct {
		CLIP   golden `json:"clip_loss"`
		SigLIP golden `json:"siglip_loss"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	a, b := batch("lossA"), batch("lossB")
	da, db := make([]float64, len(a)), make([]float64, len(b))
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	rows := func(what string, g golden) {
		t.Helper()
		for k, want := range g.A {
			near(what+": gradient of a", da[k], want)
		}
		for k, want := range g.B {
			near(what+": gradient of b", db[k], want)
		}
		if len(g.A) == 0 {
			t.Errorf("%s: no golden", what)
		}
	}
	loss, d := Contrastive(a, b, 16, math.Log(1/0.07), da, db)
	near("contrastive loss", loss, file.CLIP.Loss)
	near("its gradient of the scale", d, file.CLIP.DLog)
	rows("contrastive loss", file.CLIP)
	loss, d, dBias := Sigmoid(a, b, 16, math.Log(10), -10, da, db)
	near("sigmoid loss", loss, file.SigLIP.Loss)
	near("its gradient of the scale", d, file.SigLIP.DT)
	near("its gradient of the bias", dBias, file.SigLIP.DB)
	rows("sigmoid loss", file.SigLIP)
}

// Logits that no exponential can hold.
func TestLossesDoNotOverflow(t *testing.T) {
	a := []float64{1, 0, 0, 1}
	wrong := []float64{0, 1, 1, 0}
	if loss, _ := Contrastive(a, wrong, 2, math.Log(1e4), nil, nil); math.Abs(loss-1e4) > 1e-6 {
		t.Errorf("contrastive loss %v, want 1e4", loss)
	}
	if loss, _, _ := Sigmoid(a, wrong, 2, math.Log(1e4), 0, nil, nil); math.Abs(loss-1e4-math.Ln2) > 1e-6 {
		t.Errorf("sigmoid loss %v, want 1e4 + ln 2", loss)
	}
}

// All gradients, not only those of the goldens, by differences.
func TestGradients(t *testing.T) {
	a, b := batch("a"), batch("b")
	da, db := make([]float64, len(a)), make([]float64, len(b))
	losses := map[string]func() float64{
		"contrastive": func() float64 { l, _ := Contrastive(a, b, 16, 2, nil, nil); return l },
		"sigmoid":     func() float64 { l, _, _ := Sigmoid(a, b, 16, 2, -3, nil, nil); return l },
	}
	for name, loss := range losses {
		if name == "contrastive" {
			Contrastive(a, b, 16, 2, da, db)
		} else {
			Sigmoid(a, b, 16, 2, -3, da, db)
		}
		for _, side := range []struct{ x, d []float64 }{{a, da}, {b, db}} {
			for i := range side.x {
				const h = 1e-5
				x := side.x[i]
				side.x[i] = x + h
				up := loss()
				side.x[i] = x - h
				down := loss()
				side.x[i] = x
				if want := (up - down) / (2 * h); math.Abs(side.d[i]-want) > 1e-7 {
					t.Fatalf("%s: gradient %d is %v, want %v", name, i, side.d[i], want)
				}
			}
		}
	}
}
