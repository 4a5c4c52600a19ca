package checkpoint

import "encoding/binary"

// protoFields calls f for each field of a message of protocol buffers with its number and
// what it holds: an integer, or the bytes of a string or a message.
// (https://protobuf.dev/programming-guides/encoding)
func protoFields(message []byte, f func(field, value uint64, bytes []byte) error) error {
	errCut := bad("a message of protocol buffers is cut off")
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return errCut
		}
		message = message[n:]
		var value uint64
		var content []byte
		switch wire := tag & 7; wire {
		case 0:
			if value, n = binary.Uvarint(message); n <= 0 {
				return errCut
			}
		case 1:
			if n = 8; len(message) < n {
				return errCut
			}
			value = binary.LittleEndian.Uint64(message)
		case 2:
			length, m := binary.Uvarint(message)
			if m <= 0 || length > uint64(len(message)-m) {
				return errCut
			}
			n = m + int(length)
			content = message[m:n]
		case 5:
			if n = 4; len(message) < n {
				return errCut
			}
			value = uint64(binary.LittleEndian.Uint32(message))
		default:
			return bad("a field of protocol buffers has wire type %d", wire)
		}
		message = message[n:]
		if err := f(tag>>3, value, content); err != nil {
			return err
		}
	}
	return nil
}
