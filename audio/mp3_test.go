package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hajimehoshi/go-mp3"
	"github.com/soundspace/soundspace/audio/internal/mp3frame"
	"github.com/soundspace/soundspace/audio/internal/readertest"
	"github.com/soundspace/soundspace/internal/npy"
)

// The MP3 files, what they decode to and how they were made: testdata/mp3.

// mp3SNR is what decoding must reach against the references, in dB.
const mp3SNR = 70

func readMP3File(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "mp3", name+".mp3"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mp3References(t testing.TB) map[string][][]float32 {
	t.Helper()
	arrays, err := npy.ReadZip("testdata/mp3/references.npz")
	if err != nil {
		t.Fatal(err)
	}
	references := map[string][][]float32{}
	for name, a := range arrays {
		channels := a.Shape[1]
		x := newBlock(channels, a.Shape[0])
		for i, v := range a.Real {
			x[i%channels][i/channels] = float32(v / 32768)
		}
		references[name] = x
	}
	return references
}

func openMP3(data []byte) (formatDecoder, error) {
	return newMP3(bufio.NewReaderSize(bytes.NewReader(data), sourceBuffer), int64(len(data)))
}

// decodeMP3 decodes all of data, a file.
func decodeMP3(data []byte) ([][]float32, Info, error) {
	d, err := openMP3(data)
	if err != nil {
		return nil, Info{}, err
	}
	clip, err := ReadAll(d)
	return clip.Samples, d.Info(), err
}

// snrOf returns the ratio of the power of want to that of its difference from
// got, in dB, over the shorter length.
func snrOf(got, want [][]float32) float64 {
	signal, noise := 0.0, 1e-30
	for c := range want {
		for i := range min(len(want[c]), len(got[c])) {
			w, g := float64(want[c][i]), float64(got[c][i])
			signal += w * w
			noise += (w - g) * (w - g)
		}
	}
	return 10 * math.Log10(signal/noise)
}

func checkMP3(t *testing.T, data []byte, want [][]float32) Info {
	t.Helper()
	got, info, err := decodeMP3(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) || len(got[0]) != len(want[0]) {
		t.Fatalf("%d channels of %d samples, want %d of %d", len(got), len(got[0]), len(want), len(want[0]))
	}
	if snr := snrOf(got, want); snr < mp3SNR {
		t.Errorf("%.1f dB against the reference, want %d", snr, mp3SNR)
	}
	if info.Frames != -1 && info.Frames != int64(len(got[0])) {
		t.Errorf("Info promises %d frames, there are %d", info.Frames, len(got[0]))
	}
	return info
}

func TestMP3Files(t *testing.T) {
	// What go-mp3 cannot be made to decode right.
	needsFFmpeg := map[string]string{
		"mpeg25-8000-mono-16":       "MPEG-2.5 Layer III, 8000 Hz, mono needs ffmpeg",
		"free-format-mono-100":      "MPEG-1 Layer III, 44100 Hz, mono, free format needs ffmpeg",
		"layer2":                    "MPEG-2 Layer II, 22050 Hz, mono needs ffmpeg",
		"synthetic-mpeg2-mixed":     "MPEG-2 Layer III, 22050 Hz, stereo, mixed blocks at byte 1044 needs ffmpeg",
		"synthetic-mpeg1-intensity": "MPEG-1 Layer III, 44100 Hz, stereo, intensity stereo at byte 0 needs ffmpeg",
	}
	references := mp3References(t)
	files, err := filepath.Glob("testdata/mp3/*.mp3")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".mp3")
		t.Run(name, func(t *testing.T) {
			data := readMP3File(t, name)
			if !looksLikeMP3(data) {
				t.Error("not recognised")
			}
			if want, ok := needsFFmpeg[name]; ok {
				if _, err := openMP3(data); !errors.Is(err, errNeedsFFmpeg) || err.Error() != want {
					t.Errorf("error %v, want %v", err, want)
				}
				return
			}
			info := checkMP3(t, data, references[name])
			if info.Format != "MP3" || info.Codec != "mp3" || info.BitDepth != 0 || info.Decoder != "go" {
				t.Errorf("Info %+v", info)
			}
			if p := strings.Split(name, "-"); strings.HasPrefix(name, "mpeg") && p[1] != fmt.Sprint(info.SampleRate) {
				t.Errorf("%d Hz", info.SampleRate)
			}
		})
	}
}

