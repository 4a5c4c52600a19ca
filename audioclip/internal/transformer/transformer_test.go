package transformer

import (
	"math"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/nn"
)

func TestValidate(t *testing.T) {
	right := Config{Width: 512, Layers: 12, Heads: 8, FeedForward: 2048, Eps: 1e-5}
	if err := right.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"width is 0":            func(c *Config) { c.Width = 0 },
		"layers is -1":          func(c *Config) { c.Layers = -1 },
		"heads is 0":            func(c *Config) { c.Heads = 0 },
		"no multiple":           func(c *Config) { c.Heads = 7 },
		"network is 1000000000": func(c *Config) { c.FeedForward = 1e9 },
		"epsilon":               func(c *Config) { c.Eps = 0 },
		"is NaN":                func(c *Config) { c.Eps = math.NaN() },
	} {
		wrong := right
		change(&wrong)
		if err := wrong.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected one about %s", err, want)
		}
	}
}

// The names and what they stand for are those of ACT2FN in transformers 4.57.
func TestParseActivation(t *testing.T) {
	for name, want := range map[string]float64{ // of 0.5
		"gelu":              0.3457312306,
		"gelu_new":          0.3457140098,
		"gelu_pytorch_tanh": 0.3457140098,
		"gelu_fast":         0.3457140098,
		"quick_gelu":        0.3503884366,
		"relu":              0.5,
	} {
		act, err := ParseActivation(name)
		if err != nil {
			t.Fatal(err)
		}
		x := []float32{0.5}
		act.Apply(x)
		if math.Abs(float64(x[0])-want) > 1e-6 {
			t.Errorf("%s(0.5) is %g, want %g", name, x[0], want)
		}
	}
	if act, err := ParseActivation("swish"); err == nil || act != nn.Identity {
		t.Error("swish is known")
	}
}
