package audio

import "math"

// DBFS returns a level in decibels relative to full scale, the amplitude 1:
// 20·log10(amplitude). A full-scale sine has a peak of 0 dBFS and an RMS of
// -3.01 dBFS. Zero gives -Inf.
func DBFS(amplitude float64) float64 { return 20 * math.Log10(amplitude) }

// fromDBFS is the inverse of DBFS.
func fromDBFS(level float64) float64 { return math.Pow(10, level/20) }

// Peak returns the largest absolute value of all samples of all channels. NaN
// and infinities are left out. An empty clip has the peak 0.
func (c *Clip) Peak() float64 {
	var peak float64
	for _, x := range c.Samples {
		for _, v := range x {
			// False for NaN, too.
			if a := math.Abs(float64(v)); a > peak && a <= math.MaxFloat32 {
				peak = a
			}
		}
	}
	return peak
}

// RMS returns the root of the mean square over all samples of all channels. NaN
// and infinities are left out. An empty clip has the RMS 0.
func (c *Clip) RMS() float64 {
	var sum float64
	n := 0
	for _, x := range c.Samples {
		for _, v := range x {
			if isFinite(v) {
				sum += float64(v) * float64(v)
				n++
			}
		}
	}
	if n == 0 {
		return 0
	}
	return math.Sqrt(sum / float64(n))
}

// ApplyGain multiplies all samples in place by 10^(dB/20).
func (c *Clip) ApplyGain(dB float64) { c.scale(fromDBFS(dB)) }

func (c *Clip) scale(gain float64) {
	for _, x := range c.Samples {
		for i, v := range x {
			x[i] = float32(float64(v) * gain)
		}
	}
}

// NormalizePeak scales all channels alike, in place, so that the peak comes to
// the given level: 0 for full scale, -1 for 1 dB below. It returns the gain in
// dB. A clip of nothing but zeros stays as it is, with gain 0. NaN and
// infinities stay what they are and have no influence on the gain. It panics if
// the level is not finite.
func (c *Clip) NormalizePeak(dBFS float64) (gainDB float64) {
	if math.IsNaN(dBFS) || math.IsInf(dBFS, 0) {
		panic("audio: NormalizePeak needs a finite level")
	}
	peak := c.Peak()
	if peak == 0 {
		return 0
	}
	gain := fromDBFS(dBFS) / peak
	c.scale(gain)
	return DBFS(gain)
}

// RemoveDC subtracts from each channel, in place, its mean. NaN and infinities
// stay what they are and are left out of the mean.
func (c *Clip) RemoveDC() {
	for _, x := range c.Samples {
		var sum float64
		n := 0
		for _, v := range x {
			if isFinite(v) {
				sum += float64(v)
				n++
			}
		}
		if n == 0 {
			continue
		}
		mean := sum / float64(n)
		for i, v := range x {
			x[i] = float32(float64(v) - mean)
		}
	}
}

func isFinite(v float32) bool { return v-v == 0 }
