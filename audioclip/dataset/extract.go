package dataset

import (
	"errors"
	"fmt"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// extractor makes features of samples. It belongs to one goroutine.
type extractor struct {
	fe         frontend.FrontEnd
	resamplers map[int]*audio.Resampler // by the rate they start from
	resampled  []float32
	features   []float32
}

func newExtractor(fe frontend.FrontEnd) *extractor {
	return &extractor{fe: fe, resamplers: map[int]*audio.Resampler{}}
}

// compute returns the features of samples, which are valid until the next call.
func (e *extractor) compute(x []float32, rate int) ([]float32, error) {
	if rate != e.fe.SampleRate() {
		r := e.resamplers[rate]
		if r == nil {
			var err error
			if r, err = audio.NewResampler(rate, e.fe.SampleRate(), audio.QualityStandard); err != nil {
				return nil, err
			}
			e.resamplers[rate] = r
		}
		e.resampled = r.Finish(r.Append(e.resampled[:0], x))
		x = e.resampled
	}
	e.features = e.fe.Compute(e.features[:0], x)
	if len(e.features) == 0 {
		return nil, fmt.Errorf("%d samples are too short for a frame", len(x))
	}
	for _, v := range e.features {
		if v != v {
			return nil, errors.New("it has samples that are not numbers")
		}
	}
	return e.features, nil
}
