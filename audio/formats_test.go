package audio

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/soundspace/soundspace/audio/internal/readertest"
)

const (
	sourceFrames = 1201
	sourceRate   = 8000
)

// sourceSample is sample i of channel c, an integer of 24 bits, of the sound that is
// in all the files of testdata/formats.
func sourceSample(c, i int) int {
	if c == 0 && i < 2 {
		return [2]int{-1 << 23, 1<<23 - 1}[i]
	}
	abs := func(x int) int { return max(x, -x) }
	fast := abs((i*(7*c+55)+100*c)%800-400) - 200
	slow := abs((3*i+50*c)%2000-1000) - 500
	noise := int((int64(i)*1103515245+int64(c)*12345+12345)%(1<<31)>>16%1024) - 512
	return fast*16000 + slow*5000 + noise*64
}

// sourceClip is that sound, cut to so many bits per sample.
func sourceClip(channels, bits int) *Clip {
	clip := NewClip(channels, sourceFrames, sourceRate)
	for c, x := range clip.Samples {
		for i := range x {
			x[i] = float32(math.Ldexp(float64(sourceInt(c, i, bits)), 1-bits))
		}
	}
	return clip
}

func sourceInt(c, i, bits int) int {
	if bits == 32 {
		return sourceSample(c, i)<<8 | i%256
	}
	return sourceSample(c, i) >> (24 - bits)
}

// formatFile is the path of a file of testdata/formats.
func formatFile(name string) string { return filepath.Join("testdata", "formats", name) }

// referenceClip is the interleaved sound that ffmpeg has decoded into a file.
func referenceClip(t testing.TB, name string, channels, rate int) *Clip {
	t.Helper()
	b, err := os.ReadFile(formatFile(name))
	if err != nil {
		t.Fatal(err)
	}
	return rawClip(b, filepath.Ext(name), channels, rate)
}

// rawClip is a clip of raw samples of the kind .s16 or .f32.
func rawClip(b []byte, kind string, channels, rate int) *Clip {
	width := 2
	if kind == ".f32" {
		width = 4
	}
	clip := NewClip(channels, len(b)/width/channels, rate)
	for i := range clip.Frames() {
		for c := range channels {
			at := b[(i*channels+c)*width:]
			if width == 2 {
				clip.Samples[c][i] = float32(int16(binary.LittleEndian.Uint16(at))) / 32768
			} else {
				clip.Samples[c][i] = math.Float32frombits(binary.LittleEndian.Uint32(at))
			}
		}
	}
	return clip
}

// checkClip fails t unless got is want, each sample within tolerance.
func checkClip(t testing.TB, got, want *Clip, tolerance float64) {
	t.Helper()
	if got.SampleRate != want.SampleRate || got.Channels() != want.Channels() || got.Frames() != want.Frames() {
		t.Fatalf("got %d Hz, %d channels, %d frames; want %d Hz, %d channels, %d frames",
			got.SampleRate, got.Channels(), got.Frames(), want.SampleRate, want.Channels(), want.Frames())
	}
	for c := range want.Samples {
		for i, w := range want.Samples[c] {
			if g := got.Samples[c][i]; g != w && !(math.Abs(float64(g)-float64(w)) <= tolerance) {
				t.Fatalf("channel %d, frame %d: got %v, want %v", c, i, g, w)
			}
		}
	}
}

