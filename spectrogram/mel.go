package spectrogram

import (
	"fmt"
	"math"
	"slices"

	"github.com/soundspace/soundspace/stft"
)

// MelNorm says how the triangles of a mel bank are scaled.
type MelNorm uint8

const (
	// NormSlaney gives every triangle the area of 1 Hz (height
	// 2/(upper edge - lower edge)), so that white noise reads the same in wide
	// and narrow filters. Default of librosa.
	NormSlaney MelNorm = iota
	// NormNone gives every triangle a height of 1. Default of torchaudio.
	NormNone
)

// String returns "slaney" or "none".
func (n MelNorm) String() string {
	if n == NormNone {
		return "none"
	}
	return "slaney"
}

// MelConfig describes a bank of triangular filters, spaced evenly on a mel
// scale, over the bins of a real FFT.
type MelConfig struct {
	// SampleRate is that of the samples, in Hz. Inside a [Config] 0 means its
	// SampleRate.
	SampleRate int
	// NFFT is the length of the FFT. Inside a [Config] 0 means that of the STFT.
	NFFT int
	// Bands is the number of filters (0: 128).
	Bands int
	// FMinHz is the lower edge of the first filter, at least 0.
	FMinHz float64
	// FMaxHz is the upper edge of the last filter (0: SampleRate/2). Above
	// SampleRate/2 there are no bins, so filters placed there stay empty.
	FMaxHz float64
	// Scale spaces the filters (zero: SlaneyMel).
	Scale MelScale
	// Norm scales them (zero: NormSlaney).
	Norm MelNorm
}

// MelBank turns frames of FFT bins into frames of mel bands. It is safe for
// concurrent use.
//
// With m[0] … m[Bands+1] spaced evenly in mel from FMinHz to FMaxHz, filter b
// weighs the bin at frequency f by
//
//	max(0, min((f-m[b])/(m[b+1]-m[b]), (m[b+2]-f)/(m[b+2]-m[b+1])))
//
// times 2/(m[b+2]-m[b]) under [NormSlaney]. Weights are computed in float64 and
// equal those of librosa.filters.mel (1.0.0) for every configuration, and those
// of torchaudio.functional.melscale_fbanks (2.11.0) where NFFT and SampleRate
// are even: torchaudio takes the last bin to lie at SampleRate/2, rounded down,
// whatever NFFT is.
type MelBank struct {
	cfg     MelConfig
	bins    int
	peaks   []float64
	filters []stft.Band
}

// NewMelBank computes the filters.
func NewMelBank(cfg MelConfig) (*MelBank, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	m := &MelBank{
		cfg:     cfg,
		bins:    cfg.NFFT/2 + 1,
		peaks:   make([]float64, cfg.Bands),
		filters: make([]stft.Band, cfg.Bands),
	}
	edges := cfg.edges()
	copy(m.peaks, edges[1:])
	hzPerBin := float64(cfg.SampleRate) / float64(cfg.NFFT)
	for b := range m.filters {
		lo, mid, hi := edges[b], edges[b+1], edges[b+2]
		height := 1.0
		if cfg.Norm == NormSlaney {
			height = 2 / (hi - lo)
		}
		// Bins from just below lo to just above hi; the formula drops the rest.
		f := &m.filters[b]
		first := int(min(lo/hzPerBin, float64(m.bins)))
		last := int(min(hi/hzPerBin+1, float64(m.bins-1)))
		for k := first; k <= last; k++ {
			hz := float64(k) * hzPerBin
			w := height * min((hz-lo)/(mid-lo), (hi-hz)/(hi-mid))
			if !(w > 0) {
				continue
			}
			if len(f.Weights) == 0 {
				f.First = k
			}
			f.Weights = append(f.Weights, w)
		}
	}
	return m, nil
}

