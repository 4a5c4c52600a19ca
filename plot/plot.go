// Package plot draws spectrograms, what helps to choose their settings, and the
// results of training and evaluation.
//
// A [Raster] takes the frames of a spectrogram as they come and keeps only
// what the picture needs, so that hours of sound cost no more memory than a
// minute; [Spectrogram] does the same for one that is already in memory.
// [Spectrum] draws single spectra as curves and [WindowLeakage] compares
// analysis windows. [Heatmap] draws matrices with names at their rows and columns,
// such as confusions and similarities, [LearningCurves] how a run of training went,
// and [BarChart] a value for each of many things. All give a [Figure], which writes
// itself as PNG, SVG or PDF.
//
// # Where a value is drawn
//
// A frame is drawn from half a hop before its middle to half a hop after it, so
// the time axis begins half a hop before the middle of the first frame. A bin is
// drawn from half-way to the bin below to half-way to the bin above: half-way
// in Hz for an FFT, in mel for a mel bank. On this plane of cells
//
//   - a pixel with the centres of several cells takes the largest of their
//     values, so that no click and no partial is lost when a long recording is
//     shrunk;
//   - a pixel without the centre of any cell takes the value of the cell that
//     its own middle lies in, so that cells larger than pixels stay what they
//     are: rectangles, not blurs.
//
// Axes are true: a frequency f of a logarithmic axis from a to b lies
// log(f/a)/log(b/a) of the way up, to within a pixel.
//
// # Colours
//
// Power and magnitude are drawn in decibels below a reference, the largest value
// of the picture or one that makes many pictures comparable ([Config].Ref).
// Values that already are logarithms are drawn as they are. NaN and everything
// below the range take the darkest colour, everything above it the lightest.
// In a PNG the pixels of the spectrogram are exactly the 240 colours of the
// colour bar; the file's other 16 colours are greys.
package plot

import (
	"fmt"
	"math"
)

// Config says how a picture looks. The zero value is a good default.
type Config struct {
	// FreqAxis is how frequencies are spread.
	FreqAxis FreqAxis
	// FMinHz and FMaxHz limit the frequencies that are drawn; 0 for the lowest
	// and the highest there are. Limits outside of what the data holds are moved
	// to its ends.
	FMinHz, FMaxHz float64

	// RangeDB is how many decibels the colours, or the vertical axis of curves,
	// span: 1 … 1000, or 0 for 80. Values that are natural or decimal logarithms
	// get the same range in their unit; ln(1+power) always starts at 0.
	RangeDB float64
	// Ref is the power that gets the lightest colour, and that is 0 dB where
	// decibels are computed here. 0 is the largest value of the picture.
	Ref float64
	// RefName names Ref beside the colour bar, for instance "dBFS". When it is
	// empty the number is given.
	RefName string
	// Colormap is the colours.
	Colormap Colormap

	// Width and Height are the pixels of the whole picture, at most 32768 each
	// and 10^8 together; in SVG and PDF files they are points. A Width of 0 is
	// 1200, a Height of 0 is 600 for one channel and 360 more for each further
	// one. Text grows with the picture. Axes must leave 64×32 pixels for every
	// channel: 220×130 are enough for one.
	Width, Height int
	// Title stands above the picture, line by line. Lines that are too long are
	// cut and end in "…".
	Title string
	// Waveform adds the envelope of the samples above each channel; see
	// [Raster.AddSamples].
	Waveform bool
	// Raw leaves out everything but the spectrogram, which then fills the
	// picture: channels touch, and any size from 1×1 a channel will do.
	Raw bool
}

const (
	maxSide   = 1 << 15
	maxPixels = 100_000_000
)

// resolve fills in the defaults and checks all that depends on nothing else.
func (c Config) resolve(channels int) (Config, error) {
	if c.RangeDB == 0 {
		c.RangeDB = 80
	}
	if !(c.RangeDB >= 1 && c.RangeDB <= 1000) {
		return c, fmt.Errorf("plot: Config.RangeDB is %g; allowed are 1 … 1000, or 0 for 80", c.RangeDB)
	}
	if !(c.Ref >= 0) || math.IsInf(c.Ref, 0) {
		return c, fmt.Errorf("plot: Config.Ref is %g; it must be a positive power, or 0 for the largest value", c.Ref)
	}
	if int(c.Colormap) >= len(colormapNames) {
		return c, fmt.Errorf("plot: unknown Config.Colormap %d; one of magma, viridis, inferno, grey", c.Colormap)
	}
	if c.Width == 0 {
		c.Width = 1200
	}
	if c.Height == 0 {
		c.Height = min(600+360*(channels-1), maxSide, maxPixels/max(c.Width, 1))
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels {
		return c, fmt.Errorf("plot: Config.Width×Height is %d×%d; at most %d each and %d pixels are allowed", c.Width, c.Height, maxSide, maxPixels)
	}
	return c, nil
}
