package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// riff makes a RIFF form of chunks.
func riff(chunks ...[]byte) []byte { return riffForm("RIFF", binary.LittleEndian, chunks...) }

func riffForm(id string, order binary.AppendByteOrder, chunks ...[]byte) []byte {
	all := bytes.Join(chunks, nil)
	b := order.AppendUint32([]byte(id), uint32(len(all)+4))
	return append(append(b, "WAVE"...), all...)
}

// riffChunk makes a chunk, padded if its contents are odd.
func riffChunk(id string, contents []byte) []byte {
	b := sizedChunk(id, uint32(len(contents)), contents)
	if len(contents)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// sizedChunk makes a chunk that says to have size bytes.
func sizedChunk(id string, size uint32, contents []byte) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte(id), size), contents...)
}

// wavHeader is the contents of an fmt chunk.
type wavHeader struct{ tag, channels, rate, align, bits int64 }

func (h wavHeader) bytes(extra ...byte) []byte {
	var b []byte
	b = binary.LittleEndian.AppendUint16(b, uint16(h.tag))
	b = binary.LittleEndian.AppendUint16(b, uint16(h.channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.rate*h.align))
	b = binary.LittleEndian.AppendUint16(b, uint16(h.align))
	b = binary.LittleEndian.AppendUint16(b, uint16(h.bits))
	if extra != nil {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(extra)))
		b = append(b, extra...)
	}
	return b
}

const (
	msGUID  = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71"
	ambGUID = "\x00\x00\x21\x07\xD3\x11\x86\x44\xC8\xC1\xCA\x00\x00\x00"
)

// extensible is the contents of an fmt chunk of the extensible form.
func extensible(tag, channels, align, bits, valid int, guid string) []byte {
	extra := binary.LittleEndian.AppendUint16(nil, uint16(valid))
	extra = binary.LittleEndian.AppendUint32(extra, 0)
	extra = binary.LittleEndian.AppendUint16(extra, uint16(tag))
	extra = append(extra, guid...)
	return wavHeader{0xFFFE, int64(channels), sourceRate, int64(align), int64(bits)}.bytes(extra...)
}

// sourcePCM is the sound of testdata/formats, bits of each sample at the top of a
// container of width bytes.
func sourcePCM(channels, bits, width int) []byte {
	var b []byte
	for i := range sourceFrames {
		for c := range channels {
			var le [8]byte
			binary.LittleEndian.PutUint64(le[:], uint64(sourceInt(c, i, bits))<<(8*width-bits))
			b = append(b, le[:width]...)
		}
	}
	return b
}

