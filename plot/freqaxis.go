package plot

import (
	"fmt"
	"math"

	"github.com/soundspace/soundspace/spectrogram"
)

// FreqAxis says how frequencies are spread along an axis.
type FreqAxis uint8

// Frequency axes.
const (
	// AxisAuto is AxisMel for a mel spectrogram, else AxisLinear.
	AxisAuto FreqAxis = iota
	// AxisLinear gives every hertz the same room.
	AxisLinear
	// AxisLog gives every octave the same room. It has no place for 0 Hz: it
	// starts at the first positive bin, or at Config.FMinHz.
	AxisLog
	// AxisMel gives every mel the same room, on the scale of the mel bank, or
	// on that of Slaney where there is none.
	AxisMel
)

var freqAxisNames = []string{"auto", "linear", "log", "mel"}

// String returns "auto", "linear", "log" or "mel".
func (a FreqAxis) String() string { return enumName(freqAxisNames, int(a), "FreqAxis") }

// MarshalText returns the name, as String does.
func (a FreqAxis) MarshalText() ([]byte, error) {
	return marshalEnum(freqAxisNames, int(a), "FreqAxis")
}

// UnmarshalText accepts the names that String returns.
func (a *FreqAxis) UnmarshalText(text []byte) error {
	i, err := parseEnum(freqAxisNames, text, "frequency axis")
	if err == nil {
		*a = FreqAxis(i)
	}
	return err
}

// freqScale is a frequency axis with its ends.
type freqScale struct {
	kind   FreqAxis // never AxisAuto
	mel    spectrogram.MelScale
	lo, hi float64 // Hz
}

// newFreqScale resolves the axis and its ends for what l holds.
func newFreqScale(l *spectrogram.Layout, kind FreqAxis, fminHz, fmaxHz float64) (freqScale, error) {
	s := freqScale{kind: kind}
	if l.Mel != nil {
		s.mel = l.Mel.Scale
	}
	switch {
	case kind > AxisMel:
		return s, fmt.Errorf("plot: unknown Config.FreqAxis %d; one of auto, linear, log, mel", kind)
	case kind == AxisAuto && l.Mel != nil:
		s.kind = AxisMel
	case kind == AxisAuto:
		s.kind = AxisLinear
	}
	if !(fminHz >= 0) || math.IsInf(fminHz, 0) {
		return s, fmt.Errorf("plot: Config.FMinHz is %g; it must be a frequency, or 0 for the lowest there is", fminHz)
	}
	if !(fmaxHz >= 0) || math.IsInf(fmaxHz, 0) {
		return s, fmt.Errorf("plot: Config.FMaxHz is %g; it must be a frequency, or 0 for the highest there is", fmaxHz)
	}

	edges := cellEdges(l)
	bottom, top := edges[0], edges[len(edges)-1]
	s.lo, s.hi = max(bottom, fminHz), top
	if fmaxHz > 0 {
		s.hi = min(top, fmaxHz)
	}
	if s.kind == AxisLog && s.lo == 0 {
		s.lo = firstPositive(l.Frequencies)
		if s.lo == 0 || s.lo >= top {
			return s, fmt.Errorf("plot: a logarithmic frequency axis needs a bin between 0 Hz and %g Hz", top)
		}
	}
	if !(s.lo < s.hi) {
		return s, fmt.Errorf("plot: Config.FMinHz %g and FMaxHz %g leave nothing of %g … %g Hz", fminHz, fmaxHz, bottom, top)
	}
	return s, nil
}

func firstPositive(f []float64) float64 {
	for _, hz := range f {
		if hz > 0 {
			return hz
		}
	}
	return 0
}

// cellEdges returns the limits between which each bin is drawn, in Hz: half-way
// to its neighbours, in mel for a mel bank, else in Hz, and as far out at both
// ends, but not below 0 Hz, nor above half the sample rate for an FFT.
func cellEdges(l *spectrogram.Layout) []float64 {
	warp := func(hz float64) float64 { return hz }
	unwarp := warp
	if l.Mel != nil {
		warp, unwarp = l.Mel.Scale.Mel, l.Mel.Scale.Hz
	}
	f := l.Frequencies
	n := len(f)
	nyquist := float64(l.SampleRate) / 2
	edges := make([]float64, n+1)
	if n == 1 {
		edges[1] = max(nyquist, f[0])
		return edges
	}
	for k := 1; k < n; k++ {
		edges[k] = unwarp((warp(f[k-1]) + warp(f[k])) / 2)
	}
	edges[0] = unwarp(max(0, warp(f[0])-(warp(f[1])-warp(f[0]))/2))
	edges[n] = unwarp(warp(f[n-1]) + (warp(f[n-1])-warp(f[n-2]))/2)
	if l.Mel == nil {
		edges[n] = max(f[n-1], min(edges[n], nyquist))
	}
	return edges
}

// warp maps Hz to the coordinate in which the axis is even.
func (s *freqScale) warp(hz float64) float64 {
	switch s.kind {
	case AxisLog:
		return math.Log2(hz)
	case AxisMel:
		return s.mel.Mel(hz)
	}
	return hz
}

// at returns where a frequency lies on the axis: 0 at its low end, 1 at its
// high end.
func (s *freqScale) at(hz float64) float64 {
	lo := s.warp(s.lo)
	return (s.warp(hz) - lo) / (s.warp(s.hi) - lo)
}

// span is the half-open range of bins [lo, hi).
type span struct{ lo, hi int32 }

// binRows returns which bins make up each of n pixel rows, lowest frequency
// first: all whose centres lie in the row or, where bins are taller than
// pixels, the one whose cell holds the middle of the row.
func (s *freqScale) binRows(l *spectrogram.Layout, n int) []span {
	rows := make([]span, n)
	for k, hz := range l.Frequencies {
		if hz < s.lo || hz > s.hi {
			continue
		}
		// A centre on the border of two rows belongs to the upper one, whatever
		// the rounding.
		r := min(int(s.at(hz)*float64(n)+1e-6), n-1)
		if rows[r].hi == 0 {
			rows[r].lo = int32(k)
		}
		rows[r].hi = int32(k + 1)
	}
	edges := cellEdges(l)
	k := 0
	for r := range rows {
		middle := (float64(r) + 0.5) / float64(n)
		for k < l.Bins-1 && s.at(edges[k+1]) <= middle {
			k++
		}
		if rows[r].hi == 0 {
			rows[r] = span{int32(k), int32(k + 1)}
		}
	}
	return rows
}
