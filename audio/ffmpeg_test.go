package audio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio/internal/readertest"
)

// The test binary plays ffmpeg when fakeFFmpeg is in its environment.
const fakeFFmpeg = "SOUNDSPACE_TEST_FFMPEG"

func init() {
	script := os.Getenv(fakeFFmpeg)
	if script == "" {
		return
	}
	say := func(line string) { fmt.Fprintln(os.Stderr, line) }
	write := func(frames int) { os.Stdout.Write(make([]byte, 8*frames)) }
	start := func() {
		say("[info] Input #0, fake, from '/dev/fd/3':")
		say("[info]   Metadata:")
		say("[info]     title           : Audio: nonsense, you see")
		say("[info]   Stream #0:0[0x1](und): Audio: fakecodec (LC) (mp4a / 0x6134706D), 44100 Hz, stereo, fltp, 127 kb/s (default)")
		file := riff(riffChunk("fmt ", wavHeader{3, 2, 44100, 8, 32}.bytes()), sizedChunk("data", 0xFFFFFFFF, nil))
		os.Stdout.Write(file)
	}
	switch script {
	case "good":
		io.Copy(io.Discard, os.Stdin)
		start()
		write(1000)
	case "fails at once":
		say("[fake @ 0x1234] [error] some atom not found")
		say("[error] /dev/fd/3: Invalid data found when processing input")
		os.Exit(1)
	case "no audio":
		say("[fatal] Stream map '0:a:0' matches no streams.")
		os.Exit(1)
	case "fails later":
		start()
		write(1000)
		say("[error] out of luck")
		os.Exit(7)
	case "complains":
		start()
		write(1000)
		say("[warning] never mind")
		say("[fake @ 0x1234] [error] invalid band type")
	case "partial file":
		start()
		write(1000)
		say("[fake @ 0x1234] [error] stream 0, offset 0x760c: partial file")
	case "floods":
		start()
		for range 20000 {
			say("[error] " + strings.Repeat("again ", 100))
		}
		write(1000)
	case "hangs":
		start()
		write(1000)
		time.Sleep(time.Hour)
	case "silent":
		start()
	case "exits early":
		start() // without having read its input
		write(1000)
	}
	os.Exit(0)
}

// m4a is the beginning of a file that only ffmpeg reads.
const m4a = "\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"

func TestFFmpegBehaviours(t *testing.T) {
	path := filepath.Join(t.TempDir(), "-i:%d.m4a")
	if err := os.WriteFile(path, []byte(m4a), 0o666); err != nil {
		t.Fatal(err)
	}
	cfg := Config{FFmpeg: os.Args[0]}
	for _, test := range []struct {
		script string
		frames int // -1 if it does not even open
		err    error
		text   string
	}{
		{"good", 1000, nil, ""},
		{"fails at once", -1, ErrCorrupt, "some atom not found; Invalid data found"},
		{"no audio", -1, ErrFormat, "matches no streams"},
		{"fails later", 1000, ErrCorrupt, "out of luck"},
		{"complains", 1000, ErrCorrupt, "invalid band type"},
		{"partial file", 1000, io.ErrUnexpectedEOF, "partial file"},
		{"floods", 1000, ErrCorrupt, "again again"},
		{"silent", 0, ErrEmpty, ""},
		{"exits early", 1000, nil, ""},
	} {
		t.Run(test.script, func(t *testing.T) {
			t.Setenv(fakeFFmpeg, test.script)
			check := func(clip *Clip, err error) {
				t.Helper()
				if !errors.Is(err, test.err) || err != nil && (!strings.Contains(err.Error(), test.text) || len(err.Error()) > 10000) {
					t.Errorf("got the error %.1000v; want one that is %v and contains %q", err, test.err, test.text)
				}
				if frames := -1; clip != nil {
					if frames = clip.Frames(); frames != test.frames || clip.Channels() != 2 || clip.SampleRate != 44100 {
						t.Errorf("got %d frames, want %d", frames, test.frames)
					}
				} else if test.frames >= 0 {
					t.Error("got no clip")
				}
			}
			check(ReadFile(path, cfg))
			check(Decode(strings.NewReader(m4a), cfg))
			if test.frames < 0 {
				return
			}
			info, err := Stat(path, cfg)
			if want := (Info{"fake", "fakecodec", 44100, 2, 0, -1, "ffmpeg"}); info != want || err != nil {
				t.Errorf("Stat: %+v, %v", info, err)
			}
		})
	}
}

