package audio

import (
	"encoding/binary"
	"io"
	"math/bits"

	"github.com/hajimehoshi/go-mp3"
	"github.com/soundspace/soundspace/audio/internal/mp3frame"
)

// mp3Synth turns rebuilt frames into sound, one at a time, with go-mp3.
//
// go-mp3 gives integers of 16 bits, clipped. So as to lose neither peaks above
// full scale, which are common in loud music, nor quiet sound, the global gain
// of all granules is raised or lowered by a power of two, which is divided out
// again. When a frame clips, or all has been quiet for a while, a new decoder
// starts from a few frames back with another power.
type mp3Synth struct {
	decoder *mp3.Decoder // nil where the next frame needs a new one
	input   mp3Input
	frame   [mp3MaxFrame]byte
	bytes   [1152 * 4]byte // the last frame's sound, as go-mp3 gives it
	pcm     [1152][2]int16 // and as numbers
	samples int            // how many samples it has
	scale   int            // they are 2^scale too large
	quiet   int            // how many frames in a row have been quiet
	peak    int            // the peak of those
}

const (
	mp3MaxFrame = 1441 // MPEG-1, 320 kb/s at 32 kHz, with padding

	// Clipping comes between 18 dB above full scale and 48 dB below it.
	mp3MinScale, mp3MaxScale = -3, 8
	mp3Clipped               = 1<<15 - 1
	// After so many frames that peak below 1/8 the scale is raised, so that
	// they would have peaked between 1/4 and 1/2.
	mp3QuietFrames = 128
	mp3QuietPeak   = 1 << 12
	mp3RaisedPeak  = 1 << 14

	// A decoder is in step after two frames: the overlap of the inverse MDCT
	// takes one granule, the filter bank 15 of a granule's 18 samples. One more
	// comes before them for the bits at its end.
	mp3PastFrames = 3
)

// mp3Input hands go-mp3 one frame, and cannot seek.
type mp3Input struct{ rest []byte }

func (in *mp3Input) Read(p []byte) (int, error) {
	if len(in.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}

// decode decodes a frame, given the mp3PastFrames frames before it, as far as
// there are, the oldest first. Where the frame has codes that do not exist, or
// is louder than sound can be, decode silences it and reports false.
func (s *mp3Synth) decode(slot *mp3Slot, past []*mp3Slot) (ok bool) {
	if s.quiet == mp3QuietFrames {
		scale := min(s.scale+bits.Len(uint(mp3RaisedPeak/(s.peak+1)))-1, slot.maxScale())
		for _, p := range past {
			scale = min(scale, p.maxScale())
		}
		if scale > s.scale {
			s.restart(scale, past)
		}
		s.quiet, s.peak = 0, 0
	}
	before := s.scale
	peak, err := s.feed(slot, false)
	for err == nil && peak == mp3Clipped && s.scale > mp3MinScale {
		// What gets louder mostly goes on so, up to about full scale.
		if s.scale > 0 {
			s.restart(max(s.scale-3, 0), past)
		} else {
			s.restart(s.scale-1, past)
		}
		peak, err = s.feed(slot, false)
	}
	if ok = err == nil && peak < mp3Clipped; !ok {
		slot.side = mp3frame.SideInfo{}
		s.restart(before, past)
		peak, _ = s.feed(slot, false)
	}
	if peak < mp3QuietPeak {
		s.quiet, s.peak = s.quiet+1, max(s.peak, peak)
	} else {
		s.quiet, s.peak = 0, 0
	}
	return ok
}

// maxScale is the largest scale that the slot's gains leave room for.
func (slot *mp3Slot) maxScale() int {
	scale := mp3MaxScale
	for _, gr := range slot.side.Granule {
		for _, g := range gr {
			scale = min(scale, (255-g.GlobalGain)/4)
		}
	}
	return scale
}

// restart brings a new decoder with another scale into step.
func (s *mp3Synth) restart(scale int, past []*mp3Slot) {
	s.decoder, s.scale = nil, scale
	for i, slot := range past {
		s.feed(slot, i == 0 && len(past) == mp3PastFrames)
	}
}

// feed decodes one frame, or takes only its main data in, and returns the
// largest magnitude of its samples, mp3Clipped also where the scale is too large
// to try.
func (s *mp3Synth) feed(slot *mp3Slot, silent bool) (peak int, err error) {
	side := slot.side
	if silent {
		side = mp3frame.SideInfo{}
	} else if s.scale > slot.maxScale() {
		return mp3Clipped, nil
	}
	for gr := range side.Granule {
		for ch := range side.Granule[gr] {
			g := &side.Granule[gr][ch]
			g.GlobalGain = max(g.GlobalGain+4*s.scale, 0)
		}
	}
	h := slot.header
	h.Put(s.frame[:])
	n := mp3frame.HeaderBytes
	n += side.Put(s.frame[n:], h)
	n += copy(s.frame[n:], slot.main)
	s.input.rest = s.frame[:n]

	if s.decoder == nil {
		if s.decoder, err = mp3.NewDecoder(&s.input); err != nil {
			s.decoder = nil
			return 0, err
		}
	}
	s.samples = h.Samples()
	pcm := s.bytes[:4*s.samples]
	if _, err := io.ReadFull(s.decoder, pcm); err != nil {
		s.decoder = nil
		return 0, err
	}
	for i := range s.pcm[:s.samples] {
		a := int16(binary.LittleEndian.Uint16(pcm[4*i:]))
		b := int16(binary.LittleEndian.Uint16(pcm[4*i+2:]))
		s.pcm[i] = [2]int16{a, b}
		peak = max(peak, int(a), -int(a), int(b), -int(b))
	}
	return peak, nil
}

// read puts samples from to to of the last frame into dst, from its frame at
// on. go-mp3 multiplies by 32767 and cuts off what is behind the point: the
// middle of what a value can have been is half a step further from zero.
func (s *mp3Synth) read(dst [][]float32, at, from, to int) {
	step := float32(1) / mp3Clipped
	if s.scale >= 0 {
		step /= float32(int(1) << s.scale)
	} else {
		step *= float32(int(1) << -s.scale)
	}
	for c, x := range dst {
		x = x[at : at+to-from]
		for i := range x {
			v := float32(s.pcm[from+i][c])
			switch {
			case v > 0:
				v += 0.5
			case v < 0:
				v -= 0.5
			}
			x[i] = v * step
		}
	}
}
