package mp3frame

import "encoding/binary"

// VBRTag is what the first frame of a stream can hold in place of sound.
type VBRTag struct {
	// Frames is the number of frames that follow, 0 where it is not told.
	Frames int64
	// Bytes is the length of the stream, this frame included, 0 where it is not
	// told.
	Bytes int64
	// Gapless reports that Delay and Padding are told: how many samples the
	// encoder put before and behind the recording, without the delay of the
	// decoder.
	Gapless        bool
	Delay, Padding int
}

// ParseVBRTag reads the tag in a Layer III frame, and reports whether there is
// one that tells anything. Three kinds are known:
//
//	Xing or Info, behind the side information: flags 4, [frames 4], [bytes 4],
//	    [seek table 100], [quality 4], as the low four flags say
//	LAME, behind that: encoder name 9, 12 bytes of settings, delay and padding
//	    of 12 bits each
//	VBRI, 32 bytes behind the header: version 2, delay 2, quality 2, bytes 4,
//	    frames 4
//
// As in ffmpeg the delay counts where the encoder names itself LAME, Lavf or
// Lavc, and the side information is taken to follow the header at once, as
// LAME has it also where it writes check words.
func ParseVBRTag(h Header, frame []byte) (VBRTag, bool) {
	var t VBRTag
	at := HeaderBytes + h.SideInfoBytes()
	be := binary.BigEndian
	if len(frame) >= at+8 && (string(frame[at:at+4]) == "Xing" || string(frame[at:at+4]) == "Info") {
		flags, rest := be.Uint32(frame[at+4:]), frame[at+8:]
		take := func(flag uint32, n int) []byte {
			if flags&flag == 0 || len(rest) < n {
				return nil
			}
			field := rest[:n]
			rest = rest[n:]
			return field
		}
		if f := take(1, 4); f != nil {
			t.Frames = int64(be.Uint32(f))
		}
		if f := take(2, 4); f != nil {
			t.Bytes = int64(be.Uint32(f))
		}
		take(4, 100)
		take(8, 4)
		if len(rest) >= 24 {
			switch string(rest[:4]) {
			case "LAME", "Lavf", "Lavc":
				v := int(rest[21])<<16 | int(rest[22])<<8 | int(rest[23])
				t.Gapless, t.Delay, t.Padding = true, v>>12, v&0xFFF
			}
		}
	}
	const vbri = HeaderBytes + 32
	if len(frame) >= vbri+18 && string(frame[vbri:vbri+4]) == "VBRI" && be.Uint16(frame[vbri+4:]) == 1 {
		t.Bytes = int64(be.Uint32(frame[vbri+10:]))
		t.Frames = int64(be.Uint32(frame[vbri+14:]))
	}
	return t, t.Frames != 0 || t.Bytes != 0
}