// Closing a Decoder ends ffmpeg and what serves it, whatever that is doing.
func TestFFmpegClose(t *testing.T) {
	t.Setenv(fakeFFmpeg, "hangs")
	path := filepath.Join(t.TempDir(), "x.m4a")
	if err := os.WriteFile(path, []byte(m4a), 0o666); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	for range 5 {
		d, err := Open(path, Config{FFmpeg: os.Args[0]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Read(newBlock(2, 10)); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if state := d.format.(*ffmpegDecoder).cmd.ProcessState; state == nil {
			t.Error("the process has not been waited for")
		}
	}
	for try := 0; runtime.NumGoroutine() > before; try++ {
		if try == 6000 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}

	// A stream that stands still does not hold Close up for ever.
	r, w := io.Pipe()
	defer w.Close()
	go w.Write([]byte(m4a + strings.Repeat("x", 100)))
	d, err := NewDecoder(r, Config{FFmpeg: os.Args[0]})
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
}

// An error of the stream is not mistaken for the end of the sound.
func TestFFmpegStreamFails(t *testing.T) {
	t.Setenv(fakeFFmpeg, "good")
	r := io.MultiReader(strings.NewReader(m4a), &errOnce{err: errBroken})
	clip, err := Decode(r, Config{FFmpeg: os.Args[0]})
	if !errors.Is(err, errBroken) || errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v, %v", clip, err)
	}
	// Damaged Ogg that ffmpeg is satisfied with.
	page := []byte(oggPage("OpusHead"))
	page[5] &^= 4
	fixPage(page)
	if _, err = Decode(bytes.NewReader(page), Config{FFmpeg: os.Args[0]}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Ogg without a last page: %v", err)
	}
	if _, err = Decode(bytes.NewReader(append(page, make([]byte, 100)...)), Config{FFmpeg: os.Args[0]}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("Ogg with garbage: %v", err)
	}
}

// What follows runs the real ffmpeg.

func TestFFmpegFileNames(t *testing.T) {
	needFFmpeg(t)
	data, err := os.ReadFile(formatFile("s16.aiff"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"-y", "http:x.aiff", "a%03d.aiff", "pipe:0", "x.g722", "concat:a|b", "file:x", "ü ber\n.aiff"} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
		clip, err := ReadFile(name, Config{})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		checkClip(t, clip, sourceClip(2, 16), 0)
	}
	// Neither does the extension make sound of noise.
	if err := os.WriteFile("noise.g722", bytes.Repeat([]byte{0, 1, 2, 200}, 1000), 0o666); err != nil {
		t.Fatal(err)
	}
	if clip, err := ReadFile("noise.g722", Config{}); !errors.Is(err, ErrFormat) {
		t.Errorf("noise with ffmpeg's extension for G.722: %v, %v", clip, err)
	}
}

func TestFFmpegFormats(t *testing.T) {
	needFFmpeg(t)
	for _, test := range []struct {
		name string
		info Info
	}{
		{"s16.aiff", Info{"aiff", "pcm_s16be", sourceRate, 2, 0, -1, "ffmpeg"}},
		{"aac.m4a", Info{"mov,mp4,m4a,3gp,3g2,mj2", "aac", sourceRate, 2, 0, -1, "ffmpeg"}},
		{"opus.ogg", Info{"ogg", "opus", 48000, 2, 0, -1, "ffmpeg"}},
		{"gsm.wav", Info{"wav", "gsm_ms", sourceRate, 1, 0, -1, "ffmpeg"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := formatFile(test.name)
			if info, err := Stat(path, Config{}); info != test.info || err != nil {
				t.Errorf("Stat: %+v, %v; want %+v", info, err, test.info)
			}
			clip, err := ReadFile(path, Config{})
			if err != nil {
				t.Fatal(err)
			}
			if seconds := clip.Duration().Seconds(); seconds < 0.15 || seconds > 0.3 {
				t.Errorf("%v seconds", seconds)
			}
			samples, err := readertest.Check(t, func() readertest.Reader {
				d, err := Open(path, Config{})
				if err != nil {
					t.Fatal(err)
				}
				return d
			})
			if err != nil {
				t.Error(err)
			}
			checkClip(t, &Clip{samples, clip.SampleRate}, clip, 0)
			if test.name == "aac.m4a" {
				return // its index is at its end
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			stream, err := Decode(onlyReader{bytes.NewReader(data)}, Config{})
			if err != nil {
				t.Fatal(err)
			}
			checkClip(t, stream, clip, 0)
		})
	}
}

// A playlist does not make ffmpeg read files that it names.
func TestFFmpegPlaylists(t *testing.T) {
	needFFmpeg(t)
	sound, err := filepath.Abs(formatFile("s16.wav"))
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]string{
		"concat":          "ffconcat version 1.0\nfile '" + sound + "'\n",
		"HLS":             "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + sound + "\n#EXT-X-ENDLIST\n",
		"HLS, not a text": "#EXTM3U\n\x01\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:" + sound + "\n#EXT-X-ENDLIST\n",
	} {
		path := filepath.Join(t.TempDir(), "x.wav")
		if err := os.WriteFile(path, []byte(list), 0o666); err != nil {
			t.Fatal(err)
		}
		if clip, err := ReadFile(path, Config{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got %v, %v", name, clip != nil, err)
		}
	}
}

func TestFFmpegCutOpus(t *testing.T) {
	needFFmpeg(t)
	data, err := os.ReadFile(formatFile("opus.ogg"))
	if err != nil {
		t.Fatal(err)
	}
	clip, err := Decode(bytes.NewReader(data[:len(data)-10]), Config{})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, %v", clip, err)
	}
}
