package flac

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"
)

// decode decodes a whole stream.
func decode(r io.Reader) (d *Decoder, samples [][]int64, err error) {
	if d, err = NewDecoder(r); err != nil {
		return nil, nil, err
	}
	samples = make([][]int64, d.Channels)
	for {
		block, err := d.Next()
		if err == io.EOF {
			return d, samples, nil
		}
		if err != nil {
			return d, samples, err
		}
		for c, x := range block {
			samples[c] = append(samples[c], x...)
		}
	}
}

// sum is the MD5 sum that the header of a stream has of its samples.
func sum(samples [][]int64, bits int) (s [md5.Size]byte) {
	h := md5.New()
	width := (bits + 7) / 8
	for i := range samples[0] {
		for _, x := range samples {
			for b := range width {
				h.Write([]byte{byte(x[i] >> (8 * b))})
			}
		}
	}
	h.Sum(s[:0])
	return s
}

func files(t testing.TB) []string {
	t.Helper()
	here, _ := filepath.Glob("../../testdata/formats/*.flac")
	there, _ := filepath.Glob("../../../testdata/*.flac")
	if len(here) == 0 {
		t.Fatal("no files")
	}
	return append(here, there...)
}

// The samples are those whose MD5 sum the encoder has put into the header.
func TestMD5(t *testing.T) {
	for _, path := range files(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data))} {
			d, samples, err := decode(r)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			want := [md5.Size]byte(data[26:42])
			if want != [md5.Size]byte{} && sum(samples, d.BitDepth) != want {
				t.Errorf("%s: the samples have another MD5 sum", path)
			}
			if d.Frames > 0 && int64(len(samples[0])) != d.Frames {
				t.Errorf("%s: %d samples, want %d", path, len(samples[0]), d.Frames)
			}
		}
	}
}

// encodeOdd encodes noise with all kinds of subframes, in blocks of all sizes.
func encodeOdd(t testing.TB, channels frame.Channels, bits uint8, rate uint32, fixed bool) ([]byte, [][]int64) {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(channels), uint64(bits)))
	info := &meta.StreamInfo{BlockSizeMin: 16, BlockSizeMax: 8192, SampleRate: rate, NChannels: uint8(channels.Count()), BitsPerSample: bits}
	var out bytes.Buffer
	e, err := flac.NewEncoder(&out, info)
	if err != nil {
		t.Fatal(err)
	}
	want := make([][]int64, channels.Count())
	done := 0
	for i, size := range []int{16, 192, 4096, 17, 256, 576, 4608, 1000, 255, 257} {
		if fixed {
			size = 1024
		}
		f := &frame.Frame{Header: frame.Header{
			HasFixedBlockSize: fixed, BlockSize: uint16(size), SampleRate: rate, Channels: channels, BitsPerSample: bits, Num: uint64(done),
		}}
		if fixed {
			f.Num = uint64(i)
		}
		for c := range channels.Count() {
			x := make([]int32, size)
			level := int32(random.IntN(1 << (bits - 1)))
			for j := range x {
				switch i % 4 {
				case 0:
					x[j] = int32(random.IntN(1<<bits)) - 1<<(bits-1)
				case 1:
					x[j] = level
				case 2:
					x[j] = (level + int32(j%50) + int32(random.IntN(3))) % (1 << (bits - 1))
				case 3:
					x[j] = int32(random.IntN(1<<(bits-3))) << 2
				}
				want[c] = append(want[c], int64(x[j]))
			}
			sub := &frame.Subframe{SubHeader: frame.SubHeader{Pred: frame.PredVerbatim}, Samples: x, NSamples: size}
			switch i % 4 {
			case 1:
				sub.Pred = frame.PredConstant
			case 2:
				sub.Pred = frame.PredFixed
				sub.Order = 1 + c%4
				sub.RiceSubframe = &frame.RiceSubframe{PartOrder: 0, Partitions: []frame.RicePartition{{Param: 3}}}
			}
			f.Subframes = append(f.Subframes, sub)
		}
		if channels >= frame.ChannelsLeftSide && i%4 != 3 {
			f.Channels = frame.ChannelsLR
		}
		if err := e.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
		done += size
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), want
}

// Streams by an encoder that varies its blocks.
func TestOddStreams(t *testing.T) {
	for _, channels := range []frame.Channels{frame.ChannelsMono, frame.ChannelsLR, frame.ChannelsLRCLfeLsRsSlSr, frame.ChannelsLeftSide, frame.ChannelsSideRight, frame.ChannelsMidSide} {
		for _, bits := range []uint8{8, 12, 16, 20, 24} {
			for _, rate := range []uint32{8000, 11025, 37000, 44100, 96000, 192000, 352800, 655350} {
				for _, fixed := range []bool{false, true} {
					data, want := encodeOdd(t, channels, bits, rate, fixed)
					d, got, err := decode(bytes.NewReader(data))
					name := fmt.Sprintf("channels %d, %d bits, %d Hz, fixed %t", channels, bits, rate, fixed)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if d.SampleRate != int(rate) || d.BitDepth != int(bits) {
						t.Fatalf("%s: %d Hz, %d bits", name, d.SampleRate, d.BitDepth)
					}
					for c := range want {
						for i, w := range want[c] {
							if got[c][i] != w {
								t.Fatalf("%s: channel %d, sample %d: got %d, want %d", name, c, i, got[c][i], w)
							}
						}
					}
				}
			}
		}
	}
}

// reseal sets the checksums of the only frame of a stream, which begins at start.
func reseal(data []byte, start, headerSize int) {
	f := data[start:]
	f[headerSize-1] = crc8(f[:headerSize-1])
	var b bitReader
	copy(b.buf[:], f)
	b.sumCRC(len(f) - 2)
	f[len(f)-2], f[len(f)-1] = byte(b.crc>>8), byte(b.crc)
}

