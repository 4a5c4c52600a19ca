package audio

import (
	"bytes"
	"fmt"
)

// errUnrecognised is for bytes that nothing here, but perhaps ffmpeg, knows.
var errUnrecognised = fmt.Errorf("a format that is not recognised %w", errNeedsFFmpeg)

// errNothing is for a recording without a single byte: it has no samples, and it
// is of no format.
type errNothing struct{}

func (errNothing) Error() string        { return "audio: no samples: not a single byte" }
func (errNothing) Is(target error) bool { return target == ErrEmpty || target == ErrFormat }

// open recognises the format by its first bytes and starts its decoder.
func (s *source) open() (formatDecoder, error) {
	head, err := s.head(id3HeaderSize)
	if err != nil {
		return nil, err
	}
	if len(head) == 0 {
		return nil, errNothing{}
	}
	tagged := false
	for size := id3Size(head); size > 0; size = id3Size(head) {
		// An ID3v2 tag: nearly always MP3, but some put it before other formats.
		tagged = true
		s.Discard(size)
		if head, err = s.head(id3HeaderSize); err != nil {
			return nil, err
		}
	}
	if head, err = s.head(12); err != nil {
		return nil, err
	}
	switch {
	case isWAV(head) && s.file != nil && !tagged:
		return newWAV(s.Reader, s.file)
	case isWAV(head):
		return newWAV(s.Reader, nil)
	case hasMagic(head, "fLaC"):
		return newFLAC(s.Reader)
	case hasMagic(head, "OggS"):
		return newOgg(s.Reader, s.file, s.size)
	}
	if head, err = s.head(longestMagic); err != nil {
		return nil, err
	}
	if name := ffmpegFormat(head); name != "" {
		return nil, fmt.Errorf("%s %w", name, errNeedsFFmpeg)
	}
	if tagged {
		if err := s.rewind(); err != nil {
			return nil, err
		}
	}
	if head, err = s.head(sourceBuffer); err != nil {
		return nil, err
	}
	switch {
	case tagged, looksLikeMP3(head):
		return newMP3(s.Reader, s.size)
	case isText(head[:min(len(head), 16)]):
		return nil, fmt.Errorf("%w: this is text", ErrFormat)
	}
	return nil, errUnrecognised
}

const id3HeaderSize = 10

// id3Size returns the size of the ID3v2 tag that b begins with, 0 if there is
// none. The size is held in 7 bits of each of four bytes.
func id3Size(b []byte) int {
	if len(b) < id3HeaderSize || !hasMagic(b, "ID3") || (b[6]|b[7]|b[8]|b[9])&0x80 != 0 {
		return 0
	}
	size := id3HeaderSize + int(b[6])<<21 + int(b[7])<<14 + int(b[8])<<7 + int(b[9])
	if b[5]&0x10 != 0 {
		size += id3HeaderSize // a footer
	}
	return size
}

func hasMagic(b []byte, magic string) bool { return bytes.HasPrefix(b, []byte(magic)) }

func isWAV(b []byte) bool {
	return len(b) >= 12 && string(b[8:12]) == "WAVE" &&
		(hasMagic(b, "RIFF") || hasMagic(b, "RIFX") || hasMagic(b, "RF64") || hasMagic(b, "BW64"))
}

// isText reports whether b is ASCII text.
func isText(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// magics are the first bytes, after an offset, of formats that are ffmpeg's.
var magics = []struct {
	offset int
	bytes  string
	name   string
}{
	{4, "ftypM4A", "M4A"}, {4, "ftypM4B", "M4B"}, {4, "ftypqt", "QuickTime"}, {4, "ftyp3g", "3GP"}, {4, "ftyp", "MP4"},
	{4, "moov", "MP4"}, {4, "mdat", "MP4"}, {4, "wide", "QuickTime"}, {4, "free", "MP4"}, {4, "skip", "MP4"},
	{8, "AIFF", "AIFF"}, {8, "AIFC", "AIFF-C"}, {8, "8SVX", "8SVX"}, {8, "AVI ", "AVI"},
	{0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11", "WMA/ASF"},
	{0, "\x1A\x45\xDF\xA3", "Matroska/WebM"},
	{0, ".snd", "AU"}, {0, "dns.", "AU"},
	{0, "caff", "CAF"},
	{0, "wvpk", "WavPack"},
	{0, "MAC ", "Monkey's Audio"},
	{0, "TTA1", "TTA"}, {0, "TTA2", "TTA"},
	{0, "tBaK", "TAK"},
	{0, "MPCK", "Musepack"}, {0, "MP+", "Musepack"},
	{0, "OFR ", "OptimFROG"},
	{0, "ajkg", "Shorten"},
	{0, "DSD ", "DSF"}, {0, "FRM8", "DSDIFF"},
	{0, "#!AMR", "AMR"},
	{0, "ADIF", "AAC"},
	{0, "\x0B\x77", "AC-3"},
	{0, "\x7F\xFE\x80\x01", "DTS"}, {0, "\xFE\x7F\x01\x80", "DTS"},
	{0, "riff\x2E\x91\xCF\x11", "Wave64"},
	{0, "FLV\x01", "FLV"},
	{0, ".RMF", "RealMedia"}, {0, ".ra\xFD", "RealAudio"},
	{0, "Creative Voice File", "VOC"},
	{0, "NIST_1A", "SPHERE"},
	{0, "\x64\xA3\x01\x00", "IRCAM"}, {0, "\x00\x01\xA3\x64", "IRCAM"},
	{0, "\x00\x00\x01\xBA", "MPEG program stream"},
}

const longestMagic = 19

// ffmpegFormat names the format of ffmpeg's that begins with b, or returns "".
func ffmpegFormat(b []byte) string {
	for _, m := range magics {
		if len(b) >= m.offset && hasMagic(b[m.offset:], m.bytes) {
			return m.name
		}
	}
	// The header of AAC in ADTS differs from that of MPEG audio in its layer, 0.
	if len(b) >= 2 && b[0] == 0xFF && b[1]&0xF6 == 0xF0 {
		return "AAC (ADTS)"
	}
	return ""
}
