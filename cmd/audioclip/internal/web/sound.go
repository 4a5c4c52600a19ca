package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"os"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
)

const (
	// maxChannels is the most that a recording may have: blocks of all channels are in
	// memory, and a few bytes can claim 65535.
	maxChannels = 64
	// maxSent is how long a recording may be that is sent, maxSentSamples the most
	// samples of all its channels: 10 minutes of stereo at 192 kHz.
	maxSent        = 10 * time.Minute
	maxSentSamples = 600 * 192000 * 2
)

func checkChannels(d *audio.Decoder) error {
	if n := d.Channels(); n > maxChannels {
		return fail(http.StatusUnprocessableEntity, "the recording has %d channels, more than %d", n, maxChannels)
	}
	return nil
}

// limited is a Reader that ends with a context, and with an error after so many frames.
type limited struct {
	audio.Reader
	ctx    context.Context
	frames int64
	err    error
}

func (l *limited) Read(dst [][]float32) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := l.Reader.Read(dst)
	if l.frames -= int64(n); l.frames < 0 {
		return 0, l.err
	}
	return n, err
}

// embed returns the vector of a recording that was sent.
func (s *Server) embed(ctx context.Context, path string) ([]float32, error) {
	ctx, cancel := context.WithTimeout(ctx, s.times.decode)
	defer cancel()
	leave, err := s.decodes.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	d, err := audio.Open(path, audio.Config{})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if err := checkChannels(d); err != nil {
		return nil, err
	}
	frames := min(int64(maxSent.Seconds())*int64(d.SampleRate()), int64(maxSentSamples/d.Channels()))
	tooLong := fail(http.StatusRequestEntityTooLarge, "the recording is longer than %v", maxSent)
	return s.model.EncodeReader(ctx, &limited{d, ctx, frames, tooLong}, audioclip.AudioConfig{})
}

// decode has a function read a recording of the index, for a limited time.
func (s *Server) decode(ctx context.Context, f index.File, read func(audio.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.times.decode)
	defer cancel()
	file, _, err := s.open(ctx, f)
	if err != nil {
		return err
	}
	defer file.Close()
	leave, err := s.decodes.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	d, err := decoder(file, f)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := checkChannels(d); err != nil {
		return err
	}
	return read(&limited{d, ctx, math.MaxInt64, nil})
}

// decoder reads a file that was checked. ffmpeg has to be given a name: the file must be
// the same then.
func decoder(file *os.File, f index.File) (*audio.Decoder, error) {
	d, err := audio.NewDecoder(file, audio.Config{NoFFmpeg: true})
	if !errors.Is(err, audio.ErrFormat) {
		return d, err
	}
	d, err = audio.Open(f.Path, audio.Config{})
	if err != nil {
		return nil, err
	}
	was, err1 := file.Stat()
	now, err2 := os.Stat(f.Path)
	if err1 != nil || err2 != nil || !os.SameFile(was, now) {
		d.Close()
		return nil, errChanged
	}
	return d, nil
}
