package audio

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio/internal/mp3frame"
)

// mp3Loudest is the largest magnitude that is taken for sound.
const mp3Loudest = 8.001

// mp3Damages spoil data from byte at on, and return what comes of it.
var mp3Damages = map[string]func(random *rand.Rand, data []byte, at int) []byte{
	"bit": func(random *rand.Rand, data []byte, at int) []byte {
		data[at] ^= 1 << random.IntN(8)
		return data
	},
	"bytes": func(random *rand.Rand, data []byte, at int) []byte {
		for i := range min(1+random.IntN(40), len(data)-at) {
			data[at+i] = byte(random.Uint32())
		}
		return data
	},
	"zeros": func(random *rand.Rand, data []byte, at int) []byte {
		clear(data[at : at+min(1+random.IntN(2000), len(data)-at)])
		return data
	},
	"deleted": func(random *rand.Rand, data []byte, at int) []byte {
		return slices.Delete(data, at, at+min(1+random.IntN(1000), len(data)-at))
	},
	"inserted": func(random *rand.Rand, data []byte, at int) []byte {
		junk := make([]byte, 1+random.IntN(1000))
		for i := range junk {
			junk[i] = byte(random.Uint32())
		}
		return slices.Insert(data, at, junk...)
	},
}

// TestMP3Damage spoils every file behind its fourth frame, in many ways. The
// sound before the damage must come as from the undamaged file, and nothing
// louder than sound can be after it.
func TestMP3Damage(t *testing.T) {
	files, _ := filepath.Glob("testdata/mp3/*.mp3")
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".mp3")
		data := readMP3File(t, name)
		whole, _, err := decodeMP3(data)
		if err != nil {
			continue
		}
		frames := scanMP3(t, data)
		if len(frames) < 6 {
			continue
		}
		random := rand.New(rand.NewPCG(3, uint64(len(data))))
		for kind, spoil := range mp3Damages {
			for range rounds {
				first := int(frames[4].Offset)
				at := first + random.IntN(len(data)-first)
				spoiled := spoil(random, bytes.Clone(data), at)
				got, _, err := decodeMP3(spoiled)
				if got == nil && errors.Is(err, errNeedsFFmpeg) {
					continue
				}
				intact := 0
				for _, f := range frames {
					if int(f.Offset)+len(f.Data) <= at {
						intact += f.Header.Samples()
					}
				}
				if _, ok := mp3frame.ParseVBRTag(frames[0].Header, frames[0].Data); ok {
					intact -= frames[0].Header.Samples() + 576 + mp3DecoderDelay
				}
				intact = max(0, min(intact, len(whole[0])))
				for c := range whole {
					if len(got) != len(whole) || len(got[c]) < intact || !slices.Equal(got[c][:intact], whole[c][:intact]) {
						t.Fatalf("%s, %s at byte %d: the %d samples before it are not there (error %v)", name, kind, at, intact, err)
					}
					for i, v := range got[c] {
						if !(math.Abs(float64(v)) <= mp3Loudest) {
							t.Fatalf("%s, %s at byte %d: sample %d is %v", name, kind, at, i, v)
						}
					}
				}
			}
		}
	}
}

// scanMP3 returns all frames of data.
func scanMP3(t testing.TB, data []byte) []mp3frame.Frame {
	t.Helper()
	s, err := mp3frame.NewScanner(bufio.NewReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	var frames []mp3frame.Frame
	for {
		f, err := s.Next()
		if err != nil {
			return frames
		}
		f.Data = bytes.Clone(f.Data)
		frames = append(frames, f)
	}
}

// TestMP3DamageTold names kinds of damage that must be told, and what must come
// of the sound: as much as there is of it, with silence where ffmpeg has it, but
// for whole frames that are lost.
func TestMP3DamageTold(t *testing.T) {
	bare := bytes.Repeat(readMP3File(t, "base-bare"), 4)
	crc := readMP3File(t, "mpeg1-48000-stereo-crc-96")
	whole, _, _ := decodeMP3(bare)
	const size, samples = 216, 576
	n := len(bare) / size
	for name, c := range map[string]struct {
		data   []byte
		frames int
	}{
		"a header":          {slices.Concat(bare[:8*size], make([]byte, 4), bare[8*size+4:]), n - 1},
		"a frame and a bit": {slices.Concat(bare[:8*size], bare[9*size+50:]), n - 2},
		"junk":              {slices.Concat(bare[:8*size], []byte("junk"), bare[8*size:]), n},
		"a frame missing":   {slices.Concat(bare[:8*size], bare[9*size:]), n - 1},
		"a long tail":       {slices.Concat(bare, make([]byte, mp3MaxTail+1)), n},
	} {
		got, _, err := decodeMP3(c.data)
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", name, err)
		}
		if len(got[0]) != c.frames*samples {
			t.Errorf("%s: %d samples, want %d frames of %d", name, len(got[0]), c.frames, samples)
		}
		// The end is right again, whatever was lost in the middle.
		tail := 10 * samples
		if snr := snrOf([][]float32{got[0][len(got[0])-tail:]}, [][]float32{whole[0][len(whole[0])-tail:]}); snr < mp3SNR {
			t.Errorf("%s: %.1f dB at the end", name, snr)
		}
	}
	// A check word tells of wrong side information.
	frames := scanMP3(t, crc)
	whole, _, _ = decodeMP3(crc)
	crc[int(frames[3].Offset)+10] ^= 4
	if got, _, err := decodeMP3(crc); !errors.Is(err, ErrCorrupt) || len(got[0]) != len(whole[0]) {
		t.Errorf("check word: error %v", err)
	}
	// Frames missing at the end are missed by the tag.
	tagged := readMP3File(t, "base-tagged")
	if _, _, err := decodeMP3(tagged[:len(tagged)-size]); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a frame missing at the end: error %v", err)
	}
}

func FuzzMP3(f *testing.F) {
	files, _ := filepath.Glob("testdata/mp3/*.mp3")
	for _, path := range files {
		f.Add(readMP3File(f, strings.TrimSuffix(filepath.Base(path), ".mp3")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		looksLikeMP3(data)
		d, err := openMP3(data)
		if err != nil {
			return
		}
		dst := newBlock(d.Channels(), 1000)
		total := 0
		for {
			n, err := d.Read(dst)
			if n < 0 || n > 1000 || (n == 0) == (err == nil) {
				t.Fatalf("Read returns %d, %v", n, err)
			}
			if err != nil {
				break
			}
			total += n
			for _, x := range dst {
				for _, v := range x[:n] {
					if !(math.Abs(float64(v)) <= mp3Loudest) {
						t.Fatalf("a sample of %v", v)
					}
				}
			}
		}
		// The shortest frame, 24 bytes, has 576 samples.
		if total > (len(data)/24+1)*576 {
			t.Fatalf("%d samples from %d bytes", total, len(data))
		}
	})
}