func wavBytes(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(formatFile(name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// chunkContents returns the contents of a chunk of a file.
func chunkContents(t testing.TB, file []byte, id string) []byte {
	t.Helper()
	at := bytes.Index(file, []byte(id))
	if at < 0 {
		t.Fatalf("no %q chunk", id)
	}
	size := int(binary.LittleEndian.Uint32(file[at+4:]))
	return file[at+8 : at+8+size]
}

func TestWAVForms(t *testing.T) {
	fmt16 := riffChunk("fmt ", wavHeader{1, 2, sourceRate, 4, 16}.bytes())
	data := sourcePCM(2, 16, 2)
	list := riffChunk("LIST", []byte("INFOISFT\x04\x00\x00\x00abc\x00"))
	bext := riffChunk("bext", make([]byte, 602))
	junk := riffChunk("JUNK", make([]byte, 28))
	odd := func(pad string) []byte { return sizedChunk("note", 3, []byte("abc"+pad)) }
	ds64 := func(size uint64) []byte {
		b := binary.LittleEndian.AppendUint64(nil, 0)
		b = binary.LittleEndian.AppendUint64(b, size)
		b = binary.LittleEndian.AppendUint64(b, 0)
		return riffChunk("ds64", binary.LittleEndian.AppendUint32(b, 0))
	}
	le := binary.LittleEndian
	s16 := sourceClip(2, 16)

	for _, test := range []struct {
		name  string
		file  []byte
		want  *Clip
		codec string
		bits  int
		// unknown says that the headers do not tell the length.
		unknown bool
	}{
		{"12 bits in 16", riff(riffChunk("fmt ", extensible(1, 2, 4, 16, 12, msGUID)), riffChunk("data", sourcePCM(2, 12, 2))), sourceClip(2, 12), "pcm_s16le", 12, false},
		{"12 bits in 16, not extensible", riff(riffChunk("fmt ", wavHeader{1, 2, sourceRate, 4, 12}.bytes()), riffChunk("data", sourcePCM(2, 12, 2))), sourceClip(2, 12), "pcm_s16le", 12, false},
		{"20 bits in 24", riff(riffChunk("fmt ", extensible(1, 2, 6, 24, 20, msGUID)), riffChunk("data", sourcePCM(2, 20, 3))), sourceClip(2, 20), "pcm_s24le", 20, false},
		{"24 bits in 32", riff(riffChunk("fmt ", extensible(1, 2, 8, 32, 24, msGUID)), riffChunk("data", sourcePCM(2, 24, 4))), sourceClip(2, 24), "pcm_s32le", 24, false},
		{"24 bits in 32, not extensible", riff(riffChunk("fmt ", wavHeader{1, 2, sourceRate, 8, 24}.bytes()), riffChunk("data", sourcePCM(2, 24, 4))), sourceClip(2, 24), "pcm_s32le", 24, false},
		{"ambisonic", riff(riffChunk("fmt ", extensible(1, 4, 8, 16, 16, ambGUID)), riffChunk("data", sourcePCM(4, 16, 2))), sourceClip(4, 16), "pcm_s16le", 16, false},
		{"extensible A-law", riff(riffChunk("fmt ", extensible(6, 2, 2, 8, 8, msGUID)), riffChunk("data", chunkContents(t, wavBytes(t, "alaw.wav"), "data"))), asReference("alaw.s16", 2)(t), "pcm_alaw", 8, false},
		{"extensible µ-law", riff(riffChunk("fmt ", extensible(7, 2, 2, 8, 8, msGUID)), riffChunk("data", chunkContents(t, wavBytes(t, "mulaw.wav"), "data"))), asReference("mulaw.s16", 2)(t), "pcm_mulaw", 8, false},
		{"32 channels", riff(riffChunk("fmt ", extensible(1, 32, 64, 16, 16, msGUID)), riffChunk("data", sourcePCM(32, 16, 2))), sourceClip(32, 16), "pcm_s16le", 16, false},
		{"64 channels, not extensible", riff(riffChunk("fmt ", wavHeader{1, 64, sourceRate, 192, 24}.bytes()), riffChunk("data", sourcePCM(64, 24, 3))), sourceClip(64, 24), "pcm_s24le", 24, false},
		{"block size 0", riff(riffChunk("fmt ", wavHeader{1, 2, sourceRate, 0, 16}.bytes()), riffChunk("data", data)), s16, "pcm_s16le", 16, false},

		{"chunks before", riff(junk, bext, fmt16, list, riffChunk("data", data)), s16, "pcm_s16le", 16, false},
		{"chunks after", riff(fmt16, riffChunk("data", data), list, junk), s16, "pcm_s16le", 16, false},
		{"zeros between chunks", riff(fmt16, make([]byte, 16), riffChunk("data", data)), s16, "pcm_s16le", 16, false},
		{"odd chunk, padded", riff(fmt16, odd("\x00"), riffChunk("data", data)), s16, "pcm_s16le", 16, false},
		{"odd chunk, padded with a letter", riff(fmt16, odd("x"), riffChunk("data", data)), s16, "pcm_s16le", 16, false},
		{"odd chunk, not padded", riff(fmt16, odd(""), riffChunk("data", data)), s16, "pcm_s16le", 16, false},
		{"odd chunk, not padded, before an unknown one", riff(fmt16, odd(""), sizedChunk("xyz?", 2, []byte("ab")), riffChunk("data", data)), s16, "pcm_s16le", 16, false},
		{"odd data", riff(riffChunk("fmt ", wavHeader{1, 1, sourceRate, 1, 8}.bytes()), riffChunk("data", unsigned(sourcePCM(1, 8, 1))), list), sourceClip(1, 8), "pcm_u8", 8, false},
		{"data before fmt", riff(list, riffChunk("data", data), junk, fmt16, list), s16, "pcm_s16le", 16, false},
		{"two fmt chunks", riff(fmt16, riffChunk("fmt ", wavHeader{1, 1, 44100, 1, 8}.bytes()), riffChunk("data", data)), s16, "pcm_s16le", 16, false},

		{"size 0", riff(fmt16, sizedChunk("data", 0, data)), s16, "pcm_s16le", 16, true},
		{"size 0x7FFFFFFF", riff(fmt16, sizedChunk("data", 0x7FFFFFFF, data)), s16, "pcm_s16le", 16, true},
		{"size 0x7FFFFF00", riff(fmt16, sizedChunk("data", 0x7FFFFF00, data)), s16, "pcm_s16le", 16, true},
		{"size 0x7FFFF000", riff(fmt16, sizedChunk("data", 0x7FFFF000, data)), s16, "pcm_s16le", 16, true},
		{"size 0x80000000", riff(fmt16, sizedChunk("data", 0x80000000, data)), s16, "pcm_s16le", 16, true},
		{"size 0xFFFFFFFF", riff(fmt16, sizedChunk("data", 0xFFFFFFFF, data)), s16, "pcm_s16le", 16, true},
		{"size 0xFFFFFFFF and half a frame", riff(fmt16, sizedChunk("data", 0xFFFFFFFF, append(bytes.Clone(data), 1, 2, 3))), s16, "pcm_s16le", 16, true},
		{"size of half a frame too many", riff(fmt16, riffChunk("data", append(bytes.Clone(data), 1, 2)), list), s16, "pcm_s16le", 16, false},

		{"RF64", riffForm("RF64", le, ds64(uint64(len(data))), fmt16, sizedChunk("data", 0xFFFFFFFF, data), list), s16, "pcm_s16le", 16, false},
		{"BW64", riffForm("BW64", le, ds64(uint64(len(data))), fmt16, sizedChunk("data", 0xFFFFFFFF, data), list), s16, "pcm_s16le", 16, false},
		{"RF64 with a size of 32 bits", riffForm("RF64", le, ds64(1<<40), fmt16, riffChunk("data", data), list), s16, "pcm_s16le", 16, false},
		{"RF64 of unknown size", riffForm("RF64", le, ds64(0), fmt16, sizedChunk("data", 0xFFFFFFFF, data)), s16, "pcm_s16le", 16, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.wav")
			if err := os.WriteFile(path, test.file, 0o666); err != nil {
				t.Fatal(err)
			}
			cfg := Config{NoFFmpeg: true}
			clip, err := ReadFile(path, cfg)
			if err != nil {
				t.Fatal(err)
			}
			checkClip(t, clip, test.want, 0)
			if clip, err = Decode(onlyReader{bytes.NewReader(test.file)}, cfg); err != nil {
				t.Fatal(err)
			}
			checkClip(t, clip, test.want, 0)

			want := Info{"WAV", test.codec, sourceRate, test.want.Channels(), test.bits, int64(test.want.Frames()), "go"}
			if id := string(test.file[:4]); id != "RIFF" {
				want.Format = id
			}
			if test.unknown {
				want.Frames = -1
			}
			if info, err := Stat(path, cfg); info != want || err != nil {
				t.Errorf("Stat: %+v, %v; want %+v", info, err, want)
			}
		})
	}
}

// onlyReader hides every method but Read.
type onlyReader struct{ io.Reader }

func unsigned(b []byte) []byte {
	for i := range b {
		b[i] += 128
	}
	return b
}

func TestWAVErrors(t *testing.T) {
	good := wavHeader{1, 2, sourceRate, 4, 16}
	file := func(h wavHeader) []byte {
		return riff(riffChunk("fmt ", h.bytes()), riffChunk("data", make([]byte, 400)))
	}
	fmt16 := riffChunk("fmt ", good.bytes())
	ima := bytes.Clone(wavBytes(t, "ima.wav"))
	ima[bytes.Index(ima, []byte("data"))+8+2] = 89
	ms := bytes.Clone(wavBytes(t, "ms.wav"))
	ms[bytes.Index(ms, []byte("data"))+8] = 7
	beIMA := bytes.Clone(wavBytes(t, "rifx-s16.wav"))
	copy(beIMA[20:], "\x00\x11")
	copy(beIMA[34:], "\x00\x04")

	for _, test := range []struct {
		name string
		file []byte
		err  error
		text string // that the error contains
	}{
		{"no channels", file(wavHeader{1, 0, sourceRate, 4, 16}), ErrCorrupt, "0 channels"},
		{"65535 channels", file(wavHeader{1, 65535, sourceRate, 65535, 8}), ErrFormat, "65535 channels"},
		{"rate 0", file(wavHeader{1, 2, 0, 4, 16}), ErrCorrupt, "0 frames per second"},
		{"rate 4294967295", file(wavHeader{1, 2, math.MaxUint32, 4, 16}), ErrCorrupt, "4294967295 frames per second"},
		{"0 bits", file(wavHeader{1, 2, sourceRate, 4, 0}), ErrCorrupt, "0 bits"},
		{"0 bits, blocks of 0", file(wavHeader{1, 2, sourceRate, 0, 0}), ErrFormat, "0 bits"},
		{"blocks of 3 bytes", file(wavHeader{1, 2, sourceRate, 3, 16}), ErrCorrupt, "blocks of 3 bytes"},
		{"blocks of 5 bytes", file(wavHeader{1, 2, sourceRate, 5, 16}), ErrCorrupt, "blocks of 5 bytes"},
		{"blocks of 65535 bytes", file(wavHeader{1, 2, sourceRate, 65535, 16}), ErrFormat, "blocks of 65535 bytes"},
		{"64-bit PCM", file(wavHeader{1, 2, sourceRate, 16, 64}), ErrFormat, "PCM"},
		{"16-bit float", file(wavHeader{3, 2, sourceRate, 4, 16}), ErrFormat, "floating point"},
		{"3-bit IMA ADPCM", file(wavHeader{0x11, 1, sourceRate, 256, 3}), ErrFormat, "IMA ADPCM"},
		{"big-endian IMA ADPCM", beIMA, ErrFormat, "IMA ADPCM"},
		{"IMA ADPCM in tiny blocks", file(wavHeader{0x11, 2, sourceRate, 7, 4}), ErrCorrupt, "blocks of 7 bytes"},
		{"MS ADPCM in tiny blocks", file(wavHeader{2, 2, sourceRate, 13, 4}), ErrCorrupt, "blocks of 13 bytes"},
		{"MS ADPCM of 3 channels", file(wavHeader{2, 3, sourceRate, 256, 4}), ErrFormat, "3 channels"},
		{"IMA step index", ima, ErrCorrupt, "step index 89"},
		{"MS predictor", ms, ErrCorrupt, "predictor 7"},
		{"GSM", wavBytes(t, "gsm.wav"), ErrFormat, "GSM 6.10"},
		{"MP3 in WAV", file(wavHeader{0x55, 2, sourceRate, 1, 0}), ErrFormat, "MP3"},
		{"G.726", file(wavHeader{0x45, 1, sourceRate, 1, 4}), ErrFormat, "G.726"},
		{"unknown coding", file(wavHeader{0x4321, 1, sourceRate, 1, 4}), ErrFormat, "0x4321"},
		{"coding like PCM in its low bits", file(wavHeader{0x1001, 1, sourceRate, 2, 16}), ErrFormat, "0x1001"},
		{"unknown GUID", riff(riffChunk("fmt ", extensible(1, 2, 4, 16, 16, "no such GUID!!")), riffChunk("data", make([]byte, 8))), ErrFormat, "GUID"},
		{"extensible form cut short", riff(riffChunk("fmt ", wavHeader{0xFFFE, 2, sourceRate, 4, 16}.bytes()), riffChunk("data", make([]byte, 8))), ErrCorrupt, "fmt chunk of 16 bytes"},
		{"tiny fmt", riff(riffChunk("fmt ", make([]byte, 8)), riffChunk("data", make([]byte, 8))), ErrCorrupt, "fmt chunk of 8 bytes"},

		{"no sound", riff(fmt16, riffChunk("data", nil)), ErrEmpty, ""},
		{"less than a frame", riff(fmt16, riffChunk("data", []byte{1, 2})), ErrEmpty, ""},
		{"no sound, chunk after it", riff(fmt16, riffChunk("data", nil), riffChunk("LIST", []byte("INFO"))), ErrEmpty, ""},
		{"no sound, from a pipe", riff(fmt16, sizedChunk("data", 0xFFFFFFFF, nil)), ErrEmpty, ""},
		{"no data chunk", riff(fmt16, riffChunk("LIST", []byte("INFO"))), io.ErrUnexpectedEOF, "a data chunk"},
		{"no fmt chunk", riff(riffChunk("data", make([]byte, 8))), io.ErrUnexpectedEOF, "an fmt chunk"},
		{"no chunk", riff(), io.ErrUnexpectedEOF, "an fmt chunk"},
		{"huge chunk", riff(fmt16, sizedChunk("LIST", 0xFFFFFF00, make([]byte, 100)), riffChunk("data", make([]byte, 8))), io.ErrUnexpectedEOF, `"LIST" chunk at byte 36, said to have 4294967040 bytes`},
		{"huge fmt", riff(sizedChunk("fmt ", 0xFFFFFF00, good.bytes()), riffChunk("data", make([]byte, 8))), io.ErrUnexpectedEOF, `"fmt " chunk`},
		{"garbage between chunks", riff(fmt16, []byte("\x01\x02\x03\x04\x05\x06\x07\x08"), riffChunk("data", make([]byte, 8))), ErrCorrupt, "at byte 36"},
		{"huge data before fmt", riff(sizedChunk("data", 1<<30, make([]byte, 8)), fmt16), io.ErrUnexpectedEOF, `"data" chunk`},
		{"data of unknown size before fmt", riff(sizedChunk("data", 0xFFFFFFFF, make([]byte, 8)), fmt16), ErrCorrupt, "before any fmt"},
		{"tiny ds64", riffForm("RF64", binary.LittleEndian, riffChunk("ds64", make([]byte, 8)), fmt16), ErrCorrupt, "ds64"},
		{"another form", []byte("RIFF\x04\x00\x00\x00XYZ1"), ErrFormat, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "the name.wav")
			if err := os.WriteFile(path, test.file, 0o666); err != nil {
				t.Fatal(err)
			}
			before := allocated()
			_, err := ReadFile(path, Config{NoFFmpeg: true})
			if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), "the name.wav") {
				t.Errorf("got the error %v; want one that is %q and contains %q and the file's name", err, test.err, test.text)
			}
			if grown := allocated() - before; grown > 4<<20 {
				t.Errorf("%d bytes were allocated", grown)
			}
		})
	}
	if _, err := Decode(bytes.NewReader(riff(sizedChunk("data", 1<<30, make([]byte, 8)), fmt16)), Config{}); !errors.Is(err, ErrFormat) {
		t.Errorf("huge data before fmt in a stream: %v", err)
	}
}

