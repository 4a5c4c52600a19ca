package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// These tests make MP3 files with lame and compare their decoding with that of
// ffmpeg, and with libmad's in sox: at 24 kHz ffmpeg 5.1's decoder differs where
// there are short blocks, from libmad, libmpg123 and LAME's own alike, which
// agree. They skip what they have no program for.

func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
}

func runProgram(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	var out, message bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &message
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, message.Bytes())
	}
	return out.Bytes()
}

// planar cuts little-endian float32 samples into channels.
func planar(raw []byte, channels int) [][]float32 {
	x := newBlock(channels, len(raw)/4/channels)
	for i := range len(raw) / 4 {
		x[i%channels][i/channels] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return x
}

// mp3Signal is a chirp with bursts of noise, which are coded in short blocks,
// alike in both channels, as 16-bit samples.
func mp3Signal(rate int, seconds float64, channels int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	n := int(float64(rate) * seconds)
	var raw []byte
	envelope := 0.0
	for i := range n {
		x := float64(i) / float64(rate)
		envelope *= 1 - 1/(0.005*float64(rate))
		if i%(rate/8) == rate/30 {
			envelope = 1
		}
		noise := random.NormFloat64() * envelope
		chirp := math.Sin(2 * math.Pi * x * (200 + x/seconds*0.15*float64(rate)))
		y := []float64{0.25*chirp + 0.2*noise, 0.2*chirp + 0.16*noise + 0.01*random.NormFloat64()}
		for _, v := range y[:channels] {
			v = min(max(v, -1), 1)
			raw = binary.LittleEndian.AppendUint16(raw, uint16(int16(math.Round(32767*v))))
		}
	}
	return raw
}

// encodeMP3 encodes a signal of the rate with lame, to a file at path, and
// returns that.
func encodeMP3(t *testing.T, path string, rate int, channels int, args ...string) []byte {
	t.Helper()
	raw := path + ".raw"
	if err := os.WriteFile(raw, mp3Signal(rate, 0.5, channels), 0o666); err != nil {
		t.Fatal(err)
	}
	khz := fmt.Sprint(float64(rate) / 1000)
	all := []string{"--quiet", "-r", "-s", khz, "--resample", khz, "--bitwidth", "16"}
	if channels == 1 {
		all = append(all, "-m", "m")
	}
	runProgram(t, "lame", append(append(all, args...), raw, path)...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMP3Matrix(t *testing.T) {
	needPrograms(t, "lame", "ffmpeg")
	_, err := exec.LookPath("sox")
	haveSox := err == nil

	type encoding struct {
		rate, channels int
		args           string
	}
	var encodings []encoding
	add := func(rate, channels int, args ...string) {
		for _, a := range args {
			encodings = append(encodings, encoding{rate, channels, a})
		}
	}
	add(44100, 1, "-b 32", "-b 64", "-b 160 -p", "-b 320", "-V 5")
	add(44100, 2, "-b 64", "-b 128", "-b 128 -m s", "-b 128 -m f", "-b 160 -p", "-b 192 -t", "-b 320", "-V 0", "-V 9", "-V 4 -p -t", "--abr 110")
	for _, rate := range []int{48000, 32000} {
		add(rate, 1, "-b 48", "-V 7")
		add(rate, 2, "-b 96", "-b 128 -m f -p", "-b 320", "-b 320 -m s", "-V 0", "-V 9 -t")
	}
	// At 22.05 kHz all bitrates: go-mp3 alone gets half of them wrong.
	add(22050, 1, "-b 8", "-b 16", "-b 24", "-b 32", "-b 40 -p", "-b 48", "-b 56", "-b 160", "-V 5")
	add(22050, 2, "-b 64", "-b 80", "-b 96", "-b 112", "-b 128", "-b 144 -m s", "-b 160", "-b 160 -p -t", "-V 0", "-V 9", "--abr 60")
	for _, rate := range []int{24000, 16000} {
		add(rate, 1, "-b 8", "-b 64 -p", "-b 160")
		add(rate, 2, "-b 64", "-b 80 -m s -t", "-b 160", "-V 3")
	}
	for _, rate := range []int{12000, 11025, 8000} {
		add(rate, 1, "-b 8", "-b 32")
		add(rate, 2, "-b 32 -m s", "-b 64 -p", "-V 4")
	}
	if testing.Short() {
		short := encodings[:0]
		for i, e := range encodings {
			if i%4 == 0 {
				short = append(short, e)
			}
		}
		encodings = short
	}
	dir := t.TempDir()
	for i, e := range encodings {
		t.Run(fmt.Sprintf("%d Hz %d channels %s", e.rate, e.channels, e.args), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, fmt.Sprintf("%d.mp3", i))
			data := encodeMP3(t, path, e.rate, e.channels, strings.Fields(e.args)...)
			got, info, err := decodeMP3(data)
			if e.rate == 8000 && errors.Is(err, errNeedsFFmpeg) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if info.SampleRate != e.rate || info.Channels != e.channels {
				t.Fatalf("Info %+v", info)
			}
			n := len(got[0])
			want := planar(runProgram(t, "ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-"), e.channels)
			if n != len(want[0]) || info.Frames != -1 && info.Frames != int64(n) {
				t.Fatalf("%d samples, Info says %d, ffmpeg gives %d", n, info.Frames, len(want[0]))
			}
			if e.rate == 24000 {
				if !haveSox {
					t.Skip("sox is not installed")
				}
				want = planar(runProgram(t, "sox", path, "-t", "f32", "-"), e.channels)
				if info.Frames >= 0 { // there is a tag: sox leaves its frame in, and the delay
					for c := range want {
						want[c] = want[c][576+576+mp3DecoderDelay:]
					}
				}
			}
			if snr := snrOf(got, want); snr < mp3SNR {
				t.Errorf("%.1f dB, want %d", snr, mp3SNR)
			}
		})
	}
}

// TestMP3CutFront cuts the start off. Where a frame shares scale factors
// between its granules and only the second one's bits are there, ffmpeg decodes
// that with whatever scale factors it has: from the third frame on it is right.
func TestMP3CutFront(t *testing.T) {
	needPrograms(t, "lame", "ffmpeg")
	dir := t.TempDir()
	for _, e := range []struct {
		rate, channels int
		args           []string
	}{{44100, 2, []string{"-b", "128"}}, {44100, 2, []string{"-V", "3", "-t"}}, {22050, 1, []string{"-b", "32"}}} {
		data := encodeMP3(t, filepath.Join(dir, "whole.mp3"), e.rate, e.channels, e.args...)
		for cut := 1; cut < len(data)-3000; cut += len(data) / 10 {
			path := filepath.Join(dir, "cut.mp3")
			if err := os.WriteFile(path, data[cut:], 0o666); err != nil {
				t.Fatal(err)
			}
			got, _, err := decodeMP3(data[cut:])
			if err != nil {
				t.Fatal(err)
			}
			want := planar(runProgram(t, "ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-"), e.channels)
			if len(got[0]) != len(want[0]) {
				t.Fatalf("%v, cut at %d: %d samples, ffmpeg gives %d", e, cut, len(got[0]), len(want[0]))
			}
			for c := range want {
				got[c], want[c] = got[c][3*1152:], want[c][3*1152:]
			}
			if snr := snrOf(got, want); snr < mp3SNR {
				t.Errorf("%v, cut at %d: %.1f dB, want %d", e, cut, snr, mp3SNR)
			}
		}
	}
}
