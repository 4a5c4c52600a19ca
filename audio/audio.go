// Package audio turns recordings into planar float32 samples and back.
//
// A recording is decoded either whole, into a [Clip] ([ReadFile], [Decode]), or
// block by block, through a [Reader] ([Open], [NewDecoder]), from a file or from
// any io.Reader. A stream is read strictly in sequence, so pipes and network
// connections work like files. WAV (with its RF64, BW64 and RIFX relatives),
// MP3, FLAC and Ogg Vorbis are decoded in pure Go; every other format goes
// through the ffmpeg program when it is installed. The format is told from the
// first bytes, never from the file name.
//
// Samples are float32 in the nominal range [-1, 1], one slice per channel, in
// WAV's order of channels. Integer PCM of b bits is divided by 2^(b-1), so that
// -1 is reached and +1 just is not; floating-point files are passed through
// unclipped. Rate and channels are those of the recording.
//
// Damaged files give what could be decoded together with an error; they never
// give silence or noise in place of sound, and no size that a file declares is
// trusted for an allocation.
package audio

import (
	"errors"
	"time"
)

// Errors that decoding wraps; test for them with errors.Is. A recording that
// ends before it should gives what was there and an error matching
// io.ErrUnexpectedEOF.
var (
	// ErrFormat: the bytes are of no format that this package or an installed
	// ffmpeg can read.
	ErrFormat = errors.New("audio: unknown or unsupported format")
	// ErrCorrupt: the format is known, but the bytes break its rules.
	ErrCorrupt = errors.New("audio: corrupt data")
	// ErrEmpty: a well-formed recording without a single sample.
	ErrEmpty = errors.New("audio: no samples")
)

// Reader yields a recording block by block as planar float32 samples.
type Reader interface {
	// SampleRate is the number of frames per second, always positive.
	SampleRate() int
	// Channels is the number of channels, always positive.
	Channels() int
	// Read fills dst[c][:n] for every channel c and reports n, the number of
	// frames. dst must hold Channels() slices of one length, which must not be
	// zero; anything else is a programmer's error and panics. The legal returns
	// are
	//
	//	0 < n <= len(dst[0]), nil   n frames were read; there may be more
	//	0, io.EOF                   the end; every later call says so again
	//	0, any other error          reading failed; every later call says so again
	//
	// A failure after some frames is reported by the call after the one that
	// returned them.
	Read(dst [][]float32) (n int, err error)
}

// Clip is a decoded recording, or a piece of one, in memory.
type Clip struct {
	// Samples holds one slice per channel, all of the same length.
	Samples [][]float32
	// SampleRate is the number of frames per second.
	SampleRate int
}

// NewClip returns a silent clip. It panics if an argument is negative, or
// channels or sampleRate is zero.
func NewClip(channels, frames, sampleRate int) *Clip {
	if channels <= 0 || frames < 0 || sampleRate <= 0 {
		panic("audio: NewClip needs positive channels and sample rate and no negative length")
	}
	c := &Clip{Samples: make([][]float32, channels), SampleRate: sampleRate}
	flat := make([]float32, channels*frames)
	for i := range c.Samples {
		c.Samples[i] = flat[i*frames : (i+1)*frames : (i+1)*frames]
	}
	return c
}

// Channels returns the number of channels.
func (c *Clip) Channels() int { return len(c.Samples) }

// Frames returns the number of samples in each channel.
func (c *Clip) Frames() int {
	if len(c.Samples) == 0 {
		return 0
	}
	return len(c.Samples[0])
}

// Duration returns how long the clip plays.
func (c *Clip) Duration() time.Duration { return framesToDuration(int64(c.Frames()), c.SampleRate) }

// Info says what a recording is, as far as its headers tell.
type Info struct {
	// Format is the container: "WAV", "RF64", "BW64", "RIFX", "MP3", "FLAC",
	// "Ogg Vorbis", or what ffmpeg calls it: "aiff", "mov,mp4,m4a,3gp,3g2,mj2" …
	Format string
	// Codec is how samples are coded, in ffmpeg's names: "pcm_s16le",
	// "adpcm_ima_wav", "mp3", "flac", "vorbis" …
	Codec string
	// SampleRate is the number of frames per second.
	SampleRate int
	// Channels is the number of channels.
	Channels int
	// BitDepth is the number of significant bits of a sample as it is stored (8
	// for A-law and µ-law, 4 for ADPCM), 0 where there is no such number (MP3,
	// Vorbis) and where ffmpeg decodes.
	BitDepth int
	// Frames is the number of samples per channel, -1 where the headers do not
	// tell.
	Frames int64
	// Decoder is what decodes it here: "go" or "ffmpeg".
	Decoder string
}

// Duration returns how long the recording plays, or -1 where Frames is unknown.
func (i Info) Duration() time.Duration {
	if i.Frames < 0 {
		return -1
	}
	return framesToDuration(i.Frames, i.SampleRate)
}

// framesToDuration avoids the overflow of frames*time.Second, which comes
// after 53 hours at 48 kHz.
func framesToDuration(frames int64, rate int) time.Duration {
	if rate <= 0 {
		return 0
	}
	r := int64(rate)
	return time.Duration(frames/r)*time.Second + time.Duration(frames%r)*time.Second/time.Duration(r)
}