var goldens = []struct {
	name      string
	info      Info
	clip      func(testing.TB) *Clip // what it decodes to
	tolerance float64
}{
	{"u8.wav", wavInfo("pcm_u8", 2, 8), exactly(2, 8), 0},
	{"s16.wav", wavInfo("pcm_s16le", 2, 16), exactly(2, 16), 0},
	{"s16-mono.wav", wavInfo("pcm_s16le", 1, 16), exactly(1, 16), 0},
	{"s24.wav", wavInfo("pcm_s24le", 2, 24), exactly(2, 24), 0},
	{"s32.wav", wavInfo("pcm_s32le", 2, 32), exactly(2, 32), 0},
	{"f32.wav", wavInfo("pcm_f32le", 2, 32), exactly(2, 24), 0},
	{"f64.wav", wavInfo("pcm_f64le", 2, 64), exactly(2, 24), 0},
	{"six.wav", wavInfo("pcm_s16le", 6, 16), exactly(6, 16), 0},
	{"extensible-f32.wav", wavInfo("pcm_f32le", 2, 32), exactly(2, 24), 0},
	{"rifx-s16.wav", Info{"RIFX", "pcm_s16be", sourceRate, 2, 16, sourceFrames, "go"}, exactly(2, 16), 0},
	{"rifx-s24.wav", Info{"RIFX", "pcm_s24be", sourceRate, 2, 24, sourceFrames, "go"}, exactly(2, 24), 0},
	{"rifx-f32.wav", Info{"RIFX", "pcm_f32be", sourceRate, 2, 32, sourceFrames, "go"}, exactly(2, 24), 0},
	{"rf64.wav", Info{"RF64", "pcm_s24le", sourceRate, 2, 24, sourceFrames, "go"}, exactly(2, 24), 0},
	{"sox-pipe.wav", Info{"WAV", "pcm_s16le", sourceRate, 2, 16, -1, "go"}, exactly(2, 16), 0},
	{"ffmpeg-pipe.wav", Info{"WAV", "pcm_s16le", sourceRate, 2, 16, -1, "go"}, exactly(2, 16), 0},

	{"alaw.wav", wavInfo("pcm_alaw", 2, 8), asReference("alaw.s16", 2), 0},
	{"mulaw.wav", wavInfo("pcm_mulaw", 2, 8), asReference("mulaw.s16", 2), 0},
	{"ima.wav", wavInfo("adpcm_ima_wav", 2, 4), asReference("ima.s16", 2), 0},
	{"ima-mono.wav", wavInfo("adpcm_ima_wav", 1, 4), asReference("ima-mono.s16", 1), 0},
	{"ms.wav", wavInfo("adpcm_ms", 2, 4), asReference("ms.s16", 2), 0},
	{"ms-mono.wav", wavInfo("adpcm_ms", 1, 4), asReference("ms-mono.s16", 1), 0},
	{"ima-ffmpeg.wav", Info{"WAV", "adpcm_ima_wav", sourceRate, 2, 4, 1245, "go"}, asReference("ima-ffmpeg.s16", 2), 0},
	{"ms-ffmpeg.wav", Info{"WAV", "adpcm_ms", sourceRate, 2, 4, 1220, "go"}, asReference("ms-ffmpeg.s16", 2), 0},

	{"u8.flac", flacInfo(2, 8), exactly(2, 8), 0},
	{"s16.flac", flacInfo(2, 16), exactly(2, 16), 0},
	{"s24.flac", flacInfo(2, 24), exactly(2, 24), 0},
	{"s32.flac", flacInfo(2, 32), exactly(2, 32), 0},
	{"six.flac", flacInfo(6, 16), exactly(6, 16), 0},
	{"pipe-24k.flac", Info{"FLAC", "flac", 24000, 2, 16, -1, "go"}, func(testing.TB) *Clip {
		clip := sourceClip(2, 16)
		clip.SampleRate = 24000
		return clip
	}, 0},

	// Of a stream that has but one page of sound ffmpeg gives all frames of the
	// last block, libvorbis and this package those there were before encoding.
	{"vorbis.ogg", vorbisInfo(2, sourceFrames), asReference("vorbis.f32", 2), 1e-6},
	{"vorbis-mono.ogg", vorbisInfo(1, sourceFrames), asReference("vorbis-mono.f32", 1), 1e-6},
	{"vorbis-six.ogg", vorbisInfo(6, sourceFrames), asReference("vorbis-six.f32", 6), 1e-6},
	{"vorbis-chain.ogg", vorbisInfo(2, -1), func(t testing.TB) *Clip {
		ref := referenceClip(t, "vorbis-chain.f32", 2, sourceRate)
		second := ref.Frames() / 2
		clip := NewClip(2, 2*sourceFrames, sourceRate)
		for c, x := range clip.Samples {
			copy(x, ref.Samples[c][:sourceFrames])
			copy(x[sourceFrames:], ref.Samples[c][second:second+sourceFrames])
		}
		return clip
	}, 1e-6},
}