// A file that ends early gives its sound up to there and says so.
func TestWAVTruncated(t *testing.T) {
	for _, g := range goldens {
		if filepath.Ext(g.name) != ".wav" || g.info.Frames < 0 {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			file := wavBytes(t, g.name)
			want := g.clip(t)
			start := bytes.Index(file, []byte("data")) + 8
			end := len(file)
			if list := bytes.LastIndex(file, []byte("LIST")); list > start {
				end = list
			}
			for n := 0; n < end-1; n += 1 + n/40 {
				clip, err := Decode(bytes.NewReader(file[:n]), Config{NoFFmpeg: true})
				if n < 12 {
					if err == nil {
						t.Fatalf("%d bytes decode", n)
					}
					continue
				}
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("the first %d bytes give the error %v", n, err)
				}
				if (clip != nil) != (n >= start) {
					t.Fatalf("the first %d bytes, %d of them before the sound, give a clip: %t", n, start, clip != nil)
				}
				if clip != nil {
					checkClip(t, clip, want.Section(0, clip.Frames()), 0)
					if least := want.Frames()*(n-start)/(end-start) - 20; clip.Frames() < least {
						t.Fatalf("the first %d bytes of %d give %d frames", n, len(file), clip.Frames())
					}
				}
			}
		})
	}
}

