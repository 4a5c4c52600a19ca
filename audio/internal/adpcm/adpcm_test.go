package adpcm

import (
	"math/rand/v2"
	"testing"
)

// That the samples are ffmpeg's is tested in package audio, with whole files.

func TestFrames(t *testing.T) {
	for _, test := range []struct {
		d             Decoder
		bytes, frames int
	}{
		{IMA{1}, 3, 0}, {IMA{1}, 4, 1}, {IMA{1}, 7, 1}, {IMA{1}, 8, 9}, {IMA{1}, 256, 505},
		{IMA{2}, 7, 0}, {IMA{2}, 8, 1}, {IMA{2}, 15, 1}, {IMA{2}, 16, 9}, {IMA{2}, 512, 505},
		{IMA{6}, 23, 0}, {IMA{6}, 24, 1}, {IMA{6}, 48, 9},
		{MS{1, nil}, 6, 0}, {MS{1, nil}, 7, 2}, {MS{1, nil}, 8, 4}, {MS{1, nil}, 256, 500},
		{MS{2, nil}, 13, 0}, {MS{2, nil}, 14, 2}, {MS{2, nil}, 15, 3}, {MS{2, nil}, 512, 500},
	} {
		if got := test.d.Frames(test.bytes); got != test.frames {
			t.Errorf("%T%+v: %d bytes are %d frames, want %d", test.d, test.d, test.bytes, got, test.frames)
		}
	}
}

// Whatever the bytes, decoding gives samples in [-1, 1) or an error, and leaves
// what is past the frames of the block alone.
func TestAnyBlock(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	wild := make([][2]int32, 256)
	for i := range wild {
		wild[i] = [2]int32{int32(int16(random.Uint32())), int32(int16(random.Uint32()))}
	}
	for _, d := range []Decoder{IMA{1}, IMA{2}, IMA{5}, MS{1, nil}, MS{2, nil}, MS{2, wild}} {
		decoded := 0
		for range 2000 {
			block := make([]byte, random.IntN(200))
			for i := range block {
				block[i] = byte(random.Uint32())
				if i < 24 && random.IntN(2) == 0 {
					block[i] %= 7
				}
			}
			frames := d.Frames(len(block))
			dst := make([][]float32, 5)
			for c := range dst {
				dst[c] = make([]float32, frames+1)
				dst[c][frames] = 17
			}
			if frames == 0 || d.Decode(dst, block) != nil {
				continue
			}
			decoded++
			for _, x := range dst {
				for _, v := range x[:frames] {
					if v < -1 || v >= 1 {
						t.Fatalf("%T: sample %v", d, v)
					}
				}
				if x[frames] != 17 {
					t.Fatalf("%T: something is written past the block", d)
				}
			}
		}
		if decoded == 0 {
			t.Errorf("%T: no block could be decoded", d)
		}
	}
}

func TestErrors(t *testing.T) {
	dst := [][]float32{make([]float32, 100)}
	if err := (IMA{1}).Decode(dst, []byte{0, 0, 89, 0}); err == nil {
		t.Error("IMA step index 89")
	}
	if err := (MS{1, nil}).Decode(dst, []byte{7, 0, 0, 0, 0, 0, 0}); err == nil {
		t.Error("MS predictor 7")
	}
}
