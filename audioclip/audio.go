package audioclip

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/internal/nn"
)

// AudioConfig says how recordings are encoded. Its zero value is what most want.
type AudioConfig struct {
	// Hop is the distance between the windows that a long recording is cut into
	// (0: half a window). The last window ends where the recording ends.
	Hop time.Duration
	// Progress, if not nil, is called now and then with how much sound has been
	// encoded so far in this call.
	Progress func(done time.Duration)
}

// ErrEmpty is the error of a recording without samples.
var ErrEmpty = errors.New("audioclip: the recording is empty")

// EncodeAudio returns an embedding for each clip, whatever its rate, its channels
// and its length: it is mixed to mono and resampled to the model's rate. A clip
// longer than the model takes at once is cut into overlapping windows; its
// embedding is the mean of theirs, scaled to unit length.
//
// A clip without samples (ErrEmpty) or with NaN or infinite ones is an error that
// names it by its index.
func (m *Model) EncodeAudio(ctx context.Context, clips []*audio.Clip, cfg AudioConfig) (Matrix, error) {
	e, err := m.newAudioEncoding(ctx, cfg)
	if err != nil {
		return Matrix{}, err
	}
	means := make([]mean, len(clips))
	for i, clip := range clips {
		if err := checkClip(clip); err != nil {
			return Matrix{}, fmt.Errorf("clip %d: %w", i, err)
		}
		if err := e.add(audio.NewClipReader(clip), m.audio.longest(), means[i].add); err != nil {
			return Matrix{}, fmt.Errorf("clip %d: %w", i, err)
		}
	}
	if err := e.flush(); err != nil {
		return Matrix{}, err
	}
	dst := NewMatrix(len(clips), m.info.Dim)
	for i := range means {
		if err := means[i].unit(dst.Row(i)); err != nil {
			return Matrix{}, fmt.Errorf("clip %d: %w", i, err)
		}
	}
	return dst, nil
}

// checkClip finds clips that cannot be read.
func checkClip(clip *audio.Clip) error {
	for c, samples := range clip.Samples {
		if len(samples) != clip.Frames() {
			return fmt.Errorf("audioclip: %d samples in channel 0, %d in channel %d", clip.Frames(), len(samples), c)
		}
	}
	if clip.Frames() == 0 {
		return ErrEmpty
	}
	return nil
}

// EncodeReader returns the embedding of a recording as EncodeAudio does, while it
// is read: the memory that it takes does not depend on the length. If reading
// fails after some samples, the result is the embedding of what came before, and
// the error.
func (m *Model) EncodeReader(ctx context.Context, r audio.Reader, cfg AudioConfig) ([]float32, error) {
	e, err := m.newAudioEncoding(ctx, cfg)
	if err != nil {
		return nil, err
	}
	var mean mean
	err = e.add(r, m.audio.longest(), mean.add)
	if flushed := e.flush(); err == nil {
		err = flushed
	}
	if mean.sum == nil {
		return nil, err
	}
	v := make([]float32, m.info.Dim)
	if failed := mean.unit(v); failed != nil {
		return nil, failed
	}
	return v, err
}

// Window is a stretch of a recording and its embedding.
type Window struct {
	Start, End time.Duration
	Vector     []float32
}

// EncodeWindows returns one embedding for each window of a recording, in order. A
// recording shorter than a window is one. Errors are those of EncodeReader. Of a clip
// in memory, audio.NewClipReader makes a reader.
func (m *Model) EncodeWindows(ctx context.Context, r audio.Reader, cfg AudioConfig) ([]Window, error) {
	e, err := m.newAudioEncoding(ctx, cfg)
	if err != nil {
		return nil, err
	}
	var windows []Window
	err = e.add(r, m.audio.window(), func(start, samples int, v []float32) {
		windows = append(windows, Window{e.time(start), e.time(start + samples), append([]float32(nil), v...)})
	})
	if flushed := e.flush(); err == nil {
		err = flushed
	}
	return windows, err
}

// windowsAtOnce bounds the memory of a batch, in number and in length.
const windowsAtOnce = 8

// audioEncoding encodes windows, a few at a time.
type audioEncoding struct {
	m       *Model
	ctx     context.Context
	cfg     AudioConfig
	hop     int
	before  int // samples of the recordings before the present one
	batch   [][]float32
	samples int // in batch
	windows []pendingWindow
}

type pendingWindow struct {
	start int
	done  int // samples of all recordings up to its end
	sink  windowSink
}

