package frontend

import (
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/stft"
)

// centred computes rows from centred frames in float64: power, sums over bands,
// logarithms.
type centred struct {
	plan *stft.Plan
	rows *stft.Projection
}

// newCentred returns the rows of a transform, of which NFFT and HopSamples, and
// for some the window, are given. The ends of the signal are mirrored. bands may
// be nil. then is done to the values at the end.
func newCentred(cfg stft.Config, bands []stft.Band, then func(values []float32)) (*centred, error) {
	cfg.Pad = stft.PadReflect
	cfg.Float64 = true
	plan, err := stft.New(cfg)
	if err != nil {
		return nil, err
	}
	rows, err := plan.NewProjection(stft.ProjectionConfig{Bands: bands, Then: then})
	if err != nil {
		return nil, err
	}
	return &centred{plan, rows}, nil
}

// compute writes the rows of x to dst, as stft.Projection.Values does.
func (c *centred) compute(dst, x []float32) []float32 { return c.rows.Values(dst, x) }

// count returns the number of rows of n samples.
func (c *centred) count(n int) int { return c.plan.Frames(n) }

// offsetLog maps values p to scale·ln(p+add) + offset. They must not be negative.
func offsetLog(scale, offset float64, add float32) func(values []float32) {
	log := f32.NewLog(scale, offset, float64(add))
	return func(values []float32) {
		for i := range values {
			values[i] += add
		}
		log.Apply(values)
	}
}

// raise lifts values to what is span below the largest one.
func raise(values []float32, span float32) {
	if len(values) == 0 {
		return
	}
	largest := values[0]
	for _, v := range values {
		largest = max(largest, v)
	}
	for i, v := range values {
		values[i] = max(v, largest-span)
	}
}
