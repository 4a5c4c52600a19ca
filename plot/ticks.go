package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// tick is a mark on an axis, in the axis's own unit. Without a label it is a
// minor one.
type tick struct {
	value float64
	label string
}

// step is a distance between ticks, m·10^e.
type step struct {
	m int64
	e int
}

// stepOver returns the smallest step of at least x > 0.
func stepOver(x float64) step {
	e := int(math.Floor(math.Log10(x)))
	for {
		for _, m := range []int64{1, 2, 5} {
			if s := (step{m, e}); s.times(1) >= x*(1-1e-9) {
				return s
			}
		}
		e++
	}
}

// times returns i steps, rounded once.
func (s step) times(i int64) float64 {
	if s.e < 0 {
		return float64(i*s.m) / math.Pow10(-s.e)
	}
	return float64(i*s.m) * math.Pow10(s.e)
}

// within returns the range of i for which i steps lie in [lo, hi].
func (s step) within(lo, hi float64) (first, last int64) {
	d := s.times(1)
	return int64(math.Ceil(lo/d - 1e-6)), int64(math.Floor(hi/d + 1e-6))
}

// linearTicks returns ticks at a 1-2-5 step of at least minGap on an axis from
// lo to hi. Labels are in units of ten to the unitExp.
func linearTicks(lo, hi, minGap float64, unitExp int) []tick {
	if !(minGap > 1e-15*(math.Abs(lo)+math.Abs(hi))) {
		return nil // the ends are too near each other to be told apart
	}
	s := stepOver(minGap)
	decimals := max(0, unitExp-s.e)
	var ticks []tick
	first, last := s.within(lo, hi)
	for i := first; i <= last; i++ {
		label := strconv.FormatFloat(step{s.m, s.e - unitExp}.times(i), 'f', decimals, 64)
		ticks = append(ticks, tick{s.times(i), label})
	}
	return ticks
}

// timeSteps are the distances between time ticks from a second up, in seconds.
var timeSteps = []int64{
	1, 2, 5, 10, 15, 30,
	60, 2 * 60, 5 * 60, 10 * 60, 15 * 60, 30 * 60,
	3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600,
}

// timeStepOver returns the smallest distance between time ticks of at least x
// seconds: 1-2-5 below a second, then one of timeSteps, then 1-2-5 days.
func timeStepOver(x float64) step {
	if x <= 0.5 {
		return stepOver(x)
	}
	for _, s := range timeSteps {
		if float64(s) >= x {
			return step{s, 0}
		}
	}
	const day = 24 * 3600
	days := stepOver(x / day)
	return step{int64(days.times(1)) * day, 0}
}

// timeTicks returns ticks for an axis from lo to hi seconds, so many pixels
// long, as close as their labels allow when minGap pixels are left between
// them, and the label of the axis. Labels are seconds, or minutes and seconds
// where a minute is reached, or hours, minutes and seconds.
func timeTicks(lo, hi, pixels, minGap float64, width func(string) float64) (ticks []tick, axisLabel string) {
	format, axisLabel := clockHours, "Time (h:min:s)"
	switch reach := max(math.Abs(lo), math.Abs(hi)); {
	case reach < 60:
		format, axisLabel = clockSeconds, "Time (s)"
	case reach < 3600:
		format, axisLabel = clockMinutes, "Time (min:s)"
	}
	perSecond := pixels / (hi - lo)
	for s := timeStepOver(minGap / perSecond); ; s = timeStepOver(1.01 * s.times(1)) {
		ticks = ticks[:0]
		widest := 0.0
		first, last := s.within(lo, hi)
		for i := first; i <= last; i++ {
			label := format(s.times(i), max(0, -s.e))
			widest = max(widest, width(label))
			ticks = append(ticks, tick{s.times(i), label})
		}
		if s.times(1)*perSecond >= widest+minGap {
			return ticks, axisLabel
		}
	}
}

func clockSeconds(t float64, decimals int) string { return strconv.FormatFloat(t, 'f', decimals, 64) }

func clockMinutes(t float64, decimals int) string {
	sign, t := splitSign(t, decimals)
	m := math.Floor(t / 60)
	return fmt.Sprintf("%s%.0f:%s", sign, m, twoDigits(t-60*m, decimals))
}

