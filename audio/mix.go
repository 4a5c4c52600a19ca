package audio

import "fmt"

// Mono returns a new clip of one channel, the equal-weight mean of all
// channels, as librosa.to_mono has it:
//
//	y = (x₀ + x₁ + … + xₙ₋₁) / n
//
// summed in float32 in the order of the channels. It panics if the clip has no
// channels.
func (c *Clip) Mono() *Clip {
	if c.Channels() == 0 {
		panic("audio: Mono of a clip without channels")
	}
	m := &Clip{Samples: [][]float32{make([]float32, c.Frames())}, SampleRate: c.SampleRate}
	mean(m.Samples[0], c.Samples)
	return m
}

// mean sets dst to the mean of the channels' first len(dst) samples.
func mean(dst []float32, channels [][]float32) {
	if len(channels) == 2 { // as below, in one pass: halving is exact
		left, right := channels[0][:len(dst)], channels[1][:len(dst)]
		for i := range dst {
			dst[i] = (left[i] + right[i]) * 0.5
		}
		return
	}
	copy(dst, channels[0])
	if len(channels) == 1 {
		return
	}
	for _, x := range channels[1:] {
		for i := range dst {
			dst[i] += x[i]
		}
	}
	n := float32(len(channels))
	for i := range dst {
		dst[i] /= n
	}
}

// NewMixReader returns a Reader of one channel, the mean of r's channels as in
// [Clip.Mono]. If r has one channel, it is r itself.
func NewMixReader(r Reader) Reader {
	if r.Channels() == 1 {
		return r
	}
	return &mixReader{src: r, block: newBlock(r.Channels(), blockFrames), view: make([][]float32, r.Channels())}
}

type mixReader struct {
	src         Reader
	block, view [][]float32
}

func (r *mixReader) SampleRate() int { return r.src.SampleRate() }
func (r *mixReader) Channels() int   { return 1 }

func (r *mixReader) Read(dst [][]float32) (int, error) {
	checkBlock(dst, 1)
	n, err := r.src.Read(cut(r.view, r.block, 0, min(len(dst[0]), blockFrames)))
	mean(dst[0][:n], r.block)
	return n, err
}

// NewSelectReader returns a Reader of the given channels of r, numbered from 0,
// in the order given. A channel may be named more than once. It is an error to
// name none, or one that r does not have.
func NewSelectReader(r Reader, channels ...int) (Reader, error) {
	if len(channels) == 0 {
		return nil, fmt.Errorf("audio: no channels selected")
	}
	for _, c := range channels {
		if c < 0 || c >= r.Channels() {
			return nil, fmt.Errorf("audio: channel %d selected of a recording whose channels are 0 to %d", c, r.Channels()-1)
		}
	}
	return &selectReader{
		src:      r,
		channels: append([]int(nil), channels...),
		block:    newBlock(r.Channels(), blockFrames),
		view:     make([][]float32, r.Channels()),
	}, nil
}

type selectReader struct {
	src         Reader
	channels    []int
	block, view [][]float32
}

func (r *selectReader) SampleRate() int { return r.src.SampleRate() }
func (r *selectReader) Channels() int   { return len(r.channels) }

func (r *selectReader) Read(dst [][]float32) (int, error) {
	checkBlock(dst, len(r.channels))
	n, err := r.src.Read(cut(r.view, r.block, 0, min(len(dst[0]), blockFrames)))
	for i, c := range r.channels {
		copy(dst[i], r.block[c][:n])
	}
	return n, err
}
