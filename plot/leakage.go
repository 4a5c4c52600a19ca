package plot

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/soundspace/soundspace/stft"
)

// WindowLeakage compares windows of n samples: their shapes, and the spectra
// that a steady tone has through them, in decibels below its peak, over the
// distance from the tone in bins of a transform of n samples. The legend gives
// two numbers for each:
//
//   - the equivalent noise bandwidth n·Σw²/(Σw)², in bins: how much white noise
//     a bin collects;
//   - the highest side lobe in view, in decibels: how far a weak tone may lie
//     below a strong one before it drowns in the leakage.
//
// n is from 8 to 65536. Of Config, Width, Height, Title and RangeDB are used;
// RangeDB is 120 if it is 0.
//
// The terms are those of F. Harris, On the use of windows for harmonic analysis
// with the discrete Fourier transform, Proc. IEEE 66, 1978.
func WindowLeakage(windows []stft.Window, n int, cfg Config) (*Figure, error) {
	if len(windows) == 0 {
		return nil, fmt.Errorf("plot: no windows to compare")
	}
	if n < 8 || n > 1<<16 {
		return nil, fmt.Errorf("plot: windows of %d samples; 8 … 65536 can be compared", n)
	}
	if cfg.RangeDB == 0 {
		cfg.RangeDB = 120
	}
	cfg, err := cfg.resolve(1)
	if err != nil {
		return nil, err
	}
	f, panels, err := newChartPage(&cfg, 2)
	if err != nil {
		return nil, err
	}
	text := textSize(cfg.Width, cfg.Height)

	shapes := make([][]float64, len(windows))
	spectra := make([][]float64, len(windows))
	names := make([]string, len(windows))
	low := 0.0
	for i, w := range windows {
		if shapes[i], err = w.Coefficients(n); err != nil {
			return nil, fmt.Errorf("plot: window %d: %w", i+1, err)
		}
		spectra[i] = leakage(shapes[i])
		names[i] = fmt.Sprintf("%s: noise %.2f bins, side lobes %.0f dB", w, noiseBandwidth(shapes[i]), highestSideLobe(spectra[i]))
		for _, v := range shapes[i] {
			low = min(low, v)
		}
	}

	shape := chart{
		Figure: f, panel: panels[0], text: text,
		x: func(v float64) float64 { return v / float64(n-1) },
		y: func(v float64) float64 { return (v - low) / (1.04 - low) },
	}
	shape.axes(shape.linearTicksAlong(0, float64(n-1)), shape.linearTicksUp(low, 1.04), "Sample", "Window")

	floor := -cfg.RangeDB
	view := float64(len(spectra[0])-1) / leakageSteps
	lobes := chart{
		Figure: f, panel: panels[1], text: text,
		x: func(v float64) float64 { return v / view },
		y: func(v float64) float64 { return (v - floor) / (0.04*cfg.RangeDB - floor) },
	}
	lobes.axes(lobes.linearTicksAlong(0, view), lobes.linearTicksUp(floor, 0.04*cfg.RangeDB), "Distance (bins)", "dB re peak")

	for i := range windows {
		drawn := extremes(shapes[i], evenSpans(n, shape.panel.Dx()))
		shape.curve(len(drawn), func(j int) (x, y float64) { return float64(drawn[j]), shapes[i][drawn[j]] }, curveColour(i))
		lobes.curve(len(spectra[i]), func(j int) (x, y float64) { return float64(j) / leakageSteps, spectra[i][j] }, curveColour(i))
	}
	lobes.legend(names)
	return f, nil
}

// evenSpans cuts n values into so many parts.
func evenSpans(n, parts int) []span {
	out := make([]span, parts)
	for i := range out {
		out[i] = span{int32(i * n / parts), int32((i + 1) * n / parts)}
	}
	return out
}

// Leakage is computed at so many places a bin, up to so many bins away.
const (
	leakageSteps = 16
	leakageBins  = 32
)

// leakage returns 20·log10(|W(k)|/|W(0)|) of the spectrum W of a window, for k
// in steps of 1/leakageSteps bins.
func leakage(w []float64) []float64 {
	n := len(w)
	bins := min(leakageBins, n/2)
	out := make([]float64, bins*leakageSteps+1)
	whole := 0.0
	for _, v := range w {
		whole += v
	}
	for i := range out {
		turn := cmplx.Rect(1, 2*math.Pi*float64(i)/leakageSteps/float64(n))
		// Horner's rule in exp(jωt): one multiplication a sample.
		sum := complex(0, 0)
		for j := n - 1; j >= 0; j-- {
			sum = sum*turn + complex(w[j], 0)
		}
		out[i] = 20 * math.Log10(cmplx.Abs(sum)/math.Abs(whole))
	}
	return out
}

// noiseBandwidth returns n·Σw²/(Σw)².
func noiseBandwidth(w []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, v := range w {
		sum += v
		squares += v * v
	}
	return float64(len(w)) * squares / (sum * sum)
}

// highestSideLobe returns the largest value after the main lobe, which ends at
// the first minimum below -20 dB (ripples on the top of a flat top window are
// none); -Inf if there is no other.
func highestSideLobe(spectrum []float64) float64 {
	highest := math.Inf(-1)
	beyond := false
	for i := 1; i < len(spectrum); i++ {
		if !beyond {
			beyond = spectrum[i] > spectrum[i-1] && spectrum[i-1] < -20
			continue
		}
		highest = max(highest, spectrum[i])
	}
	return highest
}