func clockHours(t float64, decimals int) string {
	sign, t := splitSign(t, decimals)
	h := math.Floor(t / 3600)
	m := math.Floor((t - 3600*h) / 60)
	return fmt.Sprintf("%s%.0f:%02.0f:%s", sign, h, m, twoDigits(t-3600*h-60*m, decimals))
}

// splitSign also rounds t, so that 59.9999 s does not become 0:60.
func splitSign(t float64, decimals int) (string, float64) {
	scale := math.Pow10(decimals)
	t = math.Round(t*scale) / scale
	if t < 0 {
		return "-", -t
	}
	return "", math.Abs(t) // not -0
}

func twoDigits(s float64, decimals int) string {
	width := 2
	if decimals > 0 {
		width += 1 + decimals
	}
	return fmt.Sprintf("%0*.*f", width, decimals, s)
}

// freqTicks returns ticks for a frequency axis so many pixels long, in Hz, at
// least minPixels apart, and the label of the axis.
func freqTicks(s *freqScale, pixels, minPixels float64) (ticks []tick, axisLabel string) {
	if s.kind == AxisLinear {
		minGap := (s.hi - s.lo) * max(minPixels/pixels, 1.0/14)
		if s.hi >= 1000 {
			return linearTicks(s.lo, s.hi, minGap, 3), "Frequency (kHz)"
		}
		return linearTicks(s.lo, s.hi, minGap, 0), "Frequency (Hz)"
	}

	for _, v := range warpedTickValues(s, pixels, minPixels) {
		ticks = append(ticks, tick{v, hertzLabel(v)})
	}
	if s.kind == AxisLog {
		ticks = append(ticks, minorLogTicks(s, pixels, minPixels/6)...)
	}
	return ticks, "Frequency (Hz)"
}

// warpedTickValues picks the roundest frequencies for which there is room on an
// axis that is not linear.
func warpedTickValues(s *freqScale, pixels, minPixels float64) []float64 {
	var picked []float64
	try := func(v, gap float64) {
		if v < s.lo*(1-1e-9) || v > s.hi*(1+1e-9) {
			return
		}
		for _, p := range picked {
			if math.Abs(s.at(v)-s.at(p))*pixels < gap {
				return
			}
		}
		picked = append(picked, v)
	}
	if s.kind == AxisMel {
		try(0, minPixels)
	}
	top := int(math.Floor(math.Log10(s.hi)))
	for _, m := range []int64{1, 2, 5, 3, 4, 6, 8, 7, 9} {
		gap := minPixels
		if m != 1 && m != 2 && m != 5 {
			gap *= 1.6 // less round values only fill what is left empty
		}
		for e := top; e > top-6; e-- {
			try(step{m, e}.times(1), gap)
		}
	}
	if len(picked) < 3 {
		// A range so narrow that the axis is nearly linear.
		picked = picked[:0]
		for _, t := range linearTicks(s.lo, s.hi, (s.hi-s.lo)*minPixels/pixels, 0) {
			try(t.value, minPixels*0.7)
		}
	}
	slices.Sort(picked)
	return picked
}

// minorLogTicks returns the multiples of every power of ten that are at least
// minPixels from the next.
func minorLogTicks(s *freqScale, pixels, minPixels float64) []tick {
	var ticks []tick
	for e := int(math.Floor(math.Log10(s.lo))); e <= int(math.Floor(math.Log10(s.hi))); e++ {
		if (s.at(math.Pow10(e))-s.at(0.9*math.Pow10(e)))*pixels < minPixels {
			continue
		}
		for m := int64(1); m <= 9; m++ {
			if v := (step{m, e}).times(1); v >= s.lo && v <= s.hi {
				ticks = append(ticks, tick{value: v})
			}
		}
	}
	return ticks
}

// hertzLabel writes 440 as "440" and 2500 as "2.5k".
func hertzLabel(hz float64) string {
	if hz >= 1000 {
		return shortest(hz/1000) + "k"
	}
	return shortest(hz)
}

// shortest writes v with as many decimals as it needs, up to 12 digits: enough
// for every tick, and too few to show rounding errors.
func shortest(v float64) string {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	return strconv.FormatFloat(v, 'f', -1, 64)
}
