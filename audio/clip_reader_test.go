package audio

import (
	"testing"

	"github.com/soundspace/soundspace/audio/internal/readertest"
)

func TestClipReader(t *testing.T) {
	for _, want := range []*Clip{noiseClip(2, 5000, 8000), noiseClip(1, 1, 44100), NewClip(3, 0, 8000)} {
		samples, err := readertest.Check(t, func() readertest.Reader { return NewClipReader(want) })
		if err != nil {
			t.Fatal(err)
		}
		sameClip(t, &Clip{Samples: samples, SampleRate: want.SampleRate}, want)
	}
}

func TestClipReaderPanics(t *testing.T) {
	for _, bad := range []*Clip{{SampleRate: 1}, {SampleRate: 1, Samples: [][]float32{{1}, {1, 2}}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", bad)
				}
			}()
			NewClipReader(bad)
		}()
	}
}
