package vorbis

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio/internal/ogg"
)

// packets returns copies of the first packets of a file with one stream.
func packets(t testing.TB, path string, most int) (all [][]byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := ogg.NewReader(bytes.NewReader(data))
	var joiner ogg.Packets
	for len(all) < most {
		page, err := r.Next()
		if err != nil {
			break
		}
		ended, err := joiner.Add(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ended {
			all = append(all, bytes.Clone(p))
		}
	}
	return all
}

func files(t testing.TB) (paths []string) {
	t.Helper()
	for _, pattern := range []string{"../../testdata/formats/vorbis*.ogg", "../../../testdata/*.ogg"} {
		found, _ := filepath.Glob(pattern)
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		t.Fatal("no files")
	}
	return paths
}

// A setup header that lacks its end, or in which a bit is flipped, is either
// refused or leads to a decoder that does its work without harm.
func TestDamagedSetup(t *testing.T) {
	for _, path := range files(t) {
		p := packets(t, path, 6)
		good, setup := p[0], p[2]
		if _, err := NewDecoder(good, setup); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for n := 0; n < len(setup)-1; n += 1 + n/20 {
			if _, err := NewDecoder(good, setup[:n]); err == nil {
				t.Fatalf("%s: the first %d bytes of %d will do", path, n, len(setup))
			}
		}
		step := 1 + 8*len(setup)/400
		for bit := 0; bit < 8*len(setup); bit += step {
			bad := bytes.Clone(setup)
			bad[bit/8] ^= 1 << (bit % 8)
			tryDecoder(t, good, bad, p[3:])
		}
	}
}

// tryDecoder decodes packets if there is a decoder for these headers.
func tryDecoder(t *testing.T, identification, setup []byte, packets [][]byte) {
	t.Helper()
	defer time.AfterFunc(time.Minute, func() { panic("it takes too long") }).Stop()
	d, err := NewDecoder(identification, setup)
	if err != nil {
		if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrUnsupported) {
			t.Fatalf("an error of neither kind: %v", err)
		}
		return
	}
	for _, p := range packets {
		if !IsAudio(p) {
			continue
		}
		samples, err := d.Decode(p)
		if err != nil {
			return
		}
		if n := len(samples); n%d.Channels != 0 || n > d.blockSize[1]/2*d.Channels {
			t.Fatalf("%d samples of %d channels", n, d.Channels)
		}
	}
}

// Headers that the underlying package would not survive.
func TestHostileSetup(t *testing.T) {
	p := packets(t, "../../testdata/formats/vorbis.ogg", 3)
	identification := p[0]
	const book = uint64(0x564342)
	for _, test := range []struct {
		name string
		bits []uint64 // value, width, value, width …
		err  error
		text string
	}{
		{"no entries", []uint64{0, 8, book, 24, 1, 16, 0, 24}, ErrInvalid, "0 entries"},
		{"no dimensions", []uint64{0, 8, book, 24, 0, 16, 2, 24}, ErrInvalid, "0 dimensions"},
		{"16 million entries", []uint64{0, 8, book, 24, 1, 16, 1<<24 - 1, 24}, ErrUnsupported, "65536 codebook entries"},
		{"one entry", []uint64{0, 8, book, 24, 1, 16, 1, 24, 0, 2, 0, 5}, ErrUnsupported, "1 entries in use"},
		{"no entry in use", []uint64{0, 8, book, 24, 1, 16, 2, 24, 2, 2, 0, 2}, ErrUnsupported, "0 entries in use"},
		{"words missing", []uint64{0, 8, book, 24, 1, 16, 2, 24, 0, 2, 0, 5, 1, 5}, ErrInvalid, "words missing"},
		{"words too many", []uint64{0, 8, book, 24, 1, 16, 3, 24, 0, 2, 0, 5, 0, 5, 0, 5}, ErrInvalid, "more words"},
		{"words too long", []uint64{0, 8, book, 24, 1, 16, 3, 24, 1, 1, 31, 5, 0, 2, 0, 2}, ErrInvalid, "33 bits"},
		{"lookup of type 3", []uint64{0, 8, book, 24, 1, 16, 2, 24, 0, 2, 0, 5, 0, 5, 3, 4}, ErrInvalid, "type 3"},
		{"millions of values", []uint64{0, 8, book, 24, 65535, 16, 256, 24, 1, 1, 7, 5, 256, 9, 1, 4}, ErrUnsupported, "codebook values"},
		{"a root that floating point gets wrong", append(append([]uint64{0, 8, book, 24, 3, 16, 64, 24, 0, 2}, repeat([]uint64{5, 5}, 64)...), 1, 4, 0, 64, 0, 4, 0, 1), ErrUnsupported, "64 entries of 3 dimensions"},
	} {
		t.Run(test.name, func(t *testing.T) {
			setup := append([]byte("\x05vorbis"), pack(append(test.bits, 0, 64))...)
			_, err := NewDecoder(identification, setup)
			if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v, want %v with %q", err, test.err, test.text)
			}
		})
	}
}

func repeat(x []uint64, n int) (all []uint64) {
	for range n {
		all = append(all, x...)
	}
	return all
}

// pack packs values, each followed by its width, lowest bits first.
func pack(fields []uint64) (b []byte) {
	pos := 0
	for ; len(fields) >= 2; fields = fields[2:] {
		for i := range fields[1] {
			if pos%8 == 0 {
				b = append(b, 0)
			}
			b[pos/8] |= byte(fields[0]>>i&1) << (pos % 8)
			pos++
		}
	}
	return b
}

func TestRoot(t *testing.T) {
	for n := 1; n <= 20; n++ {
		for x := 1; x < 5000; x++ {
			r := root(x, n)
			if power(r, n, x) > x || power(r+1, n, x) <= x {
				t.Fatalf("root %d of %d is not %d", n, x, r)
			}
		}
	}
}

func TestIdentification(t *testing.T) {
	p := packets(t, "../../testdata/formats/vorbis.ogg", 3)
	for at, values := range map[int][]byte{
		0: {0}, 1: {'x'}, 7: {1}, 11: {0}, 28: {0x50, 0x78, 0xE8, 0xFF}, 29: {0},
	} {
		for _, v := range values {
			bad := bytes.Clone(p[0])
			bad[at] = v
			if _, err := NewDecoder(bad, p[2]); !errors.Is(err, ErrInvalid) {
				t.Errorf("byte %d is %#x: %v", at, v, err)
			}
		}
	}
	bad := bytes.Clone(p[0])
	copy(bad[12:], "\x00\x00\x00\x00")
	if _, err := NewDecoder(bad, p[2]); !errors.Is(err, ErrInvalid) {
		t.Errorf("sample rate 0: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, path := range files(f) {
		p := packets(f, path, 6)
		f.Add(p[0], p[2], p[3], p[4], p[5])
	}
	f.Fuzz(func(t *testing.T, identification, setup, a, b, c []byte) {
		tryDecoder(t, identification, setup, [][]byte{a, b, c})
	})
}
