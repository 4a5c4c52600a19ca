package audio

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// minute is a minute of stereo sound at 44.1 kHz, as WAV of 16 bits.
func minute(b *testing.B) []byte {
	b.Helper()
	const frames = 60 * 44100
	data := make([]byte, 0, 4*frames)
	for i := range frames {
		for c := range 2 {
			v := sourceSample(c, i%(1<<20)) >> 8
			data = append(data, byte(v), byte(v>>8))
		}
	}
	return riff(riffChunk("fmt ", wavHeader{1, 2, 44100, 4, 16}.bytes()), riffChunk("data", data))
}

// encoded is that sound, encoded by a program.
func encoded(b *testing.B, name string, arg ...string) []byte {
	b.Helper()
	if _, err := exec.LookPath(name); err != nil {
		b.Skip(err)
	}
	dir := b.TempDir()
	in := filepath.Join(dir, "in.wav")
	if err := os.WriteFile(in, minute(b), 0o666); err != nil {
		b.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if msg, err := exec.Command(name, append(arg, "-o", out, in)...).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, msg)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// BenchmarkDecode60s decodes a minute of stereo sound at 44.1 kHz. MB/s are those
// of 16-bit samples. "whole" makes a Clip of a file, "stream" reads blocks from
// memory.
func BenchmarkDecode60s(b *testing.B) {
	for _, format := range []struct {
		name string
		make func(*testing.B) []byte
	}{
		{"WAV", minute},
		{"FLAC", func(b *testing.B) []byte { return encoded(b, "flac", "-s") }},
		{"Ogg", func(b *testing.B) []byte { return encoded(b, "oggenc", "-Q", "-q5") }},
	} {
		b.Run(format.name, func(b *testing.B) {
			data := format.make(b)
			path := filepath.Join(b.TempDir(), "x")
			if err := os.WriteFile(path, data, 0o666); err != nil {
				b.Fatal(err)
			}
			b.Run("whole", func(b *testing.B) {
				b.SetBytes(60 * 44100 * 4)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := ReadFile(path, Config{}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("stream", func(b *testing.B) {
				b.SetBytes(60 * 44100 * 4)
				b.ReportAllocs()
				dst := newBlock(2, 4096)
				for b.Loop() {
					d, err := NewDecoder(bytes.NewReader(data), Config{})
					if err != nil {
						b.Fatal(err)
					}
					for err == nil {
						_, err = d.Read(dst)
					}
					if err != io.EOF {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func BenchmarkStat(b *testing.B) {
	for _, name := range []string{"s16.wav", "s16.flac", "vorbis.ogg"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Stat(formatFile(name), Config{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWriteWAV60s(b *testing.B) {
	clip, err := Decode(bytes.NewReader(minute(b)), Config{})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "x.wav")
	b.SetBytes(60 * 44100 * 4)
	for b.Loop() {
		if err := WriteWAVFile(path, clip, 16); err != nil {
			b.Fatal(err)
		}
	}
}
