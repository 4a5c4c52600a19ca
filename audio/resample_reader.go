package audio

// NewResampleReader returns a Reader of r at another sample rate, converted as
// by [Resample]. If r has that rate already, it is r itself. It fails where
// [NewResampler] does. If r fails, what it gave before comes out to its end
// before the error is reported.
func NewResampleReader(r Reader, rate int, q Quality) (Reader, error) {
	if rate == r.SampleRate() {
		return r, nil
	}
	first, err := NewResampler(r.SampleRate(), rate, q)
	if err != nil {
		return nil, err
	}
	channels := r.Channels()
	rr := &resampleReader{
		src:      r,
		rate:     rate,
		channels: make([]*Resampler, channels),
		// When going up, smaller blocks, so that what they become is no larger.
		in:  newBlock(channels, max(1, min(blockFrames, blockFrames*r.SampleRate()/rate))),
		out: make([][]float32, channels),
	}
	for c := range channels {
		rr.channels[c] = first.NewChannel()
	}
	return rr, nil
}

type resampleReader struct {
	src      Reader
	rate     int
	channels []*Resampler
	in       [][]float32
	out      [][]float32 // the output of the block read last
	pos      int         // how much of it is read
	err      error       // what src ended with
}

func (r *resampleReader) SampleRate() int { return r.rate }
func (r *resampleReader) Channels() int   { return len(r.channels) }

func (r *resampleReader) Read(dst [][]float32) (int, error) {
	checkBlock(dst, len(r.channels))
	for r.pos == len(r.out[0]) {
		if r.err != nil {
			return 0, r.err
		}
		r.next()
	}
	n := 0
	for c := range dst {
		n = copy(dst[c], r.out[c][r.pos:])
	}
	r.pos += n
	return n, nil
}

// next converts the next block.
func (r *resampleReader) next() {
	n, err := r.src.Read(r.in)
	r.pos = 0
	for c, ch := range r.channels {
		r.out[c] = ch.Append(r.out[c][:0], r.in[c][:n])
		if err != nil {
			r.out[c] = ch.Finish(r.out[c])
		}
	}
	r.err = err
}
