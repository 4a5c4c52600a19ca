package stft

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/internal/fft"
)

// Band is a weighted sum of neighbouring bins,
//
//	Σ Weights[i]·v[First+i],  i = 0 … len(Weights)-1
//
// 0 if there are no weights.
type Band struct {
	First   int
	Weights []float64
}

// ProjectionConfig says what a [Projection] makes of each frame.
type ProjectionConfig struct {
	// Magnitude starts from |X| in place of |X|².
	Magnitude bool
	// Bands sum bins. nil leaves the bins as they are.
	Bands []Band
	// Then, if not nil, is called with values, in no particular order, to change
	// each of them: in decibels, say. What it does to a value must depend on that
	// value only. With Workers it is called from several goroutines at a time.
	Then func(values []float32)
}

// Projection computes values from the power or the magnitude of the frames of
// a signal, such as mel bands, while they are in the processor's cache. It is
// immutable and safe for concurrent use.
type Projection struct {
	width     int
	transform transformer[float32, float32]
}

// NewProjection returns a projection of the plan's frames. It is an error if a
// band reaches beyond the bins or if a weight is not finite.
func (p *Plan) NewProjection(cfg ProjectionConfig) (*Projection, error) {
	for i, b := range cfg.Bands {
		if b.First < 0 || b.First > p.Bins() || len(b.Weights) > p.Bins()-b.First {
			return nil, fmt.Errorf("stft: band %d has %d weights from bin %d on, but there are %d bins", i, len(b.Weights), b.First, p.Bins())
		}
		for k, w := range b.Weights {
			if math.IsNaN(w) || math.IsInf(w, 0) {
				return nil, fmt.Errorf("stft: band %d has the weight %v for bin %d, want a finite number", i, w, b.First+k)
			}
		}
	}
	r := &Projection{width: p.Bins()}
	if cfg.Bands != nil {
		r.width = len(cfg.Bands)
	}
	if p.cfg.Float64 {
		r.transform = newProjection(p.double(), cfg, narrow)
	} else {
		r.transform = newProjection(p.single(), cfg, nil)
	}
	return r, nil
}

func newProjection[T fft.Float](e *engine[T], cfg ProjectionConfig, convert func([]float32, []T)) transformer[float32, float32] {
	form := fft.Power
	if cfg.Magnitude {
		form = fft.Magnitude
	}
	var bands *fft.Bands[T]
	if cfg.Bands != nil {
		first, weights := make([]int, len(cfg.Bands)), make([][]float64, len(cfg.Bands))
		for i, b := range cfg.Bands {
			first[i], weights[i] = b.First, b.Weights
		}
		bands = fft.NewBands[T](e.frames.Bins(), first, weights)
	}
	return newBandTransform[float32](e, form, bands, convert, cfg.Then)
}

// Width returns the number of values of a frame: of bands, or else of bins.
func (r *Projection) Width() int { return r.width }

// Values computes the frames of x: row t of Width() values is frame t. dst is
// used as by [Plan.Complex].
func (r *Projection) Values(dst, x []float32) []float32 { return r.transform.transform(dst, x) }

// Stream returns a stream of [Projection.Values].
func (r *Projection) Stream() *Stream[float32, float32] { return r.transform.stream() }
