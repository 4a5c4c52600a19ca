package audio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/internal/npy"
)

func TestMonoAgainstLibrosa(t *testing.T) {
	golden, err := npy.ReadZip("testdata/resample.npz")
	if err != nil {
		t.Fatal(err)
	}
	planes := golden["planes"]
	frames := planes.Shape[1]
	for _, channels := range []int{2, 3, 6} {
		c := NewClip(channels, frames, 8000)
		for i := range c.Samples {
			copy(c.Samples[i], toFloat32(planes.Real[i*frames:(i+1)*frames]))
		}
		m := c.Mono()
		if m.SampleRate != 8000 || m.Channels() != 1 {
			t.Fatalf("%d Hz, %d channels", m.SampleRate, m.Channels())
		}
		sameBits(t, m.Samples[0], toFloat32(golden[fmt.Sprintf("mono%d", channels)].Real))
	}
}

func TestMonoOfMonoIsACopy(t *testing.T) {
	c := noiseClip(1, 10, 8000)
	m := c.Mono()
	sameClip(t, m, c)
	if &m.Samples[0][0] == &c.Samples[0][0] {
		t.Error("shares samples")
	}
}

func TestMonoPanicsWithoutChannels(t *testing.T) {
	defer func() {
		if s, _ := recover().(string); !strings.HasPrefix(s, "audio: ") {
			t.Errorf("panic %q", s)
		}
	}()
	new(Clip).Mono()
}

func TestMixReader(t *testing.T) {
	for _, channels := range []int{1, 2, 5} {
		src := noiseClip(channels, 10000, 22050)
		checkReader(t, src, src.Mono(), NewMixReader)
	}
}

func TestSelectReader(t *testing.T) {
	src := noiseClip(4, 10000, 22050)
	for _, channels := range [][]int{{0}, {3, 1}, {2, 2, 2, 2, 0}, {0, 1, 2, 3}} {
		want := &Clip{SampleRate: 22050}
		for _, c := range channels {
			want.Samples = append(want.Samples, src.Samples[c])
		}
		checkReader(t, src, want, func(r Reader) Reader {
			s, err := NewSelectReader(r, channels...)
			if err != nil {
				t.Fatal(err)
			}
			return s
		})
	}
	for want, channels := range map[string][]int{
		"no channels selected":              nil,
		"channel 4 selected of a recording": {0, 4},
		"channel -1 selected":               {-1},
	} {
		if _, err := NewSelectReader(&clipReader{clip: src}, channels...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", channels, err, want)
		}
	}
}
