package index

import (
	"context"
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
)

// Identity tells which model vectors are of.
type Identity struct {
	// Model is its name, for people.
	Model string
	// Dim is the length of its vectors.
	Dim int
	// Probe is what it makes of a sound that is always the same (see Identify).
	Probe []float32
}

// Identify returns the identity of a model: the probe is its embedding of one second of
// a sound that is computed, a tone that rises in bursts of noise.
func Identify(ctx context.Context, m *audioclip.Model, name string) (Identity, error) {
	v, err := m.EncodeAudio(ctx, []*audio.Clip{probeSound()}, audioclip.AudioConfig{})
	if err != nil {
		return Identity{}, err
	}
	return Identity{Model: name, Dim: v.Cols, Probe: v.Row(0)}, nil
}

// probeSound must never change: identities in stores are of it.
func probeSound() *audio.Clip {
	const rate = 32000
	c := audio.NewClip(1, rate, rate)
	noise := uint32(1)
	phase := 0.0
	for i := range c.Samples[0] {
		t := float64(i) / rate
		phase += 2 * math.Pi * 100 * math.Exp2(6*t) / rate // 100 Hz to 6.4 kHz
		noise = noise*1664525 + 1013904223
		burst := math.Pow(math.Sin(4*math.Pi*t), 8) // four of them
		c.Samples[0][i] = float32(0.3*math.Sin(phase) + 0.3*burst*(float64(noise>>8)/(1<<23)-1))
	}
	return c
}

// sameModel is the least cosine of the probes of a model and itself: on another
// processor, or with its weights in fewer bits. Those of different models lie far below
// it (TestIdentify).
const sameModel = 0.999

// Fits returns ErrOtherModel, with the names of both, if vectors of the identities
// cannot be compared: they have not the same length, or the cosine of the probes is
// below 0.999.
func (id Identity) Fits(other Identity) error {
	if id.Dim == other.Dim && len(id.Probe) == id.Dim && len(other.Probe) == id.Dim && cosine(id.Probe, other.Probe) >= sameModel {
		return nil
	}
	if id.Model == other.Model {
		return fmt.Errorf("%w of the name %q, or another version of it", ErrOtherModel, id.Model)
	}
	return fmt.Errorf("%w: the vectors are of %q, not of %q", ErrOtherModel, id.Model, other.Model)
}

// Check returns an error if a store cannot take the identity.
func (id Identity) Check() error {
	if id.Dim < 1 || len(id.Probe) != id.Dim {
		return fmt.Errorf("index: the identity of model %q: %d values, and %d in its probe", id.Model, id.Dim, len(id.Probe))
	}
	if c := cosine(id.Probe, id.Probe); c-c != 0 {
		return fmt.Errorf("index: the probe of model %q is not a finite vector", id.Model)
	}
	return nil
}

func cosine(x, y []float32) float64 {
	return dot(x, y) / math.Sqrt(dot(x, x)*dot(y, y))
}

func dot(x, y []float32) float64 {
	s := 0.0
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}
