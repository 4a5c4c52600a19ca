package audio

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Config says how recordings are decoded. The zero value is valid.
type Config struct {
	// NoFFmpeg keeps ffmpeg from being run; what only it can read is then
	// ErrFormat.
	NoFFmpeg bool
	// FFmpeg is the ffmpeg program, a path or a name to be looked for on PATH;
	// "" means "ffmpeg".
	FFmpeg string
}

// formatDecoder decodes one format. It keeps the contract of Reader, but need
// not repeat an error, and does not name the file: Decoder does that. If it has
// a Close method, Decoder calls it.
type formatDecoder interface {
	Reader
	Info() Info
}

// errNeedsFFmpeg is wrapped by the constructor of a format that recognises a
// recording it cannot decode but ffmpeg can. The text before it names what was
// found: "MPEG-2.5 Layer III needs ffmpeg".
var errNeedsFFmpeg = errors.New("needs ffmpeg")

// A Decoder reads a recording of any known format. It is not safe for
// concurrent use.
type Decoder struct {
	format formatDecoder
	path   string
	file   *os.File
	frames int64 // that Read will give, -1 if that is not certain
	any    bool  // whether there was a single frame
	err    error // ends reading
}

var _ Reader = (*Decoder)(nil)

// Open opens a recording in a file. The caller must close it.
//
// The error matches ErrFormat if the bytes are of no format that can be read,
// and ErrCorrupt if their header is damaged.
func Open(path string, cfg Config) (*Decoder, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	d, err := openFile(f, cfg)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d.path, d.file = path, f
	return d, nil
}

func openFile(f *os.File, cfg Config) (*Decoder, error) {
	st, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case st.IsDir():
		return nil, fmt.Errorf("%w: this is a directory", ErrFormat)
	case st.Mode().IsRegular():
		return newDecoder(newFileSource(f, st.Size()), cfg)
	}
	return newDecoder(newStreamSource(f), cfg) // a pipe or a device
}

// NewDecoder starts reading a recording from a stream, strictly in sequence. It
// may read beyond the recording's end; where ffmpeg decodes, it reads ahead in
// the background. The caller must close the Decoder, which does not close r, nor
// wait for a Read of r that has begun.
func NewDecoder(r io.Reader, cfg Config) (*Decoder, error) {
	return newDecoder(newStreamSource(r), cfg)
}

func newDecoder(s *source, cfg Config) (*Decoder, error) {
	format, err := s.open()
	if errors.Is(err, errNeedsFFmpeg) {
		format, err = newFFmpeg(s, cfg, err)
	} else {
		s.settle()
	}
	if err != nil {
		return nil, err
	}
	d := &Decoder{format: format, frames: -1}
	if pcm, ok := format.(*pcmDecoder); ok && s.file != nil {
		d.frames = pcm.framesWithin(s.size)
	}
	return d, nil
}

// Info says what the recording is, as far as its headers tell.
func (d *Decoder) Info() Info { return d.format.Info() }

// Frames returns how many frames Read gives in all where that is certain before
// they are decoded, else -1. It is certain for WAV files other than ADPCM: there
// it is what the file has room for, while Info().Frames is what the header claims.
func (d *Decoder) Frames() int64 { return d.frames }

// SampleRate implements [Reader].
func (d *Decoder) SampleRate() int { return d.format.SampleRate() }

// Channels implements [Reader].
func (d *Decoder) Channels() int { return d.format.Channels() }

// Read implements [Reader]. The end of a recording that turns out to have not a
// single frame is ErrEmpty.
func (d *Decoder) Read(dst [][]float32) (int, error) {
	checkBlock(dst, d.Channels())
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.format.Read(dst)
	if err == nil {
		d.any = true
		return n, nil
	}
	if err == io.EOF && !d.any {
		err = ErrEmpty
	}
	if err != io.EOF && d.path != "" {
		err = fmt.Errorf("%s: %w", d.path, err)
	}
	d.err = err
	return 0, err
}

// Close releases what the Decoder holds. Reading after it is an error matching
// os.ErrClosed.
func (d *Decoder) Close() error {
	if errors.Is(d.err, os.ErrClosed) {
		return nil
	}
	d.err = fmt.Errorf("audio: reading from a Decoder: %w", os.ErrClosed)
	var err error
	if c, ok := d.format.(io.Closer); ok {
		err = c.Close()
	}
	if d.file != nil {
		err = errors.Join(err, d.file.Close())
	}
	return err
}

// ReadFile reads a whole recording from a file. Together with an error it
// returns what could be decoded, or nil if nothing could.
func ReadFile(path string, cfg Config) (*Clip, error) {
	d, err := Open(path, cfg)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return ReadAll(d)
}

// Decode reads a whole recording from a stream. Together with an error it
// returns what could be decoded, or nil if nothing could.
func Decode(r io.Reader, cfg Config) (*Clip, error) {
	d, err := NewDecoder(r, cfg)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return ReadAll(d)
}

// Stat says what the recording in a file is, reading only its headers: that of
// every frame, without decoding it, where nothing else tells how long an MP3 is.
func Stat(path string, cfg Config) (Info, error) {
	d, err := Open(path, cfg)
	if err != nil {
		return Info{}, err
	}
	defer d.Close()
	info := d.Info()
	if mp3, ok := d.format.(*mp3Decoder); ok && info.Frames < 0 {
		info.Frames = mp3.count()
	}
	return info, nil
}

// ReadAll reads r to its end. If that is not io.EOF, it returns the error, and
// what came before it.
func ReadAll(r Reader) (*Clip, error) {
	// Blocks are sized by what has arrived, never by what a header says; only the
	// length of a file of plain samples is trusted, up to 1 GiB.
	const first, largest, trusted = 1 << 16, 1 << 20, 1 << 28 // samples, of all channels
	channels := r.Channels()
	room := max(first/channels, 1)
	if d, ok := r.(*Decoder); ok && d.frames > 0 {
		room = int(min(d.frames, trusted/int64(channels)))
	}
	view := make([][]float32, channels)
	var blocks []*Clip
	var err error
	total := 0
	for size := room; err == nil; size = max(min(total, largest/channels), first/channels, 1) {
		block := NewClip(channels, size, r.SampleRate())
		n := 0
		for n < size && err == nil {
			var got int
			got, err = r.Read(cut(view, block.Samples, n, size))
			n += got
		}
		if n > 0 {
			blocks = append(blocks, block.Section(0, n))
			total += n
		}
	}
	if err == io.EOF {
		err = nil
	}
	if len(blocks) == 1 && total >= room/2 {
		return blocks[0], err
	}
	clip := NewClip(channels, total, r.SampleRate())
	at := 0
	for _, block := range blocks {
		for c, x := range block.Samples {
			copy(clip.Samples[c][at:], x)
		}
		at += block.Frames()
	}
	return clip, err
}