// oneFrame is a stream of one frame of two constant samples of 16 bits, with
// these codes for rate and size, and the frame's beginning.
func oneFrame(rate, rateCode, depthCode int, rest ...byte) (data []byte, start int) {
	data = append([]byte("fLaC\x80\x00\x00\x22\x00\x10\x00\x10\x00\x00\x00\x00\x00\x00"),
		byte(rate>>12), byte(rate>>4), byte(rate<<4), 15<<4, 0, 0, 0, 0)
	data = append(data, make([]byte, 16)...)
	start = len(data)
	data = append(data, 0xFF, 0xF8, 6<<4|byte(rateCode), byte(depthCode)<<1, 0, 15)
	data = append(data, rest...)
	data = append(data, 0)
	header := len(data) - start
	data = append(data, 0, 0x12, 0x34, 0, 0)
	reseal(data, start, header)
	return data, start
}

// Frames may leave rate and sample size to the header of the stream; where they
// do not, they must agree with it.
func TestFrameCodes(t *testing.T) {
	for _, test := range []struct {
		rate, rateCode, depthCode int
		rest                      []byte
		ok                        bool
	}{
		{44100, 0, 0, nil, true},
		{44100, 9, 4, nil, true},
		{24000, 7, 4, nil, true},
		{44100, 7, 4, nil, false},
		{44100, 9, 6, nil, false},
		{44100, 9, 3, nil, false},
		{44100, 15, 4, nil, false},
		{37000, 12, 4, []byte{37}, true},
		{12345, 13, 4, []byte{12345 >> 8, 12345 & 255}, true},
		{123450, 14, 4, []byte{12345 >> 8, 12345 & 255}, true},
		{123451, 14, 4, []byte{12345 >> 8, 12345 & 255}, false},
	} {
		data, _ := oneFrame(test.rate, test.rateCode, test.depthCode, test.rest...)
		_, samples, err := decode(bytes.NewReader(data))
		if (err == nil) != test.ok {
			t.Errorf("%+v: %v", test, err)
		}
		if test.ok && (len(samples[0]) != 16 || samples[0][15] != 0x1234) {
			t.Errorf("%+v: samples %v", test, samples)
		}
	}
}

func TestEnds(t *testing.T) {
	unknown, start := oneFrame(44100, 9, 4)
	known := bytes.Clone(unknown)
	known[25] = 16
	tooFew := bytes.Clone(unknown)
	tooFew[25] = 17
	tooMany := bytes.Clone(unknown)
	tooMany[25] = 15
	for _, test := range []struct {
		name string
		data []byte
		err  error
	}{
		{"known length", known, nil},
		{"known length, garbage after it", append(bytes.Clone(known), "garbage"...), nil},
		{"unknown length", unknown, nil},
		{"unknown length, ID3v1 tag", append(bytes.Clone(unknown), "TAGtitle"...), nil},
		{"unknown length, APE tag", append(bytes.Clone(unknown), "APETAGEX"...), nil},
		{"unknown length, garbage", append(bytes.Clone(unknown), "garbage"...), ErrInvalid},
		{"unknown length, one byte of garbage", append(bytes.Clone(unknown), 0), io.ErrUnexpectedEOF},
		{"too few", tooFew, io.ErrUnexpectedEOF},
		{"too many", tooMany, ErrInvalid},
		{"no sound", unknown[:start], nil},
		{"metadata cut", unknown[:start-1], io.ErrUnexpectedEOF},
		{"frame cut", unknown[:len(unknown)-1], io.ErrUnexpectedEOF},
		{"frame header cut", unknown[:start+2], io.ErrUnexpectedEOF},
		{"wrong marker", append([]byte("fLaX"), unknown[4:]...), ErrInvalid},
		{"wrong first block", append([]byte("fLaC\x81"), unknown[5:]...), ErrInvalid},
		{"nothing", nil, io.ErrUnexpectedEOF},
	} {
		if _, _, err := decode(bytes.NewReader(test.data)); !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.err)
		}
	}
	// Every flipped bit of the frame is noticed.
	for i := 8 * start; i < 8*len(known); i++ {
		bad := bytes.Clone(known)
		bad[i/8] ^= 1 << (i % 8)
		if _, samples, err := decode(bytes.NewReader(bad)); err == nil || samples != nil && len(samples[0]) > 0 {
			t.Errorf("bit %d flipped: %v", i-8*start, err)
		}
	}
}

// FuzzFrames leaves checksums aside, so that fuzzing gets past them.
func FuzzFrames(f *testing.F) {
	for _, path := range files(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 6000)])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := NewDecoder(bytes.NewReader(data))
		if err != nil {
			return
		}
		d.ignoreCRC = true
		for range 100 {
			if _, err := d.Next(); err != nil {
				return
			}
		}
	})
}

// BenchmarkDecode compares with mewkiz/flac. MB/s are those of 16-bit samples.
func BenchmarkDecode(b *testing.B) {
	data, err := os.ReadFile("../../../testdata/choir.flac")
	if err != nil {
		b.Skip(err)
	}
	d, samples, err := decode(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	size := int64(2 * d.Channels * len(samples[0]))
	b.Run("own", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			d, err := NewDecoder(bytes.NewReader(data))
			for err == nil {
				_, err = d.Next()
			}
			if err != io.EOF {
				b.Fatal(err)
			}
		}
	})
	b.Run("mewkiz", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			s, err := flac.New(bytes.NewReader(data))
			for err == nil {
				_, err = s.ParseNext()
			}
			if err != io.EOF {
				b.Fatal(err)
			}
		}
	})
}
