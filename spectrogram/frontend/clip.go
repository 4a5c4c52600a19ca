package frontend

import (
	"errors"
	"fmt"

	"github.com/soundspace/soundspace/audio"
)

// ErrShort says that a recording is shorter than a single frame.
var ErrShort = errors.New("frontend: too short for a frame")

// ComputeClip computes a front end of a clip of any sample rate and number of
// channels, and returns the values with their shape. dst is used as by
// [FrontEnd].Compute. It fails where [Samples] does, and wraps [ErrShort] if the
// clip is shorter than a frame.
func ComputeClip(f FrontEnd, dst []float32, clip *audio.Clip) ([]float32, Shape, error) {
	x, err := Samples(clip, f.SampleRate())
	if err != nil {
		return nil, Shape{}, err
	}
	shape := f.Shape(len(x))
	if shape.Len() == 0 {
		return nil, Shape{}, fmt.Errorf("%w: %d samples at %d Hz", ErrShort, len(x), f.SampleRate())
	}
	return f.Compute(dst, x), shape, nil
}

// Samples returns what a front end of the given sample rate takes of a clip: the
// mean of its channels, resampled with [audio.QualityStandard]. A clip of one
// channel at that rate is not copied. A clip without samples, with channels of
// unequal length, or with a sample that is NaN or infinite is an error; the
// first wraps [audio.ErrEmpty].
func Samples(clip *audio.Clip, rate int) ([]float32, error) {
	if clip == nil || clip.Channels() == 0 || clip.Frames() == 0 {
		return nil, fmt.Errorf("frontend: %w", audio.ErrEmpty)
	}
	for c, x := range clip.Samples {
		if len(x) != clip.Frames() {
			return nil, fmt.Errorf("frontend: channel %d has %d samples, channel 0 has %d", c, len(x), clip.Frames())
		}
		for i, v := range x {
			if v-v != 0 {
				return nil, fmt.Errorf("frontend: sample %d of channel %d is %v, want finite numbers", i, c, v)
			}
		}
	}
	if clip.Channels() > 1 {
		clip = clip.Mono()
	}
	if clip.SampleRate != rate {
		var err error
		if clip, err = audio.Resample(clip, rate, audio.QualityStandard); err != nil {
			return nil, fmt.Errorf("frontend: %w", err)
		}
	}
	return clip.Samples[0], nil
}
