package audio

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"

	goaudio "github.com/go-audio/audio"
	"github.com/go-audio/wav"
)

// WriteWAV writes a clip as WAV with 16 or 24 bits per sample to w, which must
// be empty. Samples are rounded to the nearest number that can be written;
// those outside [-1, 1) are clipped, NaN is written as 0. There is no dither: a
// clip read from WAV of no more bits is written as it was.
//
// The error says so if the clip has channels of unequal length, none, or more
// than 65535, if bitDepth is another, or if the file would come to 4 GiB.
func WriteWAV(w io.WriteSeeker, c *Clip, bitDepth int) error {
	if err := checkWAV(c, bitDepth); err != nil {
		return err
	}
	channels, frames := c.Channels(), c.Frames()
	// The encoder makes a buffer for a minute at the rate it is created with;
	// it is told the true one before it writes anything.
	e := wav.NewEncoder(w, 1, bitDepth, channels, 1)
	e.SampleRate = c.SampleRate

	block := &goaudio.IntBuffer{Format: &goaudio.Format{NumChannels: channels, SampleRate: c.SampleRate}, SourceBitDepth: bitDepth}
	data := make([]int, channels*max(min(frames, blockFrames/channels), 1))
	for start := 0; ; {
		n := min(len(data)/channels, frames-start)
		for i, x := range c.Samples {
			quantize(data[i:], x[start:start+n], channels, bitDepth)
		}
		block.Data = data[:n*channels]
		if err := e.Write(block); err != nil {
			return fmt.Errorf("audio: writing WAV: %w", err)
		}
		if start += n; start == frames {
			break
		}
	}
	if frames*channels*bitDepth/8%2 == 1 { // the encoder forgets the padding
		n, err := w.Write([]byte{0})
		e.WrittenBytes += n
		if err != nil {
			return fmt.Errorf("audio: writing WAV: %w", err)
		}
	}
	if err := e.Close(); err != nil {
		return fmt.Errorf("audio: writing WAV: %w", err)
	}
	return nil
}

func checkWAV(c *Clip, bitDepth int) error {
	switch {
	case bitDepth != 16 && bitDepth != 24:
		return fmt.Errorf("audio: writing WAV: bit depth %d, only 16 and 24 are possible", bitDepth)
	case c.Channels() == 0 || c.Channels()*bitDepth/8 > math.MaxUint16:
		return fmt.Errorf("audio: writing WAV: %d channels of %d bits, a frame must have 1 to 65535 bytes", c.Channels(), bitDepth)
	case c.SampleRate <= 0 || c.SampleRate > math.MaxInt32:
		return fmt.Errorf("audio: writing WAV: sample rate %d, must be 1 to 2147483647", c.SampleRate)
	}
	for _, x := range c.Samples {
		if len(x) != c.Frames() {
			return errors.New("audio: writing WAV: channels of unequal length")
		}
	}
	const header = 44
	if int64(c.Frames())*int64(c.Channels()*bitDepth/8) > math.MaxUint32-header {
		return fmt.Errorf("audio: writing WAV: %d frames of %d channels at %d bits are more than 4 GiB", c.Frames(), c.Channels(), bitDepth)
	}
	return nil
}

// quantize sets dst[0], dst[stride] … to x in integers of so many bits.
func quantize(dst []int, x []float32, stride, bits int) {
	limit := float64(int(1) << (bits - 1))
	for i, v := range x {
		q := 0
		if f := math.Round(float64(v) * limit); f == f {
			q = int(min(max(f, -limit), limit-1))
		}
		dst[i*stride] = q
	}
}

// WriteWAVFile writes a clip to a file as WriteWAV does. It writes beside the
// file and renames what it has written, so that path has either its old contents
// or all of the new.
func WriteWAVFile(path string, c *Clip, bitDepth int) (err error) {
	aside := fmt.Sprintf("%s.%08x.tmp", path, rand.Uint32())
	f, err := os.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(aside)
		}
	}()
	if err := WriteWAV(f, c, bitDepth); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(aside, path)
}
