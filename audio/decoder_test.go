package audio

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/soundspace/soundspace/audio/internal/readertest"
)

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, contents string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(contents), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		path string
		err  error
		text string
	}{
		{filepath.Join(dir, "missing.wav"), fs.ErrNotExist, ""},
		{dir, ErrFormat, "directory"},
		{write("empty.wav", ""), ErrEmpty, "not a single byte"},
		{write("empty.mp3", ""), ErrFormat, "not a single byte"},
		{write("text.wav", "Hello, this is no sound at all.\n"), ErrFormat, "text"},
		{write("playlist.m3u8", "#EXTM3U\n#EXTINF:10,\n/etc/passwd\n"), ErrFormat, "text"},
		{write("concat.mp4", "ffconcat version 1.0\nfile /etc/passwd\n"), ErrFormat, "text"},
		{write("one byte", "\x00"), ErrFormat, ""},
		{write("binary", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"), ErrFormat, "not recognised"},
		{write("opus", oggPage("OpusHead\x01\x02")), ErrFormat, "Ogg with Opus needs ffmpeg"},
		{write("speex", oggPage("Speex   1.2")), ErrFormat, "Ogg with Speex needs ffmpeg"},
		{write("a.m4a", "\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"), ErrFormat, "M4A needs ffmpeg"},
		{write("a.aiff", "FORM\x00\x00\x00\x10AIFFCOMM"), ErrFormat, "AIFF needs ffmpeg"},
		{write("a.wma", "\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C"), ErrFormat, "WMA/ASF needs ffmpeg"},
		{write("a.webm", "\x1A\x45\xDF\xA3\x9F\x42\x86\x81"), ErrFormat, "Matroska/WebM needs ffmpeg"},
		{write("a.aac", "\xFF\xF1\x50\x80\x00\x1F\xFC"), ErrFormat, "AAC (ADTS) needs ffmpeg"},
		{write("a.wv", "wvpk\x00\x00\x00\x00\x10\x04"), ErrFormat, "WavPack needs ffmpeg"},
		{write("a.ape", "MAC \x96\x0F\x00\x00"), ErrFormat, "Monkey's Audio needs ffmpeg"},
		{write("a.avi", "RIFF\x00\x01\x00\x00AVI LIST"), ErrFormat, "AVI needs ffmpeg"},
	} {
		t.Run(filepath.Base(test.path), func(t *testing.T) {
			for name, try := range map[string]func(string, Config) error{
				"Open":     func(p string, c Config) error { _, err := Open(p, c); return err },
				"ReadFile": func(p string, c Config) error { _, err := ReadFile(p, c); return err },
				"Stat":     func(p string, c Config) error { _, err := Stat(p, c); return err },
			} {
				err := try(test.path, Config{NoFFmpeg: true})
				if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), test.path) {
					t.Errorf("%s: got %v; want an error that is %q and contains %q and the path", name, err, test.err, test.text)
				}
			}
		})
	}
	_, err := ReadFile(filepath.Join(dir, "a.m4a"), Config{FFmpeg: filepath.Join(dir, "no-ffmpeg")})
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "no-ffmpeg") {
		t.Errorf("without the program: %v", err)
	}
}

// The name does not tell the format.
func TestNameDoesNotMatter(t *testing.T) {
	for from, to := range map[string]string{"s16.flac": "x.wav", "s16.wav": "x.flac", "vorbis.ogg": "x.mp3"} {
		data, err := os.ReadFile(formatFile(from))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), to)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		if clip, err := ReadFile(path, Config{}); err != nil || clip.Frames() != sourceFrames {
			t.Errorf("%s as %s: %v", from, to, err)
		}
	}
}

var errBroken = errors.New("the network is down")

// An error of the stream ends decoding, after the sound that came before it, and
// is passed on.
func TestStreamErrors(t *testing.T) {
	for _, g := range goldens {
		data, err := os.ReadFile(formatFile(g.name))
		if err != nil {
			t.Fatal(err)
		}
		want := g.clip(t)
		t.Run(g.name, func(t *testing.T) {
			for n := 0; n < len(data); n += 1 + len(data)/23 {
				// The first error is not repeated: the next Read would succeed.
				r := io.MultiReader(bytes.NewReader(data[:n]), &errOnce{err: errBroken}, bytes.NewReader(data[n:]))
				clip, err := Decode(r, Config{NoFFmpeg: true})
				if !errors.Is(err, errBroken) {
					if err == nil && g.info.Frames >= 0 && clip.Frames() == want.Frames() {
						continue // the last bytes were not needed
					}
					t.Fatalf("broken after %d of %d bytes: %v", n, len(data), err)
				}
				if errors.Is(err, ErrCorrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("the error claims that the sound is damaged: %v", err)
				}
				if clip != nil {
					checkClip(t, clip, want.Section(0, clip.Frames()), g.tolerance)
				}
			}
		})
	}
}

// errOnce is a reader that fails once.
type errOnce struct{ err error }

func (r *errOnce) Read([]byte) (int, error) {
	err := r.err
	r.err = io.EOF
	return 0, err
}

func TestDecoderClose(t *testing.T) {
	d, err := Open(formatFile("s16.wav"), Config{})
	if err != nil {
		t.Fatal(err)
	}
	dst := newBlock(2, 10)
	if n, err := d.Read(dst); n != 10 || err != nil {
		t.Fatal(n, err)
	}
	for range 2 {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.Read(dst); !errors.Is(err, os.ErrClosed) {
		t.Errorf("reading after Close: %v", err)
	}
	if err := d.file.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Close leaves the file open: %v", err)
	}
}

