package ogg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
)

// page makes a page with these lengths of segments, the bytes of which count up
// from first.
func page(flags byte, sequence uint32, first byte, lacing ...byte) []byte {
	p := []byte("OggS\x00" + string(rune(flags)))
	p = binary.LittleEndian.AppendUint64(p, uint64(sequence)*1000)
	p = binary.LittleEndian.AppendUint32(p, 99)
	p = binary.LittleEndian.AppendUint32(p, sequence)
	p = binary.LittleEndian.AppendUint32(p, 0)
	p = append(p, byte(len(lacing)))
	p = append(p, lacing...)
	for _, n := range lacing {
		for range n {
			p = append(p, first)
			first++
		}
	}
	binary.LittleEndian.PutUint32(p[22:], Checksum(p))
	return p
}

// The checksums of files that libogg has written are right.
func TestReaderReadsFiles(t *testing.T) {
	paths, _ := filepath.Glob("../../testdata/formats/*.ogg")
	if len(paths) == 0 {
		t.Fatal("no files")
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var all []byte
		r := NewReader(iotest.OneByteReader(bytes.NewReader(data)))
		for {
			p, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if p.Offset != int64(len(all)) {
				t.Errorf("%s: page at %d, not %d", path, p.Offset, len(all))
			}
			all = append(all, p.Raw...)
		}
		if !bytes.Equal(all, data) {
			t.Errorf("%s: pages of %d bytes, file of %d", path, len(all), len(data))
		}
		checked, err := io.ReadAll(NewChecker(bytes.NewReader(data)))
		if err != nil || !bytes.Equal(checked, data) {
			t.Errorf("%s: the checker passes %d bytes on, of %d, and %v", path, len(checked), len(data), err)
		}
	}
}

func TestReaderFields(t *testing.T) {
	p, err := NewReader(bytes.NewReader(page(1|2|4, 7, 1, 3, 255))).Next()
	if err != nil {
		t.Fatal(err)
	}
	if !p.Continued || !p.First || !p.Last || p.Granule != 7000 || p.Serial != 99 || p.Sequence != 7 || len(p.Lacing) != 2 || len(p.Body) != 258 {
		t.Errorf("%+v", p)
	}
}

func TestDamage(t *testing.T) {
	good := append(page(2, 0, 0, 10), page(4, 1, 0, 20)...)
	first := len(page(2, 0, 0, 10))
	for n := range good {
		r := NewReader(bytes.NewReader(good[:n]))
		_, err := r.Next()
		if err == nil {
			_, err = r.Next()
		}
		switch {
		case n == 0 || n == first:
			if err != io.EOF {
				t.Errorf("%d bytes: %v", n, err)
			}
		case !errors.Is(err, io.ErrUnexpectedEOF):
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := io.ReadAll(NewChecker(bytes.NewReader(good[:n]))); n > 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("checker, %d bytes: %v", n, err)
		}
	}
	for bit := range 8 * first {
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, err := NewReader(bytes.NewReader(bad)).Next(); !errors.Is(err, ErrInvalid) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("bit %d flipped: %v", bit, err)
		}
	}
}

func TestPackets(t *testing.T) {
	for _, test := range []struct {
		name  string
		pages [][]byte
		want  []int // lengths of packets
		err   error
	}{
		{"one each", [][]byte{page(2, 0, 0, 10), page(0, 1, 0, 20)}, []int{10, 20}, nil},
		{"several", [][]byte{page(2, 0, 0, 10, 0, 255, 0, 255, 255, 3)}, []int{10, 0, 255, 513}, nil},
		{"over three pages", [][]byte{page(2, 0, 0, 10, 255), page(1, 1, 0, 255, 255), page(1, 2, 0, 5, 6)}, []int{10, 770, 6}, nil},
		{"two that go on", [][]byte{page(2, 0, 0, 255), page(1, 1, 0, 1, 255), page(1, 2, 0, 2, 255), page(1, 3, 0, 3)}, []int{256, 257, 258}, nil},
		{"ends with a full segment", [][]byte{page(2, 0, 0, 255), page(1, 1, 0, 0, 7)}, []int{255, 7}, nil},
		{"page without segments", [][]byte{page(2, 0, 0, 255), page(0, 1, 0), page(1, 2, 0, 7)}, []int{262}, nil},
		{"beginning missing", [][]byte{page(1, 5, 0, 255, 3, 8), page(0, 6, 0, 9)}, []int{8, 9}, nil},
		{"beginning missing for pages", [][]byte{page(1, 5, 0, 255, 255), page(1, 6, 0, 255), page(1, 7, 0, 3, 8)}, []int{8}, nil},
		{"end missing", [][]byte{page(2, 0, 0, 255), page(0, 1, 0, 9)}, nil, ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := NewReader(bytes.NewReader(bytes.Join(test.pages, nil)))
			var p Packets
			var got []int
			for {
				page, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				packets, err := p.Add(page)
				if err != nil {
					if !errors.Is(err, test.err) {
						t.Error(err)
					}
					return
				}
				for _, packet := range packets {
					got = append(got, len(packet))
				}
				// None of them has been written over by what came after it on the page.
				if test.name == "two that go on" && len(packets) == 1 && packets[0][255] != 0 {
					t.Errorf("a packet has been written over: % x", packets[0][250:])
				}
			}
			if len(got) != len(test.want) || test.err != nil {
				t.Fatalf("got packets of %d bytes, want %d and %v", got, test.want, test.err)
			}
			for i, n := range test.want {
				if got[i] != n {
					t.Errorf("got packets of %d bytes, want %d", got, test.want)
				}
			}
		})
	}
}

func TestPacketWithoutEnd(t *testing.T) {
	var p Packets
	whole := bytes.Repeat([]byte{255}, 255)
	flags := byte(2)
	for range MaxPacket/(255*255) + 2 {
		next, err := NewReader(bytes.NewReader(page(flags, 0, 0, whole...))).Next()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Add(next); err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Error(err)
			}
			return
		}
		flags = 1
	}
	t.Error("a packet may grow without end")
}