func (c MelConfig) withDefaults() (MelConfig, error) {
	if c.SampleRate <= 0 {
		return c, fmt.Errorf("spectrogram: MelConfig.SampleRate is %d, must be positive", c.SampleRate)
	}
	if c.NFFT <= 0 {
		return c, fmt.Errorf("spectrogram: MelConfig.NFFT is %d, must be positive", c.NFFT)
	}
	if c.Bands == 0 {
		c.Bands = 128
	}
	if c.Bands < 0 {
		return c, fmt.Errorf("spectrogram: MelConfig.Bands is %d, must not be negative", c.Bands)
	}
	if c.FMaxHz == 0 {
		c.FMaxHz = float64(c.SampleRate) / 2
	}
	if !(c.FMinHz >= 0 && c.FMinHz < c.FMaxHz && c.FMaxHz <= math.MaxFloat64) {
		return c, fmt.Errorf("spectrogram: MelConfig filters from %g to %g Hz: FMinHz must be at least 0 and below FMaxHz, both finite", c.FMinHz, c.FMaxHz)
	}
	if c.Scale > HTKMel {
		return c, fmt.Errorf("spectrogram: MelConfig.Scale is %d, must be SlaneyMel or HTKMel", c.Scale)
	}
	if c.Norm > NormNone {
		return c, fmt.Errorf("spectrogram: MelConfig.Norm is %d, must be NormSlaney or NormNone", c.Norm)
	}
	return c, nil
}

// edges returns the Bands+2 corner frequencies of the triangles.
func (c MelConfig) edges() []float64 {
	lo, hi := c.Scale.Mel(c.FMinHz), c.Scale.Mel(c.FMaxHz)
	step := (hi - lo) / float64(c.Bands+1)
	edges := make([]float64, c.Bands+2)
	for i := range edges {
		edges[i] = c.Scale.Hz(lo + float64(i)*step)
	}
	edges[c.Bands+1] = c.Scale.Hz(hi)
	return edges
}

// Config returns the configuration with every default filled in.
func (m *MelBank) Config() MelConfig { return m.cfg }

// Bands returns the number of filters.
func (m *MelBank) Bands() int { return len(m.filters) }

// Bins returns the number of FFT bins that a filter weighs, NFFT/2+1.
func (m *MelBank) Bins() int { return m.bins }

// Frequencies returns the peak of each filter in Hz, in a slice of its own.
func (m *MelBank) Frequencies() []float64 { return slices.Clone(m.peaks) }

// Empty returns the filters that no FFT bin falls under, which give 0 whatever
// the sound: more bands were asked for than NFFT can resolve, or they lie above
// SampleRate/2. It is nil when there are none.
func (m *MelBank) Empty() []int {
	var empty []int
	for b, f := range m.filters {
		if len(f.Weights) == 0 {
			empty = append(empty, b)
		}
	}
	return empty
}

// Matrix returns the weights as a dense row-major matrix of Bands() × Bins().
func (m *MelBank) Matrix() []float64 {
	w := make([]float64, len(m.filters)*m.bins)
	for b, f := range m.filters {
		copy(w[b*m.bins+f.First:], f.Weights)
	}
	return w
}

// maxWeight returns the largest weight of the bank.
func (m *MelBank) maxWeight() float64 {
	var largest float64
	for _, f := range m.filters {
		for _, w := range f.Weights {
			largest = max(largest, w)
		}
	}
	return largest
}

// Apply sums FFT bins into mel bands: for each frame t,
//
//	dst[t·Bands()+b] = Σ_k weight[b][k]·power[t·Bins()+k]
//
// in float64, rounded once. power holds any number of frames of Bins() values,
// which may be magnitudes as well; Apply panics if its length is no multiple of
// Bins(). The bands are written to dst if its capacity suffices and to a new
// slice otherwise; the slice is returned. It must not overlap power.
func (m *MelBank) Apply(dst, power []float32) []float32 {
	frames := len(power) / m.bins
	if len(power) != frames*m.bins {
		panic(fmt.Sprintf("spectrogram: MelBank.Apply: %d values are no whole number of frames of %d bins", len(power), m.bins))
	}
	bands := len(m.filters)
	dst = slices.Grow(dst[:0], frames*bands)[:frames*bands]
	for t := range frames {
		in, out := power[t*m.bins:(t+1)*m.bins], dst[t*bands:(t+1)*bands]
		for b := range m.filters {
			f := &m.filters[b]
			out[b] = dot(f.Weights, in[f.First:f.First+len(f.Weights)])
		}
	}
	return dst
}

// dot sums w[i]·x[i] in two interleaved chains, as additions would otherwise
// wait for one another.
func dot(w []float64, x []float32) float32 {
	x = x[:len(w)]
	var even, odd float64
	i := 0
	for ; i+1 < len(w); i += 2 {
		even += w[i] * float64(x[i])
		odd += w[i+1] * float64(x[i+1])
	}
	if i < len(w) {
		even += w[i] * float64(x[i])
	}
	return float32(even + odd)
}
