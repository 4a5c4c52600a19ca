package frontend

import (
	"sync"

	"github.com/soundspace/soundspace/stft"
)

// VGGish is the front end of VGGish and YAMNet at 16 kHz: ln(M + offset), with M
// the sums of |X| over 64 mel bands from 125 to 7500 Hz, of frames of 400 samples
// with a periodic Hann window, padded to 512 and 160 apart, cut into patches of
// 96 frames. The shape is patches × 96 × 64.
//
// VGGish has patches side by side, leaves out what does not fill one, and
// 0.01 for the offset; YAMNet has a patch every 48 frames, fills up the signal
// with zeros, and 0.001.
//
// Source: torchvggish 0.2; yamnet/features.py of tensorflow/models.
type VGGish struct {
	hop     int // between patches, in frames
	pad     bool
	bank    *Kaldi
	scratch sync.Pool // of *scratch
}

const vggishPatch, vggishBandCount = 96, 64

// NewVGGish returns the front end of VGGish.
func NewVGGish() (*VGGish, error) { return newVGGish(vggishPatch, false, 0.01) }

// NewYAMNet returns the front end of YAMNet.
func NewYAMNet() (*VGGish, error) { return newVGGish(vggishPatch/2, true, 0.001) }

func newVGGish(hop int, pad bool, offset float32) (*VGGish, error) {
	window, err := stft.Hann().Coefficients(400)
	if err != nil {
		return nil, err
	}
	cfg := KaldiConfig{SampleRate: 16000, Gain: 1, KeepDC: true, PreEmphasis: -1, Magnitude: true}
	v := &VGGish{hop: hop, pad: pad}
	v.bank = newFilterBank(cfg, window, 512, 160, vggishBands(vggishBandCount, 512, 16000, 125, 7500))
	v.bank.then = offsetLog(1, 0, offset)
	v.scratch.New = func() any { return new(scratch) }
	return v, nil
}

// SampleRate implements [FrontEnd].
func (v *VGGish) SampleRate() int { return 16000 }

// Shape implements [FrontEnd].
func (v *VGGish) Shape(n int) Shape {
	s := Shape{Rows: vggishPatch, Cols: vggishBandCount}
	if rows := v.bank.rows(v.padded(n)); rows >= vggishPatch {
		s.Planes = 1 + (rows-vggishPatch)/v.hop
	}
	return s
}

// padded returns to how many samples n are filled up: for YAMNet, to a whole
// number of patches.
func (v *VGGish) padded(n int) int {
	if !v.pad {
		return n
	}
	first, hop := v.bank.length+(vggishPatch-1)*v.bank.hop, v.hop*v.bank.hop
	return first + (max(0, n-first)+hop-1)/hop*hop
}

// Compute implements [FrontEnd].
func (v *VGGish) Compute(dst, x []float32) []float32 {
	shape := v.Shape(len(x))
	dst = grow(dst, shape.Len())
	buf := v.scratch.Get().(*scratch)
	defer v.scratch.Put(buf)
	if n := v.padded(len(x)); n > len(x) {
		buf.samples = grow(buf.samples, n)
		zeroPad(buf.samples, x)
		x = buf.samples
	}
	buf.rows = v.bank.Compute(buf.rows, x)
	patch := shape.Rows * shape.Cols
	for i := range shape.Planes {
		copy(dst[i*patch:][:patch], buf.rows[i*v.hop*shape.Cols:])
	}
	return dst
}
