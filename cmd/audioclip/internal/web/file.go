package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"syscall"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/index"
)

// checked is what is known of a file that has been opened: who it was and whether its
// content was the one that was indexed.
type checked struct {
	info os.FileInfo
	hash [sha256.Size]byte
	// mediaType is that under which a browser plays it, empty if it must be converted.
	mediaType string
}

// current tells whether the knowledge is of this file as it is now.
func (c checked) current(info os.FileInfo) bool {
	return c.info != nil && os.SameFile(c.info, info) && c.info.Size() == info.Size() && c.info.ModTime().Equal(info.ModTime())
}

var (
	errVanished = failure{http.StatusGone, "the file is no longer where it was when it was indexed"}
	errChanged  = failure{http.StatusConflict, "the file has changed since it was indexed: index it again"}
)

// open opens the file of a recording. Whatever has been put in its place since, a link, a
// pipe or another recording: it is only opened if it is a file with the content that was
// indexed. That takes reading it once; it is known then for as long as it is the same
// file, of the same size and time.
func (s *Server) open(ctx context.Context, f index.File) (*os.File, checked, error) {
	// O_NONBLOCK: opening a pipe would wait for someone to write to it.
	file, err := os.OpenFile(f.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, checked{}, errVanished
	case err != nil:
		s.log.Warn("opening a recording", "error", err)
		return nil, checked{}, failure{http.StatusForbidden, "the file cannot be read any more"}
	}
	c, err := s.check(ctx, file, f)
	if err != nil {
		file.Close()
		return nil, checked{}, err
	}
	return file, c, nil
}

func (s *Server) check(ctx context.Context, file *os.File, f index.File) (checked, error) {
	info, err := file.Stat()
	switch {
	case err != nil:
		return checked{}, err
	case !info.Mode().IsRegular(), info.Size() != f.Size:
		return checked{}, errChanged
	}
	if c, ok := s.files.get(f.Path); ok && c.current(info) {
		if c.hash != f.Hash {
			return checked{}, errChanged
		}
		return c, nil
	}
	leave, err := s.decodes.enter(ctx)
	if err != nil {
		return checked{}, err
	}
	defer leave()
	c := checked{info: info}
	if c.hash, err = hashOf(ctx, file); err != nil {
		return checked{}, err
	}
	if now, err := file.Stat(); err != nil || !c.current(now) {
		return checked{}, errChanged // while it was read
	}
	if c.hash == f.Hash {
		if c.mediaType, err = mediaType(file); err != nil {
			return checked{}, err
		}
	}
	s.files.put(f.Path, c)
	if c.hash != f.Hash {
		return checked{}, errChanged
	}
	return c, nil
}

func hashOf(ctx context.Context, file *os.File) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, contextReader{ctx, file}); err != nil {
		return sum, err
	}
	_, err = file.Seek(0, io.SeekStart)
	return [sha256.Size]byte(h.Sum(nil)), err
}

// contextReader is a reader that ends with a context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// mediaType returns the type of a recording that Chromium and Firefox play as it is, or
// "".
func mediaType(file *os.File) (string, error) {
	d, err := audio.NewDecoder(file, audio.Config{NoFFmpeg: true})
	if errors.Is(err, audio.ErrFormat) {
		_, err = file.Seek(0, io.SeekStart)
		return "", err
	}
	if err != nil {
		return "", err
	}
	info := d.Info()
	d.Close()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if info.SampleRate < 8000 || info.SampleRate > 192000 || info.Channels > 8 {
		return "", nil
	}
	switch info.Format {
	case "WAV":
		switch info.Codec {
		case "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le":
			return "audio/wav", nil
		}
	case "MP3":
		return "audio/mpeg", nil
	case "FLAC":
		return "audio/flac", nil
	case "Ogg Vorbis":
		return "audio/ogg", nil
	}
	return "", nil
}
