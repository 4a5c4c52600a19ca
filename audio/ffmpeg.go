package audio

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/soundspace/soundspace/audio/internal/ogg"
)

// ffmpegDecoder runs ffmpeg, which writes the recording as WAV to a pipe.
type ffmpegDecoder struct {
	formatDecoder // of that WAV
	info          Info
	cmd           *exec.Cmd
	feed          ffmpegFeed
	log           ffmpegLog
	exit          error // how cmd ended, once waited is true
	waited        bool
}

// newFFmpeg hands s to ffmpeg from its first byte. why, which wraps
// errNeedsFFmpeg, names what it is.
func newFFmpeg(s *source, cfg Config, why error) (formatDecoder, error) {
	if cfg.NoFFmpeg {
		return nil, fmt.Errorf("%w: %w, which is switched off", ErrFormat, why)
	}
	program, err := exec.LookPath(cmp.Or(cfg.FFmpeg, "ffmpeg"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w, which cannot be run: %w", ErrFormat, why, err)
	}
	if err := s.rewind(); err != nil {
		return nil, fmt.Errorf("%w: %w: %w", ErrFormat, why, err)
	}
	d := &ffmpegDecoder{}
	known := !errors.Is(why, errUnrecognised)
	if err := d.start(program, s, known); err != nil {
		message, failure := d.log.errors(), d.feed.failure()
		switch {
		case failure != nil:
			return nil, failure
		case message == "":
			return nil, fmt.Errorf("%w: %w: %w", ErrFormat, why, err)
		case !known:
			return nil, fmt.Errorf("%w: not recognised, nor by ffmpeg: %s", ErrFormat, message)
		case strings.Contains(message, "Invalid data"):
			return nil, fmt.Errorf("%w: %w: %s", ErrCorrupt, why, message)
		}
		return nil, fmt.Errorf("%w: %w: %s", ErrFormat, why, message)
	}
	d.info = d.formatDecoder.Info()
	d.info.Format, d.info.Codec = d.log.input()
	d.info.BitDepth = 0
	d.info.Frames = -1
	d.info.Decoder = "ffmpeg"
	return d, nil
}

// start runs ffmpeg up to the header of the WAV that it writes. Only what is
// known not to be a playlist is given to it as a file, since it may open others
// then.
func (d *ffmpegDecoder) start(program string, s *source, known bool) error {
	var files []*os.File
	input, protocol := "pipe:0", "pipe"
	switch head, err := s.head(4); {
	case err != nil:
		return err
	case hasMagic(head, "OggS"):
		d.feed.r = ogg.NewChecker(s) // ffmpeg does not tell when pages are missing
	case s.file == nil || !known:
		d.feed.r = s
	default:
		if err := s.rewind(); err != nil {
			return err
		}
		files = []*os.File{s.file}
		input, protocol = ffmpegInput(s.file), "file"
	}
	s.settle()
	d.cmd = exec.Command(program, "-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info",
		"-protocol_whitelist", protocol, "-i", input,
		"-map", "0:a:0", "-map_metadata", "-1", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1")
	d.cmd.Stderr, d.cmd.ExtraFiles = &d.log, files
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var in io.WriteCloser
	if d.feed.r != nil {
		if in, err = d.cmd.StdinPipe(); err != nil {
			return err
		}
	}
	if err := d.cmd.Start(); err != nil {
		return err
	}
	if in != nil {
		// Not left to cmd: its Wait would wait for a stream that stands still.
		go func() {
			io.Copy(in, &d.feed)
			in.Close()
		}()
	}
	d.formatDecoder, err = newWAV(bufio.NewReaderSize(out, sourceBuffer), nil)
	if err != nil {
		return cmp.Or(d.wait(true), err)
	}
	return nil
}

// ffmpegInput is f as ffmpeg's input: the descriptor it inherits, so that
// nothing in the file's name is taken for an option, a protocol or a pattern,
// nor its extension for a format.
func ffmpegInput(f *os.File) string {
	if runtime.GOOS == "windows" {
		return "file:" + f.Name() // descriptors are not inherited there
	}
	return "/dev/fd/3"
}

func (d *ffmpegDecoder) Info() Info { return d.info }

// Read passes on what ffmpeg writes. At its end, ffmpeg must have succeeded
// and complained of nothing.
func (d *ffmpegDecoder) Read(dst [][]float32) (int, error) {
	n, err := d.formatDecoder.Read(dst)
	if err != io.EOF {
		return n, err
	}
	exit, message, failure := d.wait(false), d.log.errors(), d.feed.failure()
	switch {
	case failure != nil:
		return 0, failure
	case exit != nil:
		return 0, fmt.Errorf("%w: ffmpeg: %w: %s", ErrCorrupt, exit, message)
	case strings.Contains(message, "partial file"), strings.Contains(message, "truncat"):
		return 0, fmt.Errorf("%w: ffmpeg: %s", io.ErrUnexpectedEOF, message)
	case message != "":
		return 0, fmt.Errorf("%w: ffmpeg: %s", ErrCorrupt, message)
	}
	return 0, io.EOF
}

// Close ends ffmpeg if it still runs.
func (d *ffmpegDecoder) Close() error {
	d.wait(true)
	return nil
}

// wait waits for ffmpeg to end and says how it did.
func (d *ffmpegDecoder) wait(kill bool) error {
	if !d.waited {
		if kill {
			d.cmd.Process.Kill()
		}
		d.exit = d.cmd.Wait()
		d.waited = true
	}
	return d.exit
}

// ffmpegFeed is the stream that ffmpeg reads, in another goroutine. It keeps the
// error that ends it, unless that is io.EOF.
type ffmpegFeed struct {
	r   io.Reader // nil if ffmpeg reads a file
	mu  sync.Mutex
	err error
}

// Read implements io.Reader.
func (f *ffmpegFeed) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.mu.Lock()
		f.err = err
		f.mu.Unlock()
	}
	return n, err
}

