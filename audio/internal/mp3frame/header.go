// Package mp3frame cuts an MPEG audio stream into its frames and reads what
// stands before the coded sound: frame headers, Layer III side information,
// the VBR tags of Xing, LAME and VBRI, and the tags that players write around
// and between streams. It decodes no sound.
//
// Sources: ISO/IEC 11172-3 (MPEG-1) and 13818-3 (MPEG-2, "LSF"); the MPEG-2.5
// extension of Fraunhofer IIS; LAME's and Fraunhofer's notes on their tags.
package mp3frame

import (
	"encoding/binary"
	"fmt"
)

// Header is the 32-bit word at the head of every frame:
//
//	AAAAAAAA AAABBCCD EEEEFFGH IIJJKLMM
//
//	A sync, all ones      E bitrate index       I channel mode
//	B version             F sample-rate index   J mode extension
//	C layer               G padding             K copyright, L original
//	D 0: a CRC follows    H private             M emphasis
type Header uint32

// HeaderBytes is the size of a Header.
const HeaderBytes = 4

// Versions, layers and modes as they are coded.
const (
	MPEG25 = 0
	MPEG2  = 2
	MPEG1  = 3

	LayerIII = 1
	LayerII  = 2
	LayerI   = 3

	JointStereo = 1
	Mono        = 3
)

// ParseHeader reads the header at the start of b, which must hold
// HeaderBytes; it need not be valid.
func ParseHeader(b []byte) Header { return Header(binary.BigEndian.Uint32(b)) }

// Put writes h to the start of b.
func (h Header) Put(b []byte) { binary.BigEndian.PutUint32(b, uint32(h)) }

// Valid reports whether h has the sync word and no reserved value. A free
// format header is valid.
func (h Header) Valid() bool {
	return h>>21 == 0x7FF && h.Version() != 1 && h.Layer() != 0 && h.bitrateIndex() != 15 && h.RateIndex() != 3
}

func (h Header) Version() int      { return int(h>>19) & 3 }
func (h Header) Layer() int        { return int(h>>17) & 3 }
func (h Header) Protected() bool   { return h>>16&1 == 0 }
func (h Header) bitrateIndex() int { return int(h>>12) & 15 }
func (h Header) RateIndex() int    { return int(h>>10) & 3 }
func (h Header) padding() int      { return int(h>>9) & 1 }
func (h Header) Mode() int         { return int(h>>6) & 3 }

// MidSide reports whether the frame's two channels are coded as sum and
// difference.
func (h Header) MidSide() bool { return h.Mode() == JointStereo && h>>5&1 == 1 }

// Intensity reports whether the upper bands of the frame may be coded as one
// channel and directions.
func (h Header) Intensity() bool { return h.Mode() == JointStereo && h>>4&1 == 1 }

// FreeFormat reports whether the header leaves the frame's length open.
func (h Header) FreeFormat() bool { return h.bitrateIndex() == 0 }

// LSF reports whether the frame is of one of the low sampling frequencies of
// MPEG-2 and 2.5, whose Layer III frames have one granule, not two.
func (h Header) LSF() bool { return h.Version() != MPEG1 }

// Channels is 1 or 2.
func (h Header) Channels() int {
	if h.Mode() == Mono {
		return 1
	}
	return 2
}

// SampleRate is in Hz.
func (h Header) SampleRate() int {
	rate := [...]int{44100, 48000, 32000}[h.RateIndex()]
	switch h.Version() {
	case MPEG2:
		return rate / 2
	case MPEG25:
		return rate / 4
	}
	return rate
}

// bitrates in kb/s, by LSF, layer code and index.
var bitrates = [2][4][15]int{
	{
		LayerI:   {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
		LayerII:  {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
		LayerIII: {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	},
	{
		LayerI:   {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
		LayerII:  {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		LayerIII: {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	},
}

// Bitrate is in bit/s, 0 for free format.
func (h Header) Bitrate() int {
	lsf := 0
	if h.LSF() {
		lsf = 1
	}
	return 1000 * bitrates[lsf][h.Layer()][h.bitrateIndex()]
}

// Samples is the number of samples per channel in the frame.
func (h Header) Samples() int {
	switch {
	case h.Layer() == LayerI:
		return 384
	case h.Layer() == LayerIII && h.LSF():
		return 576
	}
	return 1152
}

// Size is the length of the whole frame in bytes, header included, 0 for free
// format: the frame's samples at its bitrate, cut to whole slots (4 bytes in
// Layer I, 1 in the others), plus one slot where the header has padding.
func (h Header) Size() int {
	if h.FreeFormat() {
		return 0
	}
	if h.Layer() == LayerI {
		return 4 * (12*h.Bitrate()/h.SampleRate() + h.padding())
	}
	return h.Samples()/8*h.Bitrate()/h.SampleRate() + h.padding()
}

// SameStream reports whether two frames may follow one another in a stream:
// version, layer, sample rate and number of channels are equal.
func (h Header) SameStream(g Header) bool {
	const mask = 0xFFFE0C00
	return h&mask == g&mask && (h.Mode() == Mono) == (g.Mode() == Mono)
}

// String names the kind of stream of a valid header: "MPEG-2.5 Layer III,
// 8000 Hz, mono".
func (h Header) String() string {
	version := [...]string{MPEG25: "MPEG-2.5", MPEG2: "MPEG-2", MPEG1: "MPEG-1"}[h.Version()]
	layer := [...]string{LayerIII: "III", LayerII: "II", LayerI: "I"}[h.Layer()]
	channels := "stereo"
	if h.Channels() == 1 {
		channels = "mono"
	}
	return fmt.Sprintf("%s Layer %s, %d Hz, %s", version, layer, h.SampleRate(), channels)
}
