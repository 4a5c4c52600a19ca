package main

import (
	"fmt"

	"github.com/soundspace/soundspace/spectrogram"
)

// band passes on a range of bins only: those that --fmin and --fmax leave of a
// plain STFT. Picture and matrix both lie behind it, so that they show the
// same.
type band struct {
	sink
	lo, hi, bins int
	bufs         [][]float32 // of each channel: they are added side by side
}

// newBand returns out itself where no bin is left out.
func newBand(out sink, channels, lo, hi, bins int) sink {
	if hi-lo == bins {
		return out
	}
	return &band{sink: out, lo: lo, hi: hi, bins: bins, bufs: make([][]float32, channels)}
}

// bandOf returns the bins whose frequencies lie between --fmin and --fmax, and
// the layout of these alone. A mel bank has those limits built in.
func (o *options) bandOf(l spectrogram.Layout) (lo, hi int, cut spectrogram.Layout, err error) {
	lo, hi = 0, l.Bins
	if o.mel == nil {
		for lo < hi && l.Frequencies[lo] < o.fmin {
			lo++
		}
		for o.fmax > 0 && hi > lo && l.Frequencies[hi-1] > o.fmax {
			hi--
		}
	}
	if lo == hi {
		return 0, 0, l, fmt.Errorf("no frequency of the %d-point FFT lies between --fmin %g and --fmax %g Hz: they are %.4g Hz apart", l.STFT.NFFT, o.fmin, o.fmax, float64(l.SampleRate)/float64(l.STFT.NFFT))
	}
	l.Bins, l.Frequencies = hi-lo, l.Frequencies[lo:hi]
	return lo, hi, l, nil
}

func (b *band) add(channel int, rows []float32) error {
	buf := b.bufs[channel][:0]
	for ; len(rows) > 0; rows = rows[b.bins:] {
		buf = append(buf, rows[b.lo:b.hi]...)
	}
	b.bufs[channel] = buf
	return b.sink.add(channel, buf)
}