// failure is that error.
func (f *ffmpegFeed) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.err == nil:
		return nil
	case errors.Is(f.err, ogg.ErrInvalid):
		return fmt.Errorf("%w: %w", ErrCorrupt, f.err)
	}
	return fmt.Errorf("reading for ffmpeg: %w", f.err)
}

// ffmpegLog takes in what ffmpeg writes to its standard error, lines like
//
//	[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from '/dev/fd/3':
//	[info]   Stream #0:0[0x1](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, stereo, fltp, 127 kb/s (default)
//	[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5653] [error] moov atom not found
type ffmpegLog struct {
	mu       sync.Mutex
	line     []byte // begun, not ended
	messages []string
	format   string
	codec    string
}

const (
	maxFFmpegLine     = 1024
	maxFFmpegMessages = 8
)

// Write implements io.Writer.
func (l *ffmpegLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for rest := p; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		l.line = append(l.line, part[:min(len(part), maxFFmpegLine-len(l.line))]...)
		if ended {
			l.note(string(l.line))
			l.line = l.line[:0]
		}
		rest = after
	}
	return len(p), nil
}

func (l *ffmpegLog) note(line string) {
	for _, level := range []string{"[error] ", "[fatal] ", "[panic] "} {
		if _, message, ok := strings.Cut(line, level); ok && len(l.messages) < maxFFmpegMessages {
			message = strings.TrimPrefix(strings.TrimPrefix(message, "/dev/fd/3: "), "pipe:0: ")
			l.messages = append(l.messages, message)
		}
	}
	if input, ok := strings.CutPrefix(line, "[info] Input #0, "); ok {
		l.format, _, _ = strings.Cut(input, ", from ")
	}
	if _, codec, ok := strings.Cut(line, ": Audio: "); ok && l.codec == "" && strings.HasPrefix(line, "[info]   Stream #0:") {
		l.codec = codec[:strings.IndexAny(codec+" ", " ,")]
	}
}

// input is the format and the codec that ffmpeg has found, once it has started
// to write its output.
func (l *ffmpegLog) input() (format, codec string) {
	for range 100 {
		l.mu.Lock()
		format, codec = l.format, l.codec
		l.mu.Unlock()
		if codec != "" {
			break
		}
		time.Sleep(time.Millisecond) // the lines are on their way
	}
	return format, codec
}

// errors is what ffmpeg has complained of, "" if of nothing.
func (l *ffmpegLog) errors() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.messages, "; ")
}
