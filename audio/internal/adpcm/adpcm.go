// Package adpcm decodes blocks of the two ADPCM codings found in WAV files,
// four bits a sample, bit for bit as ffmpeg 5.1 does.
//
// Each block stands alone: it begins with the state of every channel's
// predictor.
package adpcm

import (
	"encoding/binary"
	"fmt"
)

// A Decoder turns blocks into 16-bit samples.
type Decoder interface {
	// Frames is how many samples per channel a block of so many bytes holds, 0
	// if not even its header is whole.
	Frames(bytes int) int
	// Decode sets dst[c][:Frames(len(block))] for every channel c, scaled to
	// [-1, 1).
	Decode(dst [][]float32, block []byte) error
}

const scale = 1.0 / 32768

func clamp16(v int32) int32 { return min(max(v, -32768), 32767) }

// IMA decodes IMA (DVI) ADPCM as WAV files of any number of channels hold it.
//
// A block begins with, for each channel, the first sample (16 bits), the step
// index (8) and a byte that is not used. Groups of eight samples (4 bytes, the
// low half of each byte first) follow for each channel in turn.
type IMA struct{ Channels int }

// Frames implements [Decoder].
func (d IMA) Frames(bytes int) int {
	group := 4 * d.Channels
	if bytes < group {
		return 0
	}
	return 1 + (bytes/group-1)*8
}

// imaStep are the step sizes, each about 1.1 times the one before.
var imaStep = [89]int32{
	7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45,
	50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143, 157, 173, 190, 209, 230,
	253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
	1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327,
	3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442,
	11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
	32767,
}

// imaMove is how the step index moves after a sample of each magnitude.
var imaMove = [8]int32{-1, -1, -1, -1, 2, 4, 6, 8}

// Decode implements [Decoder].
func (d IMA) Decode(dst [][]float32, block []byte) error {
	frames := d.Frames(len(block))
	group := 4 * d.Channels
	for c := range d.Channels {
		head := block[4*c:]
		sample := int32(int16(binary.LittleEndian.Uint16(head)))
		index := int32(head[2])
		if index >= int32(len(imaStep)) {
			return fmt.Errorf("IMA ADPCM step index %d, at most %d is possible", index, len(imaStep)-1)
		}
		x := dst[c][:frames]
		x[0] = float32(sample) * scale
		x = x[1:]
		for at := group + 4*c; len(x) >= 8; at, x = at+group, x[8:] {
			bits := binary.LittleEndian.Uint32(block[at:])
			for i := range 8 {
				magnitude := int32(bits & 7)
				diff := (2*magnitude + 1) * imaStep[index] >> 3
				if bits&8 != 0 {
					diff = -diff
				}
				sample = clamp16(sample + diff)
				index = min(max(index+imaMove[magnitude], 0), int32(len(imaStep)-1))
				x[i] = float32(sample) * scale
				bits >>= 4
			}
		}
	}
	return nil
}

// MS decodes Microsoft ADPCM of one or two channels.
//
// A block begins with, one item for all channels before the next item, the
// number of the predictor (8 bits), the step (16), the second sample (16) and
// the first (16). One half byte per sample follows, the high half first,
// channels interleaved.
type MS struct {
	Channels int
	// Coeffs are the predictors; nil means StandardCoeffs.
	Coeffs [][2]int32
}

// StandardCoeffs are the predictors that every file has: what the last sample
// and the one before it count, in units of 1/256.
var StandardCoeffs = [][2]int32{{256, 0}, {512, -256}, {0, 0}, {192, 64}, {240, 0}, {460, -208}, {392, -232}}

// msAdapt is what a step is multiplied with after each code, in units of 1/256.
var msAdapt = [16]int32{230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230}

// Frames implements [Decoder].
func (d MS) Frames(bytes int) int {
	if bytes < 7*d.Channels {
		return 0
	}
	return 2 + (bytes-7*d.Channels)*2/d.Channels
}

// Decode implements [Decoder].
func (d MS) Decode(dst [][]float32, block []byte) error {
	coeffs := d.Coeffs
	if coeffs == nil {
		coeffs = StandardCoeffs
	}
	frames, ch := d.Frames(len(block)), d.Channels
	word := func(item, c int) int32 {
		return int32(int16(binary.LittleEndian.Uint16(block[ch+2*(item*ch+c):])))
	}
	for c := range ch {
		if int(block[c]) >= len(coeffs) {
			return fmt.Errorf("MS ADPCM predictor %d of %d", block[c], len(coeffs))
		}
		coeff := coeffs[block[c]]
		step, last, before := word(0, c), word(1, c), word(2, c)
		x := dst[c][:frames]
		x[0] = float32(before) * scale
		x[1] = float32(last) * scale
		codes := block[7*ch:]
		for i := range x[2:] {
			at := i*ch + c
			code := int32(codes[at/2]>>(4*(1-at&1))) & 15
			signed := code << 28 >> 28
			next := clamp16((last*coeff[0]+before*coeff[1])/256 + signed*step)
			before, last = last, next
			step = min(max(msAdapt[code]*step>>8, 16), maxStep)
			x[i+2] = float32(next) * scale
		}
	}
	return nil
}

// maxStep keeps what damaged blocks lead to within 32 bits.
const maxStep = (1<<31 - 1) / 768
