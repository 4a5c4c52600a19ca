package audio

import (
	"errors"
	"fmt"
	"io"

	"github.com/soundspace/soundspace/audio/internal/flac"
)

// flacDecoder makes frames of integers blocks of floats.
type flacDecoder struct {
	dec   *flac.Decoder
	info  Info
	scale float32
	frame [][]int64
	at    int // in frame, of the next sample to be given
}

func newFLAC(r io.Reader) (formatDecoder, error) {
	dec, err := flac.NewDecoder(r)
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return nil, flacError(err)
	}
	info := Info{
		Format:     "FLAC",
		Codec:      "flac",
		SampleRate: dec.SampleRate,
		Channels:   dec.Channels,
		BitDepth:   dec.BitDepth,
		Frames:     dec.Frames,
		Decoder:    "go",
	}
	if info.Frames == 0 {
		info.Frames = -1
	}
	d := &flacDecoder{dec: dec, info: info, scale: 1 / float32(int64(1)<<(dec.BitDepth-1))}
	d.frame = make([][]int64, dec.Channels)
	return d, nil
}

// flacError makes err one of this package.
func flacError(err error) error {
	switch {
	case err == io.EOF:
		return err
	case errors.Is(err, flac.ErrInvalid):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return fmt.Errorf("FLAC: %w", err)
}

func (d *flacDecoder) Info() Info      { return d.info }
func (d *flacDecoder) SampleRate() int { return d.info.SampleRate }
func (d *flacDecoder) Channels() int   { return d.info.Channels }

func (d *flacDecoder) Read(dst [][]float32) (int, error) {
	if d.at == len(d.frame[0]) {
		frame, err := d.dec.Next()
		if err != nil {
			return 0, flacError(err)
		}
		d.frame, d.at = frame, 0
	}
	n := min(len(dst[0]), len(d.frame[0])-d.at)
	for c, x := range dst {
		for i, v := range d.frame[c][d.at : d.at+n] {
			x[i] = float32(v) * d.scale
		}
	}
	d.at += n
	return n, nil
}
