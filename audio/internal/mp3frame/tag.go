package mp3frame

import (
	"bytes"
	"encoding/binary"
)

// tagHead is how many bytes TagBytes needs to tell every tag.
const tagHead = 32

// TagBytes returns the length of the tag at the start of b, 0 where there is
// none that it knows: ID3v2 (an appended one too), ID3v1 and its "TAG+"
// extension, APEv2. b may end within the tag.
func TagBytes(b []byte) int64 {
	switch {
	case len(b) >= 10 && string(b[:3]) == "ID3" && 2 <= b[3] && b[3] <= 4 && (b[6]|b[7]|b[8]|b[9]) < 0x80:
		// ID3v2.2 to 2.4: version 2, flags 1, size 4×7 bits, without header and
		// footer.
		size := int64(b[6])<<21 | int64(b[7])<<14 | int64(b[8])<<7 | int64(b[9])
		if b[5]&0x10 != 0 {
			size += 10
		}
		return 10 + size
	case len(b) >= 10 && string(b[:3]) == "3DI":
		return 10
	case len(b) >= 4 && string(b[:4]) == "TAG+":
		return 227
	case len(b) >= 3 && string(b[:3]) == "TAG":
		return 128
	case len(b) >= tagHead && string(b[:8]) == "APETAGEX":
		// Version 4, size 4 (items and footer), items 4, flags 4, all little
		// endian. Flag bit 29: this is the header, not the footer.
		if binary.LittleEndian.Uint32(b[20:])>>29&1 == 0 {
			return tagHead
		}
		return tagHead + int64(binary.LittleEndian.Uint32(b[12:]))
	}
	return 0
}

// lyricsBytes returns the length of the Lyrics3 tag at the start of b, 0 where
// there is none or its end is not in b.
func lyricsBytes(b []byte) int64 {
	if !bytes.HasPrefix(b, []byte("LYRICSBEGIN")) {
		return 0
	}
	for _, end := range []string{"LYRICSEND", "LYRICS200"} {
		if i := bytes.Index(b, []byte(end)); i >= 0 {
			return int64(i + len(end))
		}
	}
	return 0
}
