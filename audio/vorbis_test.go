package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/jfreymuth/oggvorbis"

	"github.com/soundspace/soundspace/audio/internal/ogg"
)

// oggPage is the first and last page of a stream, with one packet.
func oggPage(packet string) string {
	p := []byte("OggS\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + string(rune(len(packet))) + packet)
	fixPage(p)
	return string(p)
}

// fixPage sets the checksum of a page.
func fixPage(page []byte) { binary.LittleEndian.PutUint32(page[22:], ogg.Checksum(page)) }

// splitPages returns copies of the pages of an Ogg stream.
func splitPages(t testing.TB, data []byte) (pages [][]byte) {
	t.Helper()
	r := ogg.NewReader(bytes.NewReader(data))
	for {
		p, err := r.Next()
		if err == io.EOF {
			return pages
		}
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, bytes.Clone(p.Raw))
	}
}

func setGranule(page []byte, v int64) {
	binary.LittleEndian.PutUint64(page[6:], uint64(v))
	fixPage(page)
}

// manyPages is Ogg Vorbis of more than one page of sound.
func manyPages(t testing.TB) (*Clip, [][]byte) {
	t.Helper()
	data, err := os.ReadFile("../testdata/complete.ogg")
	if err != nil {
		t.Skip(err)
	}
	clip, err := Decode(bytes.NewReader(data), Config{})
	if err != nil {
		t.Fatal(err)
	}
	pages := splitPages(t, data)
	if len(pages) < 5 {
		t.Fatalf("%d pages", len(pages))
	}
	return clip, pages
}

// The positions of the pages tell which frames at the beginning and the end are
// not sound.
func TestVorbisGranules(t *testing.T) {
	whole, pages := manyPages(t)
	first, last := pages[2], pages[len(pages)-1]
	granule := func(p []byte) int64 { return int64(binary.LittleEndian.Uint64(p[6:])) }
	g0, g1 := granule(first), granule(last)
	frames := whole.Frames()
	if g1 != int64(frames) {
		t.Fatalf("%d frames, the last page says %d", frames, g1)
	}
	for _, test := range []struct {
		name       string
		shift, end int64 // of all granules; of the last one alone
		from, to   int
	}{
		{"as it is", 0, 0, 0, frames},
		{"frames before 0", -100, 0, 100, frames},
		{"a page before 0", -g0, 0, int(g0), frames},
		{"begins later", 1 << 40, 0, 0, frames},
		{"ends earlier", 0, -50, 0, frames - 50},
		{"ends packets earlier", 0, -400, 0, frames - 400},
		{"begins before 0 and ends earlier", -100, -50, 100, frames - 50},
		{"ends later", 0, 1000, 0, frames},
	} {
		t.Run(test.name, func(t *testing.T) {
			var file []byte
			for i, p := range pages {
				p = bytes.Clone(p)
				if g := granule(p); i >= 2 && g >= 0 {
					g += test.shift
					if i == len(pages)-1 {
						g += test.end
					}
					setGranule(p, g)
				}
				file = append(file, p...)
			}
			clip, err := Decode(bytes.NewReader(file), Config{})
			if err != nil {
				t.Fatal(err)
			}
			to := min(test.to, frames)
			if test.end > 0 {
				// The encoder filled up the last block; how far, only the page told.
				clip = clip.Section(0, min(clip.Frames(), to))
			}
			checkClip(t, clip, whole.Section(test.from, to), 0)
		})
	}
}