func mp3ID3(size int, body []byte) []byte {
	tag := []byte{'I', 'D', '3', 4, 0, 0, byte(size >> 21 & 127), byte(size >> 14 & 127), byte(size >> 7 & 127), byte(size & 127)}
	return append(append(tag, body...), make([]byte, size-len(body))...)
}

func mp3APE(size int) []byte {
	block := func(flags uint32) []byte {
		b := []byte("APETAGEX")
		for _, v := range []uint32{2000, uint32(size + 32), 1, flags, 0, 0} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	return slices.Concat(block(0xA0000000), make([]byte, size), block(0x80000000))
}

func mp3VBRI(frame []byte, frames, size int) []byte {
	b := make([]byte, len(frame))
	copy(b, frame[:4])
	copy(b[36:], "VBRI")
	binary.BigEndian.PutUint16(b[40:], 1)
	binary.BigEndian.PutUint32(b[46:], uint32(size))
	binary.BigEndian.PutUint32(b[50:], uint32(frames))
	return b
}

// mp3V1 is an ID3v1 tag.
var mp3V1 = append([]byte("TAG"), bytes.Repeat([]byte("x"), 125)...)

// TestMP3Variants decodes what generate.py put together in the same way.
func TestMP3Variants(t *testing.T) {
	references := mp3References(t)
	tagged, bare := readMP3File(t, "base-tagged"), readMP3File(t, "base-bare")
	junk := make([]byte, 1000)
	for i := range junk {
		junk[i] = byte((i*197 + 91) % 251)
	}
	apic := func(body []byte) []byte { return append([]byte("APIC"), body...) }
	for name, data := range map[string][]byte{
		"id3":               slices.Concat(mp3ID3(100, nil), mp3ID3(3000, apic(bare)), tagged),
		"tags behind":       slices.Concat(tagged, mp3APE(50), mp3V1),
		"junk before":       slices.Concat(junk, tagged),
		"junk before bare":  slices.Concat(junk, bare),
		"concatenated":      slices.Concat(tagged, tagged),
		"concatenated bare": slices.Concat(bare, bare),
		"id3 between":       slices.Concat(tagged, mp3V1, mp3ID3(3000, apic(junk)), tagged),
		"front cut":         bare[300:],
		"vbri":              slices.Concat(mp3VBRI(bare[:216], len(bare)/216, len(bare)+216), bare),
	} {
		t.Run(name, func(t *testing.T) {
			if !looksLikeMP3(data) {
				t.Error("not recognised")
			}
			checkMP3(t, data, references[name])
		})
	}
	// The same sound, whatever stands around it.
	for name, data := range map[string][]byte{
		"ape before":      slices.Concat(mp3APE(50), tagged),
		"zeros behind":    slices.Concat(tagged, make([]byte, 50)),
		"cut tag behind":  slices.Concat(tagged, mp3V1[:60]),
		"id3 with footer": slices.Concat([]byte("ID3\x04\x00\x10\x00\x00\x00\x05hello3DI\x04\x00\x10\x00\x00\x00\x05"), tagged),
	} {
		t.Run(name, func(t *testing.T) { checkMP3(t, data, references["base-tagged"]) })
	}
	for name, data := range map[string][]byte{
		"id3 behind":    slices.Concat(tagged, mp3ID3(90, nil)),
		"lyrics behind": slices.Concat(tagged, []byte("LYRICSBEGININD0000300000LYRICS200"), mp3V1),
	} {
		t.Run(name, func(t *testing.T) { checkMP3(t, data, references["tags behind"]) })
	}
}

// TestMP3Levels changes the gain of every granule and expects the sound to
// change by as much, above full scale and far below it.
func TestMP3Levels(t *testing.T) {
	want := mp3References(t)["base-bare"]
	for _, doublings := range []int{-12, -6, -3, 1, 2, 3} {
		data := bytes.Clone(readMP3File(t, "base-bare"))
		for at := 0; at < len(data); {
			h := mp3frame.ParseHeader(data[at:])
			side, _ := mp3frame.ParseSideInfo(h, data[at:])
			side.Granule[0][0].GlobalGain += 4 * doublings
			side.Put(data[at+mp3frame.HeaderBytes:], h)
			at += h.Size()
		}
		got, _, err := decodeMP3(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got[0] {
			got[0][i] = float32(math.Ldexp(float64(got[0][i]), -doublings))
		}
		least := float64(mp3SNR)
		if doublings < -mp3MaxScale {
			least += 6 * float64(doublings+mp3MaxScale)
		}
		if snr := snrOf(got, want); snr < least {
			t.Errorf("%d dB: %.1f dB against the reference, want %.0f", 6*doublings, snr, least)
		}
	}
}

// TestMP3Scale makes the level of a long stream rise and fall, so that the
// scale of decoding changes.
func TestMP3Scale(t *testing.T) {
	bare := readMP3File(t, "base-bare")
	const turns, period = 900, 300
	var data []byte
	gain := func(turn int) int { return []int{0, -40, 8}[turn/period%3] }
	for turn := range turns {
		frame := bytes.Clone(bare[2*216 : 3*216])
		h := mp3frame.ParseHeader(frame)
		side, _ := mp3frame.ParseSideInfo(h, frame)
		side.MainDataBegin = 0
		side.Granule[0][0].GlobalGain += gain(turn)
		side.Put(frame[mp3frame.HeaderBytes:], h)
		data = append(data, frame...)
	}
	long := bytes.Repeat(data, 2)
	got, _, err := decodeMP3(long)
	if err != nil {
		t.Fatal(err)
	}
	// Every frame has the same spectrum: those that the gain has not just
	// changed before, and the scale with it, are the same up to it.
	frame := func(i int) [][]float32 {
		x := slices.Clone(got[0][i*576 : (i+1)*576])
		for k := range x {
			x[k] = float32(float64(x[k]) / math.Pow(2, float64(gain(i%turns))/4))
		}
		return [][]float32{x}
	}
	want := frame(10)
	for i := range 2 * turns {
		if k := i % period; k < 3 || k < 2*mp3QuietFrames+6 && gain(i%turns) < 0 {
			continue
		}
		if snr := snrOf(frame(i), want); snr < mp3SNR {
			t.Fatalf("frame %d: %.1f dB", i, snr)
		}
	}
}

// TestMP3Reader reads in blocks of every sort.
func TestMP3Reader(t *testing.T) {
	for _, name := range []string{"mpeg1-44100-joint-128", "base-tagged"} {
		data := readMP3File(t, name)
		readertest.Check(t, func() readertest.Reader {
			d, err := openMP3(data)
			if err != nil {
				t.Fatal(err)
			}
			return d
		})
	}
}

// TestMP3Sources reads from sources that give little at a time, through a small
// buffer, and from one that fails.
func TestMP3Sources(t *testing.T) {
	data := readMP3File(t, "mpeg1-44100-joint-128")
	want, _, _ := decodeMP3(data)
	for name, r := range map[string]io.Reader{
		"byte by byte": iotest.OneByteReader(bytes.NewReader(data)),
		"data and EOF": iotest.DataErrReader(bytes.NewReader(data)),
	} {
		d, err := newMP3(bufio.NewReaderSize(r, 16), -1)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := ReadAll(d)
		if err != nil || !slices.Equal(got.Samples[0], want[0]) || !slices.Equal(got.Samples[1], want[1]) {
			t.Errorf("%s: other samples, or error %v", name, err)
		}
	}
	long := bytes.Repeat(readMP3File(t, "base-bare"), 100)
	broken := errors.New("broken")
	d, err := newMP3(bufio.NewReader(io.MultiReader(bytes.NewReader(long[:100000]), iotest.ErrReader(broken))), -1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadAll(d)
	if !errors.Is(err, broken) || got.Frames() < 100000/216*576-20*576 {
		t.Errorf("%d frames, then %v", got.Frames(), err)
	}
}

// TestMP3Cut cuts a file at every place. What can be decoded comes, as in the
// whole file, and then the error.
func TestMP3Cut(t *testing.T) {
	for _, name := range []string{"base-tagged", "base-bare"} {
		data := readMP3File(t, name)
		whole, _, _ := decodeMP3(data)
		step := 1
		if testing.Short() {
			step = 7
		}
		for n := 0; n < len(data); n += step {
			got, info, err := decodeMP3(data[:n])
			// Without a tag nothing shows that frames are missing.
			clean := name == "base-bare" && n%216 == 0 && n > 0
			if clean && err != nil || !clean && !errors.Is(err, io.ErrUnexpectedEOF) && len(got) > 0 {
				t.Fatalf("%s, %d bytes: error %v", name, n, err)
			}
			if len(got) == 0 {
				if err == nil || n >= 3*216 {
					t.Fatalf("%s, %d bytes: nothing, error %v", name, n, err)
				}
				continue
			}
			if info.Frames != -1 {
				t.Fatalf("%s, %d bytes: Info promises %d frames", name, n, info.Frames)
			}
			if k := len(got[0]); k > len(whole[0]) || !slices.Equal(got[0], whole[0][:k]) {
				t.Fatalf("%s, %d bytes: %d samples that are not those of the whole file", name, n, k)
			}
		}
	}
}

// TestMP3Later puts frames that cannot be decoded, and another stream, behind
// more sound than is looked at to begin with.
func TestMP3Later(t *testing.T) {
	sound := readMP3File(t, "mpeg1-44100-joint-128")
	front := bytes.Repeat(sound, 1+mp3frame.Window/len(sound))
	want, _, _ := decodeMP3(front)
	for _, name := range []string{"synthetic-mpeg1-intensity", "mpeg1-32000-mono-vbr", "layer2"} {
		got, _, err := decodeMP3(slices.Concat(front, bytes.Repeat(readMP3File(t, name), 4)))
		if !errors.Is(err, errNeedsFFmpeg) || !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error %v", name, err)
		}
		for c := range want {
			if len(got) != 2 || !slices.Equal(got[c], want[c]) {
				t.Fatalf("%s: not the sound before it", name)
			}
		}
	}
	// Within what is looked at, it is told at once.
	if _, err := openMP3(slices.Concat(sound, readMP3File(t, "synthetic-mpeg1-intensity"))); !errors.Is(err, errNeedsFFmpeg) {
		t.Errorf("error %v", err)
	}
}

func TestMP3Nothing(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":     {nil, ErrEmpty},
		"a tag":       {mp3ID3(100, nil), ErrEmpty},
		"a cut tag":   {mp3ID3(100, nil)[:50], io.ErrUnexpectedEOF},
		"tag, zeros":  {append(mp3ID3(100, nil), make([]byte, 5000)...), errNeedsFFmpeg},
		"cut frame":   {readMP3File(t, "base-bare")[:100], errNeedsFFmpeg},
		"a huge tag":  {[]byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f"), io.ErrUnexpectedEOF},
		"free format": {readMP3File(t, "free-format-mono-100"), errNeedsFFmpeg},
	} {
		if _, err := openMP3(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
	// Only the tag's frame.
	if got, _, err := decodeMP3(readMP3File(t, "base-tagged")[:216]); len(got) > 0 && len(got[0]) > 0 || err == nil {
		t.Errorf("%d samples, error %v", len(got), err)
	}
}

func TestLooksLikeMP3(t *testing.T) {
	sound := readMP3File(t, "mpeg1-44100-joint-128")
	long := bytes.Repeat(sound, 30)[:mp3frame.Window]
	random := rand.New(rand.NewPCG(1, 2))
	bytesOf := func(n int, f func(i int) byte) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = f(i)
		}
		return b
	}
	noise := bytesOf(mp3frame.Window, func(int) byte { return byte(random.Uint32()) })
	adts := bytes.Repeat(append([]byte{0xFF, 0xF1, 0x50, 0x80, 0x2F, 0xDF, 0xFC}, make([]byte, 375)...), 100)
	for name, c := range map[string]struct {
		head []byte
		want bool
	}{
		"sound":                   {long, true},
		"three frames":            {sound[:418*3+100], true},
		"a whole small file":      {readMP3File(t, "base-bare"), true},
		"noise, then sound":       {append(bytes.Clone(noise[:30000]), long[:30000]...), true},
		"an ID3 tag":              {mp3ID3(1<<20, nil)[:mp3frame.Window], true},
		"an ID3 tag, then sound":  {append(mp3ID3(1000, nil), long[:50000]...), true},
		"an ID3 tag, then others": {append(mp3ID3(1000, nil), noise...), false},
		"nothing":                 {nil, false},
		"text":                    {[]byte(strings.Repeat("ID3 and TAG and LYRICSBEGIN. ", 100)), false},
		"a line of text":          {[]byte("TAG, you're it"), false},
		"zeros":                   {make([]byte, mp3frame.Window), false},
		"ones":                    {bytes.Repeat([]byte{0xFF}, mp3frame.Window), false},
		"AAC":                     {adts, false},
		"one colour, RGBA":        {bytes.Repeat([]byte{0xFF, 0xFB, 0x90, 0x64}, 16<<10), false},
		"one colour, RGB":         {bytes.Repeat([]byte{0xFF, 0xF3, 0x50}, 20<<10), false},
		"PCM near zero":           {bytesOf(mp3frame.Window, func(i int) byte { return byte(int16(8*math.Sin(float64(i/2)/20)) >> (8 * (i % 2))) }), false},
		"big-endian PCM":          {bytesOf(mp3frame.Window, func(i int) byte { return byte(int16(8*math.Sin(float64(i/2)/20)) >> (8 * (1 - i%2))) }), false},
		"JPEG":                    {append([]byte("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xFF\xE2"), noise...), false},
	} {
		if got := looksLikeMP3(c.head); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for i := range 300 {
		b := bytesOf(mp3frame.Window, func(int) byte { return byte(random.Uint32()) })
		if i%2 == 0 { // with many sync words
			for k := 0; k < len(b); k += 1 + random.IntN(20) {
				b[k] = 0xFF
			}
		}
		if looksLikeMP3(b) {
			t.Errorf("random bytes %d", i)
		}
	}
}

// TestMP3Allocs: scanning and rebuilding make no garbage.
func TestMP3Allocs(t *testing.T) {
	f, err := openMP3(bytes.Repeat(readMP3File(t, "mpeg1-44100-joint-128"), 100))
	if err != nil {
		t.Fatal(err)
	}
	d := f.(*mp3Decoder)
	build := func() {
		if err := d.build(); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		build()
	}
	if n := testing.AllocsPerRun(200, build); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

// BenchmarkMP3 decodes 30 s of stereo at 44.1 kHz and 128 kb/s; does the part of
// it that is not go-mp3; and decodes with go-mp3 alone.
func BenchmarkMP3(b *testing.B) {
	const seconds = 30
	data := readMP3File(b, "mpeg1-44100-joint-128")
	frames := len(scanMP3(b, data))
	data = bytes.Repeat(data, seconds*44100/1152/frames)
	b.Run("Decode", func(b *testing.B) {
		b.ReportAllocs()
		dst := newBlock(2, 4096)
		for range b.N {
			d, err := openMP3(data)
			if err != nil {
				b.Fatal(err)
			}
			for err == nil {
				_, err = d.Read(dst)
			}
		}
		b.ReportMetric(seconds*float64(b.N)/b.Elapsed().Seconds(), "audio-s/s")
	})
	b.Run("ScanAndRebuild", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			d, err := openMP3(data)
			if err != nil {
				b.Fatal(err)
			}
			for err == nil {
				err = d.(*mp3Decoder).build()
			}
		}
		b.ReportMetric(seconds*float64(b.N)/b.Elapsed().Seconds(), "audio-s/s")
	})
	b.Run("GoMP3", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			d, err := mp3.NewDecoder(struct{ io.Reader }{bytes.NewReader(data)})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, d); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(seconds*float64(b.N)/b.Elapsed().Seconds(), "audio-s/s")
	})
}

// Stat counts the frames of recordings that have no tag to tell their length.
func TestMP3StatCounts(t *testing.T) {
	for _, path := range []string{"../testdata/baby-cry.mp3", "../testdata/sea-lion.mp3"} {
		d, err := Open(path, Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if n := d.Info().Frames; n != -1 {
			t.Errorf("%s: Open knows of %d frames", path, n)
		}
		clip, err := ReadAll(d)
		if err != nil {
			t.Fatal(err)
		}
		info, err := Stat(path, Config{})
		if err != nil || info.Frames != int64(clip.Frames()) {
			t.Errorf("%s: Stat says %d frames and %v, there are %d", path, info.Frames, err, clip.Frames())
		}
	}
	data, err := os.ReadFile("../testdata/baby-cry.mp3")
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.mp3")
	clear(data[5000:6000])
	if err := os.WriteFile(damaged, data, 0o666); err != nil {
		t.Fatal(err)
	}
	if info, err := Stat(damaged, Config{}); err != nil || info.Frames != -1 {
		t.Errorf("damaged: Stat says %d frames and %v", info.Frames, err)
	}
}