// Not-a-number and infinities are passed on, as is what lies beyond full scale.
func TestWAVFloatPassesThrough(t *testing.T) {
	values := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 17.5, -1e30, math.Copysign(0, -1), math.SmallestNonzeroFloat32}
	var f32, f64 []byte
	for _, v := range values {
		f32 = binary.LittleEndian.AppendUint32(f32, math.Float32bits(float32(v)))
		f64 = binary.LittleEndian.AppendUint64(f64, math.Float64bits(v))
	}
	for bits, data := range map[int][]byte{32: f32, 64: f64} {
		file := riff(riffChunk("fmt ", wavHeader{3, 1, sourceRate, int64(bits / 8), int64(bits)}.bytes()), riffChunk("data", data))
		clip, err := Decode(bytes.NewReader(file), Config{})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			got := clip.Samples[0][i]
			if math.IsNaN(v) && got == got || !math.IsNaN(v) && math.Float32bits(got) != math.Float32bits(float32(v)) {
				t.Errorf("%d bits: %v becomes %v", bits, v, got)
			}
		}
	}
}

// The fact chunk of ADPCM tells where in the last block sound ends; numbers that
// are not in it are ignored.
func TestWAVFact(t *testing.T) {
	file := wavBytes(t, "ima-mono.wav")
	at := bytes.Index(file, []byte("fact")) + 8
	whole := referenceClip(t, "ima-mono.s16", 1, sourceRate)
	const perBlock = 505
	for fact, frames := range map[int]int{
		0: whole.Frames(), 1: whole.Frames(), 2 * sourceFrames: whole.Frames(), -1: whole.Frames(),
		whole.Frames() - perBlock: whole.Frames(), whole.Frames() - perBlock + 1: whole.Frames() - perBlock + 1,
		whole.Frames(): whole.Frames(), whole.Frames() - 1: whole.Frames() - 1,
	} {
		binary.LittleEndian.PutUint32(file[at:], uint32(fact))
		clip, err := Decode(bytes.NewReader(file), Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(fact), func(t *testing.T) { checkClip(t, clip, whole.Section(0, frames), 0) })
	}
}

