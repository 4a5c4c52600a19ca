package dataset

import (
	"errors"
	"os"
	"testing"
)

// A recording is named once, and the place of a clip only where there is one.
func TestClipWrap(t *testing.T) {
	_, missing := os.Open("none.wav")
	for _, test := range []struct {
		clip Clip
		why  error
		want string
	}{
		{Clip{File: "a.wav", Start: 1.5}, errors.New("why"), "a.wav: the clip at 1.5 s: why"},
		{Clip{File: "a.wav"}, errors.New("why"), "a.wav: why"},
		{Clip{File: "a.wav", Start: 1.5}, errors.New("a.wav: why"), "a.wav: why"},
		{Clip{File: "none.wav"}, missing, missing.Error()},
	} {
		if got := test.clip.Wrap(test.why); got.Error() != test.want || !errors.Is(got, test.why) {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
