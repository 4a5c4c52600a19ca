package audio

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// damage returns a copy of data with one kind of damage, or several.
func damage(data []byte, r *rand.Rand) []byte {
	b := bytes.Clone(data)
	span := func(most int) (from, to int) {
		from = r.IntN(len(b))
		return from, min(from+1+r.IntN(most), len(b))
	}
	for more := true; more && len(b) > 0; more = r.IntN(4) == 0 {
		switch r.IntN(8) {
		case 0: // bits flipped
			for range 1 + r.IntN(20) {
				b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			}
		case 1: // cut off
			b = b[:r.IntN(len(b))]
		case 2: // a piece missing
			from, to := span(len(b)/4 + 1)
			b = append(b[:from], b[to:]...)
		case 3: // something put in
			extra := make([]byte, 1+r.IntN(300))
			for i := range extra {
				extra[i] = byte(r.Uint32())
			}
			at := r.IntN(len(b))
			b = append(b[:at], append(extra, b[at:]...)...)
		case 4: // zeroed
			from, to := span(1000)
			clear(b[from:to])
		case 5: // overwritten
			from, to := span(100)
			for i := range b[from:to] {
				b[from+i] = byte(r.Uint32())
			}
		case 6: // a byte of the header
			b[r.IntN(min(len(b), 128))] = [...]byte{0, 1, 0x7F, 0x80, 0xFF, byte(r.Uint32())}[r.IntN(6)]
		case 7: // a word of the header
			at := r.IntN(min(len(b), 128))
			copy(b[at:min(at+4, len(b))], [...]string{"\x00\x00\x00\x00", "\xFF\xFF\xFF\xFF", "\xFF\xFF\xFF\x7F", "\x00\x00\x00\x80"}[r.IntN(4)])
		}
	}
	return b
}

// Damaged files lead to an answer in no time and little memory; and where the
// format has checksums, the sound that is given is that of the good file.
func TestDamagedFiles(t *testing.T) {
	copies := 400
	if testing.Short() {
		copies = 40
	}
	var paths []string
	for _, pattern := range []string{formatFile("*.wav"), formatFile("*.flac"), formatFile("*.ogg"),
		"../testdata/*.wav", "../testdata/*.flac", "../testdata/*.ogg", "../testdata/*.mp3"} {
		found, _ := filepath.Glob(pattern)
		paths = append(paths, found...)
	}
	cfg := Config{NoFFmpeg: true}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Ext(path) == ".mp3" {
				data = data[:min(len(data), 5000)] // it takes its time; TestMP3Damage does more
			}
			before := allocated()
			good, goodErr := Decode(bytes.NewReader(data), cfg)
			needed := allocated() - before
			checksums := goodErr == nil && (filepath.Ext(path) == ".flac" || filepath.Ext(path) == ".ogg")
			random := rand.New(rand.NewPCG(uint64(len(data)), 1))
			for i := range copies {
				bad := damage(data, random)
				before, start := allocated(), time.Now()
				clip, err := Decode(bytes.NewReader(bad), cfg)
				if took := time.Since(start); took > time.Minute {
					t.Fatalf("copy %d takes %v", i, took)
				}
				if grown := allocated() - before; grown > needed+64<<20 {
					t.Fatalf("copy %d: %d MiB are allocated, for the good file %d", i, grown>>20, needed>>20)
				}
				if clip == nil {
					if err == nil {
						t.Fatalf("copy %d: no clip and no error", i)
					}
					continue
				}
				if n := clip.Frames() * clip.Channels(); n > 100*len(bad) {
					t.Fatalf("copy %d: %d samples from %d bytes", i, n, len(bad))
				}
				if checksums && clip.Frames() > 0 {
					checkClip(t, clip, good.Section(0, min(clip.Frames(), good.Frames())), 0)
				}
			}
		})
	}
}