// IMA ADPCM of four channels is that of four mono files, the words of which
// stand in turn.
func TestWAVFourChannelIMA(t *testing.T) {
	mono := chunkContents(t, wavBytes(t, "ima-mono.wav"), "data")
	const block = 256
	var four []byte
	for at := 0; at < len(mono); at += block {
		for word := at; word < at+block; word += 4 {
			for range 4 {
				four = append(four, mono[word:word+4]...)
			}
		}
	}
	clip, err := Decode(bytes.NewReader(riff(riffChunk("fmt ", wavHeader{0x11, 4, sourceRate, 4 * block, 4}.bytes(0xF9, 0x01)), riffChunk("data", four))), Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := referenceClip(t, "ima-mono.s16", 1, sourceRate)
	for c := range clip.Samples {
		checkClip(t, &Clip{clip.Samples[c : c+1], clip.SampleRate}, want, 0)
	}
}

// A data size that could be a placeholder, in a file that is larger, leaves open
// how long the sound is.
func TestFramesOfPlaceholder(t *testing.T) {
	const start, placeholder = 44, 0x7FFFF000
	for _, test := range []struct {
		unknown    bool
		left, size int64
		want       int64
	}{
		{false, 100, start + 100, 25},
		{false, 100, start + 500, 25},
		{false, 100, start + 50, 12},
		{true, placeholder, start + 50, 12},
		{true, placeholder, start + placeholder, placeholder / 4},
		{true, placeholder, start + placeholder + 8, -1},
		{true, 0, start + 50, 12},
	} {
		d := &pcmDecoder{align: 4, data: &wavData{off: start, left: test.left, unknown: test.unknown}}
		if got := d.framesWithin(test.size); got != test.want {
			t.Errorf("%+v: %d frames", test, got)
		}
	}
}

// A placeholder's size may be passed: the sound goes on.
func TestWAVSoundBeyondPlaceholder(t *testing.T) {
	d := &wavData{left: 10, unknown: true}
	for _, test := range []struct {
		stream string
		want   int
	}{
		{"0123456789", 8},
		{"0123456789abcdefgh", 16},
		{"0123456789LIST\x04\x00\x00\x00INFO", 8},
	} {
		r := newStreamSource(strings.NewReader(test.stream))
		*d = wavData{r: r.Reader, left: 10, unknown: true}
		n := 0
		for {
			b, err := d.next(4, 2)
			n += len(b) &^ 3
			if err != nil {
				break
			}
		}
		if n != test.want {
			t.Errorf("%q: %d bytes of whole frames, want %d", test.stream, n, test.want)
		}
	}
}
