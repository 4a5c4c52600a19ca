package mp3frame

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Real frames, by lame: what they are is in their names.
func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "mp3", name+".mp3"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		h                    Header
		name                 string
		bitrate, size, count int
	}{
		// Sizes as in the tables of the standards' encoders: 417.96 and 104.49
		// bytes cut, and one more with padding.
		{0xFFFB9064, "MPEG-1 Layer III, 44100 Hz, stereo", 128000, 417, 1152},
		{0xFFFB9264, "MPEG-1 Layer III, 44100 Hz, stereo", 128000, 418, 1152},
		{0xFFFBE4C4, "MPEG-1 Layer III, 48000 Hz, mono", 320000, 960, 1152},
		{0xFFFAE8C4, "MPEG-1 Layer III, 32000 Hz, mono", 320000, 1440, 1152},
		{0xFFF340C4, "MPEG-2 Layer III, 22050 Hz, mono", 32000, 104, 576},
		{0xFFF342C4, "MPEG-2 Layer III, 22050 Hz, mono", 32000, 105, 576},
		{0xFFF3E4C4, "MPEG-2 Layer III, 24000 Hz, mono", 160000, 480, 576},
		{0xFFE348C4, "MPEG-2.5 Layer III, 8000 Hz, mono", 32000, 288, 576},
		{0xFFE344C4, "MPEG-2.5 Layer III, 12000 Hz, mono", 32000, 192, 576},
		{0xFFFD84C0, "MPEG-1 Layer II, 48000 Hz, mono", 128000, 384, 1152},
		{0xFFF58004, "MPEG-2 Layer II, 22050 Hz, stereo", 64000, 417, 1152},
		{0xFFFFC204, "MPEG-1 Layer I, 44100 Hz, stereo", 384000, 420, 384},
		{0xFFFB0064, "MPEG-1 Layer III, 44100 Hz, stereo", 0, 0, 1152},
	} {
		if !c.h.Valid() || c.h.String() != c.name || c.h.Bitrate() != c.bitrate || c.h.Size() != c.size || c.h.Samples() != c.count {
			t.Errorf("%08X: %v, %d bit/s, %d bytes, %d samples", uint32(c.h), c.h, c.h.Bitrate(), c.h.Size(), c.h.Samples())
		}
		var b [HeaderBytes]byte
		if c.h.Put(b[:]); ParseHeader(b[:]) != c.h {
			t.Errorf("%08X is written as % X", uint32(c.h), b)
		}
	}
	for _, h := range []Header{0, 0xFFFFFFFF, 0xFFEB9064, 0xFFF99064, 0xFFFBF064, 0xFFFB9C64, 0x7FFB9064} {
		if h.Valid() {
			t.Errorf("%08X is valid", uint32(h))
		}
	}
}

func TestBits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		src := make([]byte, 60)
		for i := range src {
			src[i] = byte(random.Uint32())
		}
		bit := func(b []byte, i int) byte { return b[i/8] >> (7 - i%8) & 1 }
		var dst []byte
		var want []byte // one bit each
		n := 0
		for range 4 {
			from := random.IntN(200)
			k := random.IntN(8*len(src) - from)
			dst, n = AppendBits(dst, n, src, from, k)
			for i := range k {
				want = append(want, bit(src, from+i))
			}
			ones := random.IntN(70)
			dst, n = AppendOnes(dst, n, ones)
			want = append(want, bytes.Repeat([]byte{1}, ones)...)
		}
		if n != len(want) || len(dst) != (n+7)/8 {
			t.Fatalf("%d bits in %d bytes, want %d", n, len(dst), len(want))
		}
		for i, w := range want {
			if bit(dst, i) != w {
				t.Fatalf("bit %d of %d is not %d", i, n, w)
			}
		}
	}
}

