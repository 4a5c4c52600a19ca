package spectrogram

import (
	"reflect"
	"testing"
)

func TestSpectrogramViews(t *testing.T) {
	s := &Spectrogram{Layout: Layout{Bins: 3}, Channels: 2, Frames: 2}
	for i := range 12 {
		s.Data = append(s.Data, float32(i))
	}
	if got := s.Frame(1, 0); !reflect.DeepEqual(got, []float32{6, 7, 8}) || cap(got) != 3 {
		t.Errorf("Frame(1, 0) = %v, capacity %d", got, cap(got))
	}
	c := s.Channel(1)
	if got := c.Frame(0, 1); !reflect.DeepEqual(got, []float32{9, 10, 11}) {
		t.Errorf("frame 1 of channel 1 is %v", got)
	}
	c.Data[0] = -6
	if s.Data[6] != -6 || c.Channels != 1 || c.Frames != 2 || c.Bins != 3 {
		t.Errorf("Channel(1) = %+v", c)
	}
	want := []float32{0, 3, 1, 4, 2, 5, -6, 9, 7, 10, 8, 11}
	if got := s.Transposed(nil); !reflect.DeepEqual(got, want) {
		t.Errorf("Transposed = %v, want %v", got, want)
	}
	buf := make([]float32, 3, 20)
	if got := s.Transposed(buf); !reflect.DeepEqual(got, want) || &got[0] != &buf[0] {
		t.Errorf("Transposed into a buffer = %v, want %v in it", got, want)
	}
}

func TestLayoutTime(t *testing.T) {
	l := Layout{SampleRate: 8000, HopSamples: 160, FirstSample: 4000}
	if got := l.Time(3); got != 0.56 {
		t.Errorf("Time(3) = %g", got)
	}
}

func TestUnitText(t *testing.T) {
	for u, want := range map[Unit][2]string{
		Magnitude: {"magnitude", "magnitude"}, Power: {"power", "power"}, Decibel: {"decibel", "dB"}, Ln: {"ln", "ln power"},
		Log10: {"log10", "log10 power"}, Log1p: {"log1p", "ln(1 + power)"}, 99: {"unknown unit", "unknown unit"},
	} {
		if got := [2]string{u.String(), u.Label()}; got != want {
			t.Errorf("unit %d: %q, want %q", u, got, want)
		}
	}
}
