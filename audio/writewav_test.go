package audio

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gowav "github.com/go-audio/wav"
)

func TestWriteWAVRoundTrip(t *testing.T) {
	for _, bits := range []int{16, 24} {
		for _, channels := range []int{1, 2, 6} {
			for _, frames := range []int{0, 1, 2, blockFrames - 1, blockFrames, 2*blockFrames + 1} {
				clip := NewClip(channels, frames, 44100)
				for c, x := range clip.Samples {
					for i := range x {
						x[i] = float32(math.Ldexp(float64(sourceInt(c, i, bits)), 1-bits))
					}
				}
				path := filepath.Join(t.TempDir(), "x.wav")
				if err := WriteWAVFile(path, clip, bits); err != nil {
					t.Fatal(err)
				}
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if size := 44 + frames*channels*bits/8; len(data) != size+size%2 {
					t.Errorf("%d bits, %d channels, %d frames: %d bytes", bits, channels, frames, len(data))
				}
				got, err := ReadFile(path, Config{})
				if frames == 0 {
					if !errors.Is(err, ErrEmpty) {
						t.Errorf("no frames: %v", err)
					}
				} else if err != nil {
					t.Fatal(err)
				}
				checkClip(t, got, clip, 0)

				d := gowav.NewDecoder(bytes.NewReader(data))
				buf, err := d.FullPCMBuffer()
				if n := frames * channels; err != nil || len(buf.Data) != n && len(buf.Data) != n+1 { // it may take the padding for a sample
					t.Fatalf("go-audio/wav: %d bits, %d channels, %d frames: %d samples, %v", bits, channels, frames, len(buf.Data), err)
				}
				for i, v := range buf.Data[:frames*channels] {
					if want := sourceInt(i%channels, i/channels, bits); v != want {
						t.Fatalf("go-audio/wav: sample %d is %d, want %d", i, v, want)
					}
				}
			}
		}
	}
}

func TestWriteWAVQuantizes(t *testing.T) {
	inf := float32(math.Inf(1))
	x := []float32{0, 1, -1, 2, -2, inf, -inf, float32(math.NaN()), 0.4 / 32768, 0.6 / 32768, -0.6 / 32768, 32766.6 / 32768}
	want := []int{0, 32767, -32768, 32767, -32768, 32767, -32768, 0, 0, 1, -1, 32767}
	got := make([]int, len(x))
	quantize(got, x, 1, 16)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v becomes %d, want %d", x[i], got[i], want[i])
		}
	}
}

func TestWriteWAVErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wav")
	huge := make([]float32, 1)
	for _, test := range []struct {
		clip *Clip
		bits int
		text string
	}{
		{NewClip(1, 1, 8000), 8, "bit depth 8"},
		{NewClip(1, 1, 8000), 32, "bit depth 32"},
		{&Clip{SampleRate: 8000}, 16, "0 channels"},
		{&Clip{Samples: make([][]float32, 40000), SampleRate: 8000}, 16, "40000 channels"},
		{&Clip{Samples: [][]float32{huge, nil}, SampleRate: 8000}, 16, "unequal length"},
		{&Clip{Samples: [][]float32{huge}, SampleRate: 0}, 16, "sample rate 0"},
	} {
		if err := WriteWAVFile(path, test.clip, test.bits); err == nil || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want an error with %q", err, test.text)
		}
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) > 0 {
		t.Errorf("%v is left behind", files)
	}
}

// fullDisk is a file that takes so many bytes.
type fullDisk struct {
	room int
	at   int64
}

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func (f *fullDisk) Seek(offset int64, _ int) (int64, error) {
	f.at = offset
	return offset, nil
}

func TestWriteWAVFullDisk(t *testing.T) {
	var w io.WriteSeeker
	for room := 0; room < 44+202; room += 10 {
		w = &fullDisk{room: room}
		// (The encoder wraps some errors without %w.)
		if err := WriteWAV(w, NewClip(1, 101, 8000), 16); err == nil || !strings.Contains(err.Error(), errBroken.Error()) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}