func frames(t *testing.T, data []byte) []Frame {
	t.Helper()
	s, err := NewScanner(bufio.NewReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	var all []Frame
	for {
		f, err := s.Next()
		if err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		f.Data = bytes.Clone(f.Data)
		all = append(all, f)
	}
}

// TestSideInfo writes what was read: but for the private bits, which lame
// leaves zero, it is the same. The main data of each frame must lie within the
// stream, behind that of the one before.
func TestSideInfo(t *testing.T) {
	for _, name := range []string{"mpeg1-44100-joint-128", "mpeg1-48000-stereo-crc-96", "mpeg1-32000-mono-vbr", "mpeg2-22050-mono-32", "mpeg2-22050-joint-160", "mpeg25-12000-mono-32"} {
		begin, end := 0, 0 // of main data, in bits
		for i, f := range frames(t, readFile(t, name)) {
			s, ok := ParseSideInfo(f.Header, f.Data)
			if !ok {
				t.Fatalf("%s: frame %d is not valid", name, i)
			}
			b := make([]byte, f.Header.SideInfoBytes())
			s.Put(b, f.Header)
			if !bytes.Equal(b, f.Data[f.Header.MainDataAt()-len(b):f.Header.MainDataAt()]) {
				t.Fatalf("%s: frame %d is written as % x, it was % x", name, i, b, f.Data[:f.Header.MainDataAt()])
			}
			if f.Header.Protected() && i > 0 && !CRCValid(f.Header, f.Data) {
				t.Errorf("%s: the check word of frame %d is wrong", name, i)
			}
			from := begin - 8*s.MainDataBegin
			if from < end {
				t.Errorf("%s: frame %d begins at bit %d, the one before ends at %d", name, i, from, end)
			}
			begin += 8 * (len(f.Data) - f.Header.MainDataAt())
			if end = from + s.MainDataBits(); end > begin {
				t.Errorf("%s: frame %d ends at bit %d, its bytes at %d", name, i, end, begin)
			}
		}
	}
}

func TestVBRTag(t *testing.T) {
	for name, want := range map[string]VBRTag{
		"base-tagged":           {Frames: 5, Bytes: 1296, Gapless: true, Delay: 576, Padding: 704},
		"mpeg1-44100-joint-128": {Frames: 5, Bytes: 2506, Gapless: true, Delay: 576, Padding: 774},
	} {
		data := readFile(t, name)
		got, ok := ParseVBRTag(ParseHeader(data), data)
		all := frames(t, data)
		if !ok || got.Frames != int64(len(all)-1) || got.Bytes != int64(len(data)) || got != want {
			t.Errorf("%s: %+v", name, got)
		}
		for n := range 200 { // cut anywhere
			ParseVBRTag(ParseHeader(data), data[:n+4])
		}
	}
	data := readFile(t, "base-bare")
	if got, ok := ParseVBRTag(ParseHeader(data), data); ok {
		t.Errorf("no tag, but %+v", got)
	}
	vbri := append(bytes.Clone(data[:36]), "VBRI\x00\x01\x00\x00\x00\x4b\x00\x01\x02\x03\x00\x00\x04\x05"...)
	if got, ok := ParseVBRTag(ParseHeader(vbri), vbri); !ok || got != (VBRTag{Frames: 0x405, Bytes: 0x10203}) {
		t.Errorf("VBRI: %+v", got)
	}
}

func TestTagBytes(t *testing.T) {
	for tag, want := range map[string]int64{
		"ID3\x03\x00\x00\x00\x00\x02\x01rest":     10 + 257,
		"ID3\x04\x00\x10\x00\x00\x00\x05hello3DI": 20 + 5,
		"ID3\x04\x00\x00\x00\x00\x80\x00":         0,
		"ID3 is a tag":                            0,
		"TAG":                                     128,
		"TAG+":                                    227,
		"3DI\x04\x00\x00\x00\x00\x00\x00":         10,
		"APETAGEX\xd0\x07\x00\x00\x30\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\xa0\x00\x00\x00\x00\x00\x00\x00\x00": 32 + 48,
		"APETAGEX\xd0\x07\x00\x00\x30\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00": 32,
		"": 0, "ID3": 0, "\xff\xfb\x90\x64": 0,
	} {
		if got := TagBytes([]byte(tag)); got != want {
			t.Errorf("%q: %d, want %d", tag, got, want)
		}
	}
}

func TestScanner(t *testing.T) {
	const size = 216
	data := readFile(t, "base-bare")
	n := len(data) / size
	id3 := []byte("ID3\x03\x00\x00\x00\x00\x02\x00" + string(make([]byte, 256)))
	for name, c := range map[string]struct {
		data    []byte
		offsets []int64 // of the first frame, and of those behind something
		lost    []int64 // there
	}{
		"plain":       {data, []int64{0}, []int64{0}},
		"junk before": {append([]byte("\xff\xfb\x90\x64, junk"), data...), []int64{10}, []int64{0}},
		"tag before":  {slices.Concat(id3, id3, data), []int64{532}, []int64{0}},
		"tag between": {slices.Concat(data[:2*size], id3, data[2*size:]), []int64{0, 432 + 266}, []int64{0, 0}},
		"junk":        {slices.Concat(data[:3*size], []byte("\xff\xf3"), data[3*size:]), []int64{0, 650}, []int64{0, 2}},
		"tail":        {slices.Concat(data, []byte("\xff\xf3 and more")), []int64{0}, []int64{0}},
	} {
		all := frames(t, c.data)
		var offsets, lost []int64
		next := int64(-1)
		for i, f := range all {
			if f.Offset != next {
				offsets, lost = append(offsets, f.Offset), append(lost, f.Lost)
			} else if f.Lost != 0 || f.Tagged {
				t.Errorf("%s: frame %d: %d lost, tagged %v", name, i, f.Lost, f.Tagged)
			}
			next = f.Offset + size
			if !bytes.Equal(f.Data, data[i*size:(i+1)*size]) {
				t.Errorf("%s: frame %d has other bytes", name, i)
			}
		}
		if len(all) != n || !slices.Equal(offsets, c.offsets) || !slices.Equal(lost, c.lost) {
			t.Errorf("%s: %d frames at %d, behind %d lost", name, len(all), offsets, lost)
		}
	}
	s, err := NewScanner(bufio.NewReader(bytes.NewReader(data[:3*size+100])))
	for i := 0; err == nil; i++ {
		var f Frame
		if f, err = s.Next(); err == nil && (len(f.Data) < size) != (i == 3) {
			t.Errorf("cut short: frame %d has %d bytes", i, len(f.Data))
		}
	}
	if err != io.ErrUnexpectedEOF {
		t.Errorf("cut short: %v", err)
	}
	s, err = NewScanner(bufio.NewReader(bytes.NewReader(slices.Concat(data, readFile(t, "mpeg1-32000-mono-vbr")))))
	for err == nil {
		_, err = s.Next()
	}
	other := (*OtherStreamError)(nil)
	if !errors.As(err, &other) || other.Offset != int64(len(data)) || other.Then.SampleRate() != 32000 {
		t.Errorf("another stream: %v", err)
	}
}

// FuzzScanner: whatever the bytes, frames come one behind the other, are of one
// stream, and have the bytes that stand at their offset.
func FuzzScanner(f *testing.F) {
	for _, name := range []string{"base-tagged", "mpeg1-48000-stereo-crc-96", "layer2", "free-format-mono-100"} {
		f.Add(readFile(f, name))
	}
	f.Add([]byte("ID3\x03\x00\x00\x00\x00\x00\x00APETAGEX TAG LYRICSBEGINLYRICS200"))
	f.Fuzz(func(t *testing.T, data []byte) {
		Find(data, true)
		s, err := NewScanner(bufio.NewReaderSize(bytes.NewReader(data), Window))
		if err != nil {
			return
		}
		first := s.First()
		next := s.Offset()
		for {
			f, err := s.Next()
			if err != nil {
				return
			}
			if f.Offset < next || !f.Header.SameStream(first) || len(f.Data) == 0 || len(f.Data) > f.Header.Size() {
				t.Fatalf("frame %v of %d bytes at %d, expected from %d on", f.Header, len(f.Data), f.Offset, next)
			}
			if !bytes.Equal(f.Data, data[f.Offset:f.Offset+int64(len(f.Data))]) {
				t.Fatalf("frame at %d has other bytes", f.Offset)
			}
			next = f.Offset + int64(len(f.Data))
			ParseVBRTag(f.Header, f.Data)
			if f.Header.Layer() == LayerIII && len(f.Data) >= f.Header.MainDataAt() {
				if side, ok := ParseSideInfo(f.Header, f.Data); ok {
					b := make([]byte, MaxSideInfo)
					again, _ := ParseSideInfo(f.Header&^0x10000|0x10000, append(f.Data[:4:4], b[:side.Put(b, f.Header)]...))
					if again != side {
						t.Fatalf("%+v is read back as %+v", side, again)
					}
				}
			}
		}
	})
}