func wavInfo(codec string, channels, bits int) Info {
	return Info{"WAV", codec, sourceRate, channels, bits, sourceFrames, "go"}
}

func flacInfo(channels, bits int) Info {
	return Info{"FLAC", "flac", sourceRate, channels, bits, sourceFrames, "go"}
}

func vorbisInfo(channels int, frames int64) Info {
	return Info{"Ogg Vorbis", "vorbis", sourceRate, channels, 0, frames, "go"}
}

func exactly(channels, bits int) func(testing.TB) *Clip {
	return func(testing.TB) *Clip { return sourceClip(channels, bits) }
}

// asReference is what ffmpeg has decoded. Where the file says where in the last
// block the sound ends, the frames that ffmpeg gives after that are left out.
func asReference(name string, channels int) func(testing.TB) *Clip {
	return func(t testing.TB) *Clip {
		clip := referenceClip(t, name, channels, sourceRate)
		if !strings.HasSuffix(name, "-ffmpeg.s16") {
			clip = clip.Section(0, sourceFrames)
		}
		return clip
	}
}

func TestFormats(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			cfg := Config{NoFFmpeg: true}
			path := formatFile(g.name)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := g.clip(t)

			info, err := Stat(path, cfg)
			if info != g.info || err != nil {
				t.Errorf("Stat: %+v, %v; want %+v", info, err, g.info)
			}
			got, err := ReadFile(path, cfg)
			if err != nil {
				t.Fatal(err)
			}
			checkClip(t, got, want, g.tolerance)

			// A stream, whatever its Reads return, gives the same.
			for name, r := range map[string]io.Reader{
				"whole":            bytes.NewReader(data),
				"byte by byte":     iotest.OneByteReader(bytes.NewReader(data)),
				"data and EOF":     iotest.DataErrReader(bytes.NewReader(data)),
				"half of each":     iotest.HalfReader(bytes.NewReader(data)),
				"after an ID3 tag": io.MultiReader(strings.NewReader("ID3\x04\x00\x00\x00\x00\x01\x00"+strings.Repeat("t", 128)), bytes.NewReader(data)),
			} {
				clip, err := Decode(r, cfg)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				checkClip(t, clip, got, 0)
			}
			samples, err := readertest.Check(t, func() readertest.Reader {
				d, err := Open(path, cfg)
				if err != nil {
					t.Fatal(err)
				}
				return d
			})
			if err != nil {
				t.Error(err)
			}
			checkClip(t, &Clip{samples, got.SampleRate}, got, 0)
		})
	}
}

// TestFFmpegAgrees compares with what the installed ffmpeg decodes.
func TestFFmpegAgrees(t *testing.T) {
	needFFmpeg(t)
	paths, _ := filepath.Glob(formatFile("*.*"))
	more, _ := filepath.Glob("../testdata/*.*")
	for _, path := range append(paths, more...) {
		name := filepath.Base(path)
		switch filepath.Ext(name) {
		case ".wav", ".flac", ".ogg", ".aiff", ".m4a":
		default:
			continue
		}
		if strings.HasPrefix(name, "rifx") || name == "s32.flac" || name == "vorbis-chain.ogg" {
			continue // ffmpeg 5.1 cannot, or gives other lengths
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadFile(path, Config{})
			if err != nil {
				t.Fatal(err)
			}
			raw, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			want := rawClip(raw, ".f32", got.Channels(), got.SampleRate)
			if got.Frames() == sourceFrames && want.Frames() > sourceFrames {
				want = want.Section(0, sourceFrames) // see goldens
			}
			checkClip(t, got, want, 1e-6)
		})
	}
}

func needFFmpeg(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
}
