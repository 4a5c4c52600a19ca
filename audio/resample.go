package audio

import (
	"fmt"
	"slices"

	"github.com/soundspace/soundspace/internal/f32"
)

// Resample returns c converted to another sample rate, by a [Resampler] for each
// channel: a new clip of ceil(Frames·rate/SampleRate) frames that shares nothing
// with c. It fails where [NewResampler] does, and if the channels of c are not
// of one length.
//
// The filter is computed for each call. To convert many short clips from one
// rate to another, keep a Resampler.
func Resample(c *Clip, rate int, q Quality) (*Clip, error) {
	r, err := NewResampler(c.SampleRate, rate, q)
	if err != nil {
		return nil, err
	}
	out := &Clip{Samples: make([][]float32, c.Channels()), SampleRate: rate}
	for i, x := range c.Samples {
		if len(x) != c.Frames() {
			return nil, fmt.Errorf("audio: cannot resample a clip whose channel %d has %d frames and channel 0 has %d", i, len(x), c.Frames())
		}
		y := make([]float32, 0, r.OutputLen(len(x)))
		out.Samples[i] = r.Finish(r.Append(y, x))
	}
	return out, nil
}

// Limits of the resampler: rates in Hz, and the factor between two of them.
const (
	maxResampleRate  = 1 << 24
	maxResampleRatio = 1024
)

// Resampler converts one channel from one sample rate to another, block by
// block, by a Kaiser-windowed sinc filter.
//
// The filter has linear phase and the delay is zero: output sample k is the
// value of the band-limited input at input sample k·from/to, so the first
// samples of both signals belong to the same moment. The signal counts as zero
// before its first and after its last sample. n samples become
// ceil(n·to/from), see [Resampler.OutputLen]. A constant keeps its value.
//
// Blocks may have any sizes: the output is the same, bit for bit, as if all
// input had come in one. Between machines it may differ in the last bits, since
// the order in which products are summed does.
//
// A NaN or an infinity in the input makes the outputs within [Resampler.Lookahead]
// on either side of it NaN or infinite, and no others.
//
// A Resampler is not safe for concurrent use. Those that share a filter, see
// [Resampler.NewChannel], may be used concurrently with each other.
type Resampler struct {
	filter *filter // nil if the rates are equal

	// buf holds the input that is still needed. The next output is computed
	// from buf[pos:pos+taps], and lies at the fraction phase/up after the
	// sample in the middle, buf[pos+half-1].
	buf        []float32
	pos, phase int
}

// NewResampler returns a Resampler from one rate to another, both in Hz. The
// rates may be from 1 to 16777216 Hz (2²⁴) and up to a factor of 1024 apart.
// Their ratio need not be simple: 44100 to 44101 works as well as 44100 to 22050,
// at a third of the speed. If they are equal, samples are copied.
//
// The filter is computed here, in some milliseconds, and takes at most 2 MiB,
// or 7 MiB if the rates are more than a factor of 256 apart.
// [Resampler.NewChannel] and [Resampler.Finish] allow to use it again.
func NewResampler(fromRate, toRate int, q Quality) (*Resampler, error) {
	for _, rate := range []int{fromRate, toRate} {
		if rate < 1 || rate > maxResampleRate {
			return nil, fmt.Errorf("audio: cannot resample from %d to %d Hz: rates must be from 1 to %d", fromRate, toRate, maxResampleRate)
		}
	}
	if fromRate > toRate*maxResampleRatio || toRate > fromRate*maxResampleRatio {
		return nil, fmt.Errorf("audio: cannot resample from %d to %d Hz: more than a factor of %d apart", fromRate, toRate, maxResampleRatio)
	}
	if int(q) >= len(levels) {
		return nil, fmt.Errorf("audio: resampling quality %d is none of the %d levels", q, len(levels))
	}
	if fromRate == toRate {
		return &Resampler{}, nil
	}
	return newResampler(newFilter(fromRate, toRate, q)), nil
}

func newResampler(f *filter) *Resampler {
	room := max(f.taps, 2048) // so that moving the rest to the front is rare
	if f.grid == 0 {
		room = max(room, 8*f.down) // for two groups, see runGroups
	}
	return &Resampler{filter: f, buf: make([]float32, f.half-1, f.taps+room)}
}

