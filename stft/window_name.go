package stft

import (
	"fmt"
	"strconv"
	"strings"
)

// shapes names the window shapes; param names the parameter of those that have
// one.
var shapes = [...]struct{ name, param string }{
	hann:           {name: "hann"},
	hamming:        {name: "hamming"},
	blackman:       {name: "blackman"},
	bartlett:       {name: "bartlett"},
	flatTop:        {name: "flattop"},
	rectangular:    {name: "rectangular"},
	blackmanHarris: {name: "blackmanharris"},
	nuttall:        {name: "nuttall"},
	kaiser:         {name: "kaiser", param: "BETA"},
	gaussian:       {name: "gaussian", param: "STD"},
	tukey:          {name: "tukey", param: "ALPHA"},
	povey:          {name: "povey"},
	cosine:         {name: "cosine"},
}

const symmetricSuffix = ":symmetric"

// WindowNames returns what [ParseWindow] understands: "hann", …,
// "kaiser:BETA", ….
func WindowNames() []string {
	names := make([]string, len(shapes))
	for i, s := range shapes {
		names[i] = s.name
		if s.param != "" {
			names[i] += ":" + s.param
		}
	}
	return names
}

// String returns the name that [ParseWindow] reads, "hann" or
// "kaiser:8.6:symmetric" for instance; for a custom window, which has none,
// "custom" and its length.
func (w Window) String() string {
	if w.shape == custom {
		return fmt.Sprintf("custom(%d)", len(*w.custom))
	}
	s := shapes[w.shape].name
	if shapes[w.shape].param != "" {
		s += ":" + strconv.FormatFloat(w.param, 'g', -1, 64)
	}
	if w.symmetric {
		s += symmetricSuffix
	}
	return s
}

// ParseWindow returns the window of a name out of [WindowNames], its parameter
// in numbers: "hann", "kaiser:8.6". The ending ":symmetric" selects the
// symmetric form. Case, hyphens and underscores don't matter, and "boxcar" is
// "rectangular".
func ParseWindow(s string) (Window, error) {
	name := strings.ToLower(strings.TrimSpace(s))
	name, symmetric := strings.CutSuffix(name, symmetricSuffix)
	name, param, hasParam := strings.Cut(name, ":")
	name = strings.NewReplacer("-", "", "_", "").Replace(name)
	if name == "boxcar" {
		name = shapes[rectangular].name
	}
	for i, c := range shapes {
		if c.name != name {
			continue
		}
		w := Window{shape: shape(i), symmetric: symmetric}
		if hasParam != (c.param != "") {
			if hasParam {
				return Window{}, fmt.Errorf("stft: window %q: %s has no parameter", s, c.name)
			}
			return Window{}, fmt.Errorf("stft: window %q: write %s:%s, with a number", s, c.name, c.param)
		}
		if hasParam {
			v, err := strconv.ParseFloat(param, 64)
			if err != nil {
				return Window{}, fmt.Errorf("stft: window %q: %s is not a number: %q", s, c.param, param)
			}
			w.param = v
		}
		if err := w.validate(); err != nil {
			return Window{}, err
		}
		return w, nil
	}
	return Window{}, fmt.Errorf("stft: unknown window %q, want one of %s", s, strings.Join(WindowNames(), ", "))
}
