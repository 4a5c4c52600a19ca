// Package recording makes what the comparisons read.
package recording

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
)

// Rate is that of all recordings, in Hz.
const Rate = 44100

// Write writes a WAV file of so many seconds of 16 bits, in one channel or two:
// the ten seconds of period over and over. It leaves sizes open that its header
// has no room for, those of 4 GiB and more.
func Write(path string, seconds, channels int) error {
	size := int64(seconds) * Rate * int64(channels) * 2
	head := []byte("RIFF")
	head = binary.LittleEndian.AppendUint32(head, clip(36+size))
	head = append(head, "WAVEfmt "...)
	head = binary.LittleEndian.AppendUint32(head, 16)
	head = binary.LittleEndian.AppendUint16(head, 1) // PCM
	head = binary.LittleEndian.AppendUint16(head, uint16(channels))
	head = binary.LittleEndian.AppendUint32(head, Rate)
	head = binary.LittleEndian.AppendUint32(head, uint32(Rate*channels*2))
	head = binary.LittleEndian.AppendUint16(head, uint16(channels*2))
	head = binary.LittleEndian.AppendUint16(head, 16)
	head = append(head, "data"...)
	head = binary.LittleEndian.AppendUint32(head, clip(size))

	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(head); err != nil {
		return err
	}
	for sound := period(channels); size > 0; size -= int64(len(sound)) {
		if _, err := f.Write(sound[:min(size, int64(len(sound)))]); err != nil {
			return err
		}
	}
	return f.Close()
}

func clip(size int64) uint32 { return uint32(min(size, math.MaxUint32)) }

// period is sound with something at every frequency: a chirp in the first
// channel, bursts of noise in the second.
func period(channels int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var sound []byte
	phase := 0.0
	for i := range 10 * Rate {
		t := float64(i) / Rate
		phase += 2 * math.Pi * (50 + 20000*t/10) / Rate
		frame := [2]float64{
			0.5*math.Sin(phase) + 0.001*rng.NormFloat64(),
			0.1 * rng.NormFloat64() * math.Exp(-5*math.Mod(t, 1)),
		}
		for _, v := range frame[:channels] {
			v = min(max(math.Round(32768*v), -32768), 32767)
			sound = binary.LittleEndian.AppendUint16(sound, uint16(int16(v)))
		}
	}
	return sound
}