// windowSink takes the unit vector of samples from start on.
type windowSink func(start, samples int, v []float32)

func (m *Model) newAudioEncoding(ctx context.Context, cfg AudioConfig) (*audioEncoding, error) {
	if m.audio == nil {
		return nil, ErrNoAudio
	}
	e := &audioEncoding{m: m, ctx: ctx, cfg: cfg, hop: m.audio.window() / 2}
	if cfg.Hop != 0 {
		e.hop = int(cfg.Hop.Seconds()*float64(m.audio.sampleRate()) + 0.5)
		if e.hop < 1 || e.hop > m.audio.window() {
			return nil, fmt.Errorf("audioclip: Hop is %v, allowed are up to %v, the length of a window", cfg.Hop, e.time(m.audio.window()))
		}
	}
	return e, nil
}

func (e *audioEncoding) time(samples int) time.Duration {
	return samplesTime(samples, e.m.audio.sampleRate())
}

func samplesTime(samples, rate int) time.Duration {
	whole, rest := samples/rate, samples%rate
	return time.Duration(whole)*time.Second + time.Duration(rest)*time.Second/time.Duration(rate)
}

// add cuts a recording into windows, unless it has longest samples or fewer.
func (e *audioEncoding) add(r audio.Reader, longest int, sink windowSink) error {
	mono, err := audio.NewResampleReader(audio.NewMixReader(&finiteReader{Reader: r}), e.m.audio.sampleRate(), audio.QualityStandard)
	if err != nil {
		return err
	}
	total, err := cut(mono, e.m.audio.window(), e.hop, longest, func(start int, x []float32) error {
		return e.encode(start, x, sink)
	})
	e.before += total
	if total == 0 && err == nil {
		return ErrEmpty
	}
	return err
}

// encode takes a window, which it copies.
func (e *audioEncoding) encode(start int, x []float32, sink windowSink) error {
	if len(e.batch) < cap(e.batch) {
		e.batch = e.batch[:len(e.batch)+1]
	} else {
		e.batch = append(e.batch, nil)
	}
	last := &e.batch[len(e.batch)-1]
	*last = append((*last)[:0], x...)
	e.windows = append(e.windows, pendingWindow{start, e.before + start + len(x), sink})
	e.samples += len(x)
	if len(e.batch) == windowsAtOnce || e.samples >= windowsAtOnce*e.m.audio.window() {
		return e.flush()
	}
	return nil
}

// flush encodes the windows that wait.
func (e *audioEncoding) flush() error {
	if len(e.batch) == 0 {
		return nil
	}
	if err := e.ctx.Err(); err != nil {
		return err
	}
	dim := e.m.info.Dim
	dst := nn.NewMatrix(make([]float32, len(e.batch)*dim), len(e.batch), dim)
	if err := e.m.with(func(c *nn.Context) error { return e.m.audio.encode(c, dst, e.batch) }); err != nil {
		return err
	}
	for i, w := range e.windows {
		v := dst.Row(i)
		if err := unit(v); err != nil {
			return err
		}
		w.sink(w.start, len(e.batch[i]), v)
	}
	if e.cfg.Progress != nil {
		e.cfg.Progress(e.time(e.windows[len(e.windows)-1].done))
	}
	e.batch, e.windows, e.samples = e.batch[:0], e.windows[:0], 0
	return nil
}

// ErrNotFinite is the error of an embedding that has infinities or NaN, or only zeros.
var ErrNotFinite = errors.New("audioclip: no finite vector came out: the model's weights are damaged, or samples far too large")

// unit scales a vector to length 1.
func unit(v []float32) error {
	if squares := dot(v, v); !(squares > 0) || math.IsInf(squares, 0) {
		return ErrNotFinite
	}
	nn.NormalizeL2(v)
	return nil
}

// mean adds vectors up.
type mean struct {
	sum   []float64
	count int
	first []float32
}

func (m *mean) add(_, _ int, v []float32) {
	if m.sum == nil {
		m.sum, m.first = make([]float64, len(v)), append([]float32(nil), v...)
	}
	for i, x := range v {
		m.sum[i] += float64(x)
	}
	m.count++
}

// unit writes the mean, scaled to unit length; of one vector, the vector itself.
func (m *mean) unit(dst []float32) error {
	if m.count == 1 {
		copy(dst, m.first)
		return nil
	}
	for i, s := range m.sum {
		dst[i] = float32(s / float64(m.count))
	}
	return unit(dst)
}
