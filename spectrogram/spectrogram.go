package spectrogram

import (
	"slices"

	"github.com/soundspace/soundspace/stft"
)

// Unit says what the values of a [Spectrogram] mean.
type Unit uint8

// Units of spectrogram values. For a mel bank, power is the weighted sum of
// |X|² over bins and magnitude that of |X|.
const (
	Magnitude Unit = iota // |X|, in the scaling of the STFT
	Power                 // |X|²
	Decibel               // 10·log10(power/reference)
	Ln                    // natural logarithm of power
	Log10                 // decimal logarithm of power
	Log1p                 // ln(1+power)
)

// String returns "magnitude", "power", "decibel", "ln", "log10" or "log1p".
func (u Unit) String() string {
	return unitText(u, [...]string{"magnitude", "power", "decibel", "ln", "log10", "log1p"})
}

// Label returns what to write beside a scale of such values: "dB", "ln power" …
func (u Unit) Label() string {
	return unitText(u, [...]string{"magnitude", "power", "dB", "ln power", "log10 power", "ln(1 + power)"})
}

func unitText(u Unit, texts [6]string) string {
	if int(u) < len(texts) {
		return texts[u]
	}
	return "unknown unit"
}

// Layout is everything that is needed to read, draw or export the values of a
// spectrogram: it is the part of a [Spectrogram] that is known before the
// first frame is. What it points to is shared between copies and must not be
// changed.
type Layout struct {
	// SampleRate is that of the samples, in Hz.
	SampleRate int
	// HopSamples is the distance between frames, in samples.
	HopSamples int
	// FirstSample is the sample at the middle of frame 0: 0 when frames are
	// centred, NFFT/2 when they are not, plus the place of the first sample
	// in the recording it was cut from.
	FirstSample int64
	// Bins is the number of values in a frame.
	Bins int
	// Frequencies holds the frequency of each bin in Hz, rising: the centre of
	// an FFT bin, the peak of a mel filter.
	Frequencies []float64
	// Mel is the mel bank behind the bins, with every default filled in; nil for
	// FFT bins, which are evenly spaced in Hz.
	Mel *MelConfig
	// Unit says what the values mean.
	Unit Unit
	// Reference is the power at 0 dB when Unit is Decibel, else 0.
	Reference float64
	// FullScale is the power that a steady sine between -1 and 1 has at its
	// peak, in the scaling of the STFT, when its frequency is that of a bin away
	// from 0 and SampleRate/2. For a mel bank it is what that peak adds to the
	// filter with the largest weight. A sine reads lower in filters of smaller
	// weights, which under NormSlaney are the wide ones at high frequencies, and
	// may read higher by the neighbours of the peak: 1.8 dB with a Hann window.
	FullScale float64
	// STFT is the transform behind the values, with every default filled in.
	STFT stft.Config
}

// Time returns the time of the middle of frame t, in seconds.
func (l *Layout) Time(t int) float64 {
	return (float64(l.FirstSample) + float64(t)*float64(l.HopSamples)) / float64(l.SampleRate)
}

// Spectrogram is a matrix of values for each channel, with its [Layout].
type Spectrogram struct {
	Layout
	// Channels and Frames are the counts of each.
	Channels, Frames int
	// Data is channel-major, then frame-major: channel c, frame t, bin k is
	// Data[(c*Frames+t)*Bins+k].
	Data []float32
}

// Frame returns frame t of channel c: a view, not a copy.
func (s *Spectrogram) Frame(c, t int) []float32 {
	i := (c*s.Frames + t) * s.Bins
	return s.Data[i : i+s.Bins : i+s.Bins]
}

// Channel returns channel c as a spectrogram of its own that shares its Data
// with s.
func (s *Spectrogram) Channel(c int) *Spectrogram {
	n := s.Frames * s.Bins
	return &Spectrogram{Layout: s.Layout, Channels: 1, Frames: s.Frames, Data: s.Data[c*n : (c+1)*n : (c+1)*n]}
}

// Transposed writes the values with bins as rows, as librosa and torchaudio
// order them: channel c, bin k, frame t becomes element (c*Bins+k)*Frames+t.
// They are written to dst if its capacity suffices and to a new slice otherwise;
// the slice is returned. It must not overlap Data.
func (s *Spectrogram) Transposed(dst []float32) []float32 {
	dst = slices.Grow(dst[:0], len(s.Data))[:len(s.Data)]
	for c := range s.Channels {
		out := dst[c*s.Bins*s.Frames:]
		for t := range s.Frames {
			for k, v := range s.Frame(c, t) {
				out[k*s.Frames+t] = v
			}
		}
	}
	return dst
}
