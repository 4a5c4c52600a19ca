package index_test

import (
	"errors"
	"path"
	"path/filepath"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip/index"
)

func TestFilter(t *testing.T) {
	file := index.File{Path: filepath.FromSlash("/Music/Birds of Ω/Crow[1] 100%.WAV"), Duration: 3 * time.Second}
	for pattern, want := range map[string]bool{
		"":                       true,
		"crow":                   true,
		"CROW":                   true,
		"birds OF ω":             true,
		"music/birds":            true,
		"100%.w":                 true,
		"musicbirds":             false,
		"*.wav":                  true,
		"*.mp3":                  false,
		"*":                      true,
		"crow*":                  true,
		"row*":                   false,
		"*/crow*":                true,
		"*/*/*":                  true,
		"/*/*/*":                 true,
		"/music/*":               false, // * ends at a slash
		"music/*/*":              true,
		"usic/*/*":               false,
		"*/*/*/*/*":              false,
		`crow\[1\]*`:             filepath.Separator == '/', // elsewhere it separates folders
		"crow[[]1] 100%.???":     true,
		"[a-d]row*":              true,
		"birds of ?/*.wav":       true,
		"/music/birds of ?/*wav": true,
	} {
		allows, err := (index.Query{Path: pattern}).Filter()
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
			continue
		}
		if got := allows == nil || allows(file); got != want {
			t.Errorf("%q allows %q: %v", pattern, file.Path, got)
		}
	}
	for _, pattern := range []string{"[", "a[b-"} {
		if _, err := (index.Query{Path: pattern}).Filter(); !errors.Is(err, path.ErrBadPattern) {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	for _, c := range []struct {
		min, max time.Duration
		want     bool
	}{{0, 0, true}, {3 * time.Second, 0, true}, {3*time.Second + 1, 0, false}, {0, 3 * time.Second, true}, {0, 3*time.Second - 1, false}} {
		allows, err := (index.Query{MinDuration: c.min, MaxDuration: c.max}).Filter()
		if err != nil || (allows == nil || allows(file)) != c.want {
			t.Errorf("from %v to %v: not %v, %v", c.min, c.max, c.want, err)
		}
	}
}
