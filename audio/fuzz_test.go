package audio

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audio/internal/ogg"
)

// fuzzDecode decodes data and checks what every outcome must be like.
func fuzzDecode(t *testing.T, data []byte) {
	defer time.AfterFunc(time.Minute, func() { panic("it takes too long") }).Stop()
	d, err := NewDecoder(bytes.NewReader(data), Config{NoFFmpeg: true})
	if err != nil {
		return
	}
	defer d.Close()
	info := d.Info()
	if info.SampleRate <= 0 || info.Channels <= 0 || info.Frames < -1 || info.SampleRate != d.SampleRate() || info.Channels != d.Channels() {
		t.Fatalf("%+v, %d Hz, %d channels", info, d.SampleRate(), d.Channels())
	}
	dst := newBlock(d.Channels(), 1000)
	for total := 0; total < 1<<21; { // silence may be coded in hardly any bytes
		n, err := d.Read(dst)
		if err != nil {
			if n != 0 {
				t.Fatalf("%d frames with the error %v", n, err)
			}
			return
		}
		if n <= 0 || n > 1000 {
			t.Fatalf("%d frames", n)
		}
		total += n * d.Channels()
	}
}

func fuzzSeeds(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		paths, _ := filepath.Glob(formatFile(pattern))
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

func FuzzWAV(f *testing.F) {
	fuzzSeeds(f, "*.wav")
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 12 {
			return
		}
		copy(data[8:], "WAVE")
		fuzzDecode(t, data)
	})
}

// FuzzFLAC has a twin in internal/flac that does without checksums.
func FuzzFLAC(f *testing.F) {
	fuzzSeeds(f, "*.flac")
	f.Fuzz(fuzzDecode)
}

// FuzzOgg puts the checksums of pages right, so that what is in them is seen.
func FuzzOgg(f *testing.F) {
	fuzzSeeds(f, "*.ogg")
	f.Fuzz(func(t *testing.T, data []byte) {
		fixPages(data)
		fuzzDecode(t, data)
	})
}

func FuzzDecode(f *testing.F) {
	fuzzSeeds(f, "*.wav", "*.flac", "*.ogg", "*.m4a", "*.aiff")
	mp3s, _ := filepath.Glob("../testdata/*.mp3")
	for _, path := range mp3s {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 5000)])
	}
	f.Fuzz(fuzzDecode)
}

// fixPages sets the checksums of the pages of an Ogg stream, in place.
func fixPages(data []byte) {
	for len(data) >= 27 {
		n := 27 + int(data[26])
		if n > len(data) {
			return
		}
		size := n
		for _, s := range data[27:n] {
			size += int(s)
		}
		if size > len(data) {
			return
		}
		binary.LittleEndian.PutUint32(data[22:], ogg.Checksum(data[:size]))
		data = data[size:]
	}
}