// Damage is reported by the Read after the last sound, for ever.
func TestDamageIsSticky(t *testing.T) {
	data, err := os.ReadFile(formatFile("s16.flac"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.flac")
	if err := os.WriteFile(path, data[:len(data)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(formatFile("ima.wav"))
	if err != nil {
		t.Fatal(err)
	}
	path2 := filepath.Join(t.TempDir(), "cut.wav")
	if err := os.WriteFile(path2, data[:len(data)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, path2} {
		_, err = readertest.Check(t, func() readertest.Reader {
			d, err := Open(path, Config{})
			if err != nil {
				t.Fatal(err)
			}
			return d
		})
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), path) {
			t.Errorf("got the error %v", err)
		}
	}
}

// A stream is not read further than is needed for the next frames.
func TestNoReadingAhead(t *testing.T) {
	file := riff(riffChunk("fmt ", wavHeader{1, 1, sourceRate, 2, 16}.bytes()), sizedChunk("data", 0xFFFFFFFF, nil))
	r, w := io.Pipe()
	defer r.Close()
	go w.Write(append(file, 1, 0, 2, 0))
	d, err := NewDecoder(r, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	dst := newBlock(1, 1000)
	if n, err := d.Read(dst); n != 2 || err != nil { // hangs if it wants more
		t.Errorf("got %d frames, %v", n, err)
	}
	go w.Write([]byte{3, 0})
	if n, err := d.Read(dst); n != 1 || err != nil {
		t.Errorf("got %d frames, %v", n, err)
	}
}

// Frames is the truth, or -1 for what only decoding can tell; a header that
// claims more than the file holds changes nothing.
func TestDecoderFrames(t *testing.T) {
	for _, g := range goldens {
		if g.info.Decoder != "go" {
			continue
		}
		file, err := os.ReadFile(formatFile(g.name))
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{len(file), len(file) * 2 / 3} {
			path := filepath.Join(t.TempDir(), g.name)
			if err := os.WriteFile(path, file[:size], 0o666); err != nil {
				t.Fatal(err)
			}
			d, err := Open(path, Config{NoFFmpeg: true})
			if err != nil && size < len(file) {
				continue // an Ogg page cut in two
			} else if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			got := d.Frames()
			clip, _ := ReadAll(d)
			want := int64(-1)
			if filepath.Ext(g.name) == ".wav" && !strings.HasPrefix(g.info.Codec, "adpcm") {
				want = int64(clip.Frames())
			}
			if got != want {
				t.Errorf("%d bytes of %s: %d frames, want %d", size, g.name, got, want)
			}
			stream, err := NewDecoder(bytes.NewReader(file[:size]), Config{NoFFmpeg: true})
			if err != nil {
				t.Fatal(err)
			}
			if n := stream.Frames(); n != -1 {
				t.Errorf("%s as a stream: %d frames, want -1", g.name, n)
			}
		}
	}
}

func TestDecoderDoesNotAllocate(t *testing.T) {
	for _, name := range []string{"s16.wav", "s24.wav", "f32.wav", "alaw.wav", "ima.wav", "ms.wav", "s24.flac"} {
		data, err := os.ReadFile(formatFile(name))
		if err != nil {
			t.Fatal(err)
		}
		d, err := NewDecoder(bytes.NewReader(data), Config{})
		if err != nil {
			t.Fatal(err)
		}
		dst := newBlock(2, 10)
		d.Read(dst)
		if n := testing.AllocsPerRun(100, func() {
			if _, err := d.Read(dst); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: a Read allocates %v times", name, n)
		}
	}
}

// tapeOf is a source whose bytes are counted.
func TestSourceRewinds(t *testing.T) {
	all := bytes.Repeat([]byte("0123456789"), 50000)
	s := newStreamSource(iotest.HalfReader(bytes.NewReader(all)))
	for _, n := range []int{10, 100000, 0, 400000} {
		if _, err := s.Discard(n); err != nil {
			t.Fatal(err)
		}
		if err := s.rewind(); err != nil {
			t.Fatal(err)
		}
	}
	s.Discard(1000)
	s.settle()
	rest, err := io.ReadAll(s)
	if err != nil || !bytes.Equal(rest, all[1000:]) {
		t.Errorf("got %d bytes, %v", len(rest), err)
	}
	if s.tape.kept != nil {
		t.Error("the tape is kept after its use")
	}

	s = newStreamSource(io.LimitReader(zeros{}, tapeLimit+100000))
	s.Discard(tapeLimit + 1)
	if err := s.rewind(); err == nil {
		t.Error("more than tapeLimit can be rewound")
	}
	if n, err := io.Copy(io.Discard, s); n != 100000-1 || err != nil {
		t.Errorf("after that: %d bytes, %v", n, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// oneFrame is a Reader of many channels that gives little.
type oneFrame struct{ left int }

func (r *oneFrame) SampleRate() int { return 1 }
func (r *oneFrame) Channels() int   { return 1000 }
func (r *oneFrame) Read(dst [][]float32) (int, error) {
	if r.left == 0 {
		return 0, errBroken
	}
	r.left--
	for c := range dst {
		dst[c][0] = float32(c)
	}
	return 1, nil
}

func TestReadAll(t *testing.T) {
	clip, err := ReadAll(&oneFrame{left: 200})
	if err != errBroken || clip.Frames() != 200 || clip.Channels() != 1000 || clip.Samples[999][199] != 999 {
		t.Errorf("%d frames, %v", clip.Frames(), err)
	}
	clip, err = ReadAll(&oneFrame{})
	if err != errBroken || clip.Frames() != 0 || clip.Channels() != 1000 {
		t.Errorf("%d frames, %v", clip.Frames(), err)
	}
}