func TestVorbisDamage(t *testing.T) {
	whole, pages := manyPages(t)
	second := pages[len(pages)/2]
	cut := func(drop int) []byte {
		var file []byte
		for i, p := range pages {
			if i != drop {
				file = append(file, p...)
			}
		}
		return file
	}
	all := bytes.Join(pages, nil)
	flipped := bytes.Clone(all)
	flipped[bytes.Index(all, second)+40] ^= 1

	for _, test := range []struct {
		name string
		file []byte
		err  error
	}{
		{"page missing", cut(len(pages) / 2), ErrCorrupt},
		{"last page missing", cut(len(pages) - 1), io.ErrUnexpectedEOF},
		{"cut in a page", all[:len(all)-100], io.ErrUnexpectedEOF},
		{"bit flipped", flipped, ErrCorrupt},
		{"garbage after the end", append(bytes.Clone(all), "garbage"...), io.ErrUnexpectedEOF},
		{"longer garbage after the end", append(bytes.Clone(all), bytes.Repeat([]byte("garbage"), 100)...), ErrCorrupt},
	} {
		t.Run(test.name, func(t *testing.T) {
			clip, err := Decode(bytes.NewReader(test.file), Config{})
			if !errors.Is(err, test.err) {
				t.Errorf("got %v, want %v", err, test.err)
			}
			if clip == nil || clip.Frames() < whole.Frames()/4 {
				t.Fatalf("got too little")
			}
			checkClip(t, clip, whole.Section(0, clip.Frames()), 0)
		})
	}
}

// Pages without a packet, and pages of other streams, are no hindrance.
func TestVorbisOddPages(t *testing.T) {
	whole, pages := manyPages(t)
	var file []byte
	for i, p := range pages {
		p = bytes.Clone(p)
		sequence := uint32(i)
		if i > 2 {
			sequence++ // an empty page is put in after the first of sound
		}
		binary.LittleEndian.PutUint32(p[18:], sequence)
		if i == len(pages)-1 {
			p[5] &^= 4 // not the last: another empty one is
		}
		fixPage(p)
		file = append(file, p...)

		if i == 0 {
			file = append(file, oggPage("\x80theora, say")...)
		}
		if i == 2 || i == len(pages)-1 {
			empty := bytes.Clone(p[:27])
			empty[26] = 0
			binary.LittleEndian.PutUint32(empty[18:], sequence+1)
			if i == 2 {
				setGranule(empty, -1)
			} else {
				empty[5] |= 4
				fixPage(empty)
			}
			file = append(file, empty...)
		}
	}
	clip, err := Decode(bytes.NewReader(file), Config{})
	if err != nil {
		t.Fatal(err)
	}
	// The trimming at the end is the empty page's, which comes too late for it.
	checkClip(t, clip.Section(0, whole.Frames()), whole, 0)
}

// A link of another kind, or a broken one, ends the chain with an error.
func TestVorbisChainChanges(t *testing.T) {
	first, err := os.ReadFile(formatFile("vorbis.ogg"))
	if err != nil {
		t.Fatal(err)
	}
	mono, err := os.ReadFile(formatFile("vorbis-mono.ogg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		second []byte
		err    error
	}{
		{"mono", mono, ErrFormat},
		{"Opus", []byte(oggPage("OpusHead")), ErrFormat},
		{"cut in the headers", first[:len(splitPages(t, first)[0])], io.ErrUnexpectedEOF},
	} {
		clip, err := Decode(bytes.NewReader(append(bytes.Clone(first), test.second...)), Config{})
		if !errors.Is(err, test.err) || clip.Frames() != sourceFrames {
			t.Errorf("%s: %d frames, %v", test.name, clip.Frames(), err)
		}
	}
}

// The package that the decoder's authors offer for Ogg gives the same samples,
// which it clips.
func TestVorbisAgreesWithOggvorbis(t *testing.T) {
	for _, path := range []string{formatFile("vorbis.ogg"), formatFile("vorbis-mono.ogg"), "../testdata/complete.ogg", "../testdata/camera-shutter.ogg"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Skip(err)
		}
		clip, err := Decode(bytes.NewReader(data), Config{})
		if err != nil {
			t.Fatal(err)
		}
		want, format, err := oggvorbis.ReadAll(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if clip.SampleRate != format.SampleRate || len(want) != clip.Frames()*clip.Channels() || clip.Channels() != format.Channels {
			t.Fatalf("%s: %d samples, want %d", path, clip.Frames()*clip.Channels(), len(want))
		}
		for i, w := range want {
			if g := min(max(clip.Samples[i%format.Channels][i/format.Channels], -1), 1); g != w {
				t.Fatalf("%s: sample %d is %v, want %v", path, i, g, w)
			}
		}
	}
}
