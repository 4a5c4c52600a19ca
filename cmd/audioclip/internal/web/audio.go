package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/index"
)

// audio answers with the sound of a recording: the file as it is if browsers play it, else
// converted to WAV.
func (s *Server) audio(w http.ResponseWriter, r *http.Request) error {
	if p := newParams(r.URL.RawQuery); p.err != nil {
		return p.err
	}
	f, err := s.file(r)
	if err != nil {
		return err
	}
	file, known, err := s.open(r.Context(), f)
	if err != nil {
		return err
	}
	defer file.Close()
	name, mediaType, etag := filepath.Base(f.Path), known.mediaType, hex.EncodeToString(f.Hash[:])
	if mediaType == "" {
		mediaType = "audio/wav"
		name = strings.TrimSuffix(name, filepath.Ext(name)) + ".wav"
		etag += "-wav"
		converted, err := s.converted(r.Context(), f)
		if err != nil {
			return err
		}
		defer converted.Close()
		file = converted
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", disposition(name))
	h.Set("ETag", `"`+etag+`"`)
	h.Set("Cache-Control", "private, no-cache")
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

// disposition returns the header that names a file to be saved, as RFC 6266 has it: in
// ASCII, and in UTF-8 percent-encoded.
func disposition(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, name)
	var encoded strings.Builder
	for _, b := range []byte(strings.ToValidUTF8(name, "�")) {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', strings.IndexByte("-._~", b) >= 0:
			encoded.WriteByte(b)
		default:
			fmt.Fprintf(&encoded, "%%%02X", b)
		}
	}
	return `inline; filename="` + ascii + `"; filename*=UTF-8''` + encoded.String()
}

// converted returns a recording as a WAV file of the cache.
func (s *Server) converted(ctx context.Context, f index.File) (*os.File, error) {
	name := hex.EncodeToString(f.Hash[:]) + ".wav"
	if file, err := s.cache.open(name); !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	_, err := s.conversions.do(ctx, name, func(ctx context.Context) (none struct{}, err error) {
		return none, s.decode(ctx, f, func(src audio.Reader) error {
			return s.cache.write(name, func(file *os.File) error { return writeWAV(file, src, s.cache.max/2) })
		})
	})
	if err != nil {
		return nil, err
	}
	return s.cache.open(name)
}

// maxWAV is the largest WAV file that is made, in bytes: an hour and a half of stereo.
const maxWAV = 1 << 30

// writeWAV writes what it reads as a WAV file of 16 bits, of at most so many bytes: of one
// channel or two (more are mixed), at a rate that browsers play. A recording that breaks
// off plays up to there.
func writeWAV(file *os.File, src audio.Reader, most int64) error {
	if src.Channels() > 2 {
		src = audio.NewMixReader(src)
	}
	if rate := src.SampleRate(); rate < 8000 || rate > 192000 {
		var err error
		if src, err = audio.NewResampleReader(src, min(max(rate, 8000), 192000), audio.QualityStandard); err != nil {
			return err
		}
	}
	channels := src.Channels()
	block := audio.NewClip(channels, 1<<14, src.SampleRate()).Samples
	data := make([]byte, 0, 2*channels*len(block[0]))
	if _, err := file.Write(wavHeader(channels, src.SampleRate(), 0)); err != nil {
		return err
	}
	size := int64(0)
	for {
		n, err := src.Read(block)
		if err != nil {
			damaged := errors.Is(err, audio.ErrCorrupt) || errors.Is(err, io.ErrUnexpectedEOF)
			if err == io.EOF || damaged && size > 0 {
				break
			}
			return err
		}
		data = data[:0]
		for i := range n {
			for _, x := range block {
				data = binary.LittleEndian.AppendUint16(data, uint16(toInt16(x[i])))
			}
		}
		if size += int64(len(data)); size > min(most, maxWAV) {
			return fail(http.StatusRequestEntityTooLarge, "the recording is of a format that browsers do not play, and too long to be converted")
		}
		if _, err := file.Write(data); err != nil {
			return err
		}
	}
	_, err := file.WriteAt(wavHeader(channels, src.SampleRate(), uint32(size)), 0)
	return err
}

// wavHeader returns what stands before so many bytes of samples of 16 bits:
//
//	"RIFF" size of what follows  "WAVE"
//	"fmt " 16  1 (PCM)  channels  rate  bytes a second  bytes a frame  bits
//	"data" size
func wavHeader(channels, rate int, size uint32) []byte {
	le := binary.LittleEndian
	frame := 2 * channels
	h := append([]byte(nil), "RIFF"...)
	h = le.AppendUint32(h, 36+size)
	h = append(h, "WAVEfmt "...)
	h = le.AppendUint32(h, 16)
	h = le.AppendUint16(h, 1)
	h = le.AppendUint16(h, uint16(channels))
	h = le.AppendUint32(h, uint32(rate))
	h = le.AppendUint32(h, uint32(rate*frame))
	h = le.AppendUint16(h, uint16(frame))
	h = le.AppendUint16(h, 16)
	h = append(h, "data"...)
	return le.AppendUint32(h, size)
}

func toInt16(x float32) int16 {
	v := math.Round(float64(x) * 32768)
	if v != v {
		return 0
	}
	return int16(min(max(v, -32768), 32767))
}