// NewChannel returns a Resampler of its own state for another channel of the
// same conversion. Both share the filter.
func (r *Resampler) NewChannel() *Resampler {
	if r.filter == nil {
		return &Resampler{}
	}
	return newResampler(r.filter)
}

// Reset forgets all input, as if the Resampler were new.
func (r *Resampler) Reset() {
	if r.filter == nil {
		return
	}
	r.buf = r.buf[:r.filter.half-1]
	clear(r.buf)
	r.pos, r.phase = 0, 0
}

// OutputLen returns how many samples n input samples become in all:
// ceil(n·to/from).
func (r *Resampler) OutputLen(n int) int {
	f := r.filter
	if f == nil {
		return n
	}
	// In two parts, so that the product cannot overflow.
	return n/f.down*f.up + (n%f.down*f.up+f.down-1)/f.down
}

// Lookahead returns how many input samples after its own position an output
// sample depends on, and has to wait for.
func (r *Resampler) Lookahead() int {
	if r.filter == nil {
		return 0
	}
	return r.filter.half
}

// Append takes the next block of the input and appends to dst the output that
// it makes available, none at times. It returns the extended dst, which must
// not overlap src. src is not kept. Blocks of some thousand samples are converted
// two to three times as fast as blocks of a hundred.
func (r *Resampler) Append(dst, src []float32) []float32 {
	if r.filter == nil {
		return append(dst, src...)
	}
	old, more := len(dst), r.available(len(src))
	dst = slices.Grow(dst, more)[:old+more]
	out := dst[old:]
	for len(src) > 0 {
		if len(r.buf) == cap(r.buf) {
			n := copy(r.buf, r.buf[r.pos:])
			r.buf, r.pos = r.buf[:n], 0
		}
		n := min(len(src), cap(r.buf)-len(r.buf))
		r.buf = append(r.buf, src[:n]...)
		src = src[n:]
		if r.filter.grid == 0 {
			out = r.runGroups(out)
		}
		if r.filter.grid > 0 || len(src) == 0 {
			out = r.runSingles(out)
		}
	}
	return dst
}

// available returns how many outputs n more samples make available.
func (r *Resampler) available(n int) int {
	f := r.filter
	// The window of output k from here begins at the whole part of
	// pos + (phase+k·down)/up, which can be up to last.
	last := len(r.buf) + n - f.taps
	if last < r.pos {
		return 0
	}
	return ((last-r.pos+1)*f.up-1-r.phase)/f.down + 1
}

// Finish appends the rest of the output to dst, as if zeros followed the input,
// and resets the Resampler for another signal.
func (r *Resampler) Finish(dst []float32) []float32 {
	var zeros [512]float32
	// After half zeros the window of the last input sample is complete, and that
	// of the position one further is not: what comes out lies before the end.
	for n := r.Lookahead(); n > 0; n -= len(zeros) {
		dst = r.Append(dst, zeros[:min(n, len(zeros))])
	}
	r.Reset()
	return dst
}

// runGroups computes outputs in groups of 4·up, from 4·down inputs, as long as
// buf has the input for a whole one. Outputs that lie up apart need the same row
// of the filter, and Dot4 takes four of them together. They fill the beginning
// of out; the rest is returned.
func (r *Resampler) runGroups(out []float32) []float32 {
	f := r.filter
	for r.pos+4*f.down+f.taps <= len(r.buf) {
		y0, y1, y2, y3 := out[:f.up], out[f.up:][:f.up], out[2*f.up:][:f.up], out[3*f.up:][:f.up]
		for k := range y0 {
			y0[k], y1[k], y2[k], y3[k] = f32.Dot4(f.row(r.phase), r.buf[r.pos:], f.down)
			r.advance()
		}
		r.pos += 3 * f.down
		out = out[4*f.up:]
	}
	return out
}

// runSingles computes all outputs that buf has the input for, one by one. They
// fill the beginning of out; the rest is returned.
func (r *Resampler) runSingles(out []float32) []float32 {
	f := r.filter
	for r.pos+f.taps <= len(r.buf) {
		out[0] = f.output(r.buf[r.pos:][:f.taps], r.phase)
		out = out[1:]
		r.advance()
	}
	return out
}

// advance moves on to the next output.
func (r *Resampler) advance() {
	r.pos += r.filter.step
	r.phase += r.filter.phaseStep
	if r.phase >= r.filter.up {
		r.phase -= r.filter.up
		r.pos++
	}
}
