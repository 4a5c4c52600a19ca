//go:build unix

package peer

import (
	"encoding/binary"
	"os"
)

// WriteFloats writes values for programs to read, as little-endian float32.
func WriteFloats(name string, x []float32) error {
	data, err := binary.Append(nil, binary.LittleEndian, x)
	if err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o666)
}

// ReadFloats reads what a program has written so.
func ReadFloats(name string) ([]float32, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	x := make([]float32, len(data)/4)
	_, err = binary.Decode(data, binary.LittleEndian, x)
	return x, err
}
