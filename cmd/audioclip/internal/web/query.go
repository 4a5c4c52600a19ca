package web

import (
	"math"
	"strings"
	"time"
)

// question is what a search asks for.
type question struct {
	texts, not               []string
	like                     []example
	k, offset                int
	minScore                 float64 // NaN: none was given
	path                     string
	minDuration, maxDuration time.Duration
	windows                  bool
}

// example is a recording of the index that sounds like what is looked for, or a span of it
// (to end, if that is not 0), or a sound that was sent before.
type example struct {
	id         string
	start, end time.Duration
	sound      string
}

const (
	maxTexts      = 16
	maxCharacters = 1000
)

var searchParams = []string{"q", "not", "like", "k", "offset", "min_score", "path", "min_duration", "max_duration", "windows"}

func parseQuestion(rawQuery string) (question, error) {
	p := newParams(rawQuery, searchParams...)
	q := question{
		texts:       p.texts("q", maxTexts, maxCharacters),
		not:         p.texts("not", maxTexts, maxCharacters),
		k:           p.int("k", 20, 1, 200),
		offset:      p.int("offset", 0, 0, 10000),
		minScore:    p.float("min_score", math.NaN(), -1, 1),
		path:        p.text("path", maxCharacters),
		minDuration: p.seconds("min_duration", 0),
		maxDuration: p.seconds("max_duration", 0),
		windows:     p.bool("windows"),
	}
	for _, value := range p.texts("like", maxTexts, 100) {
		ex, ok := parseExample(value)
		if !ok {
			p.fail("like must be ID, ID,START,END or sound:TOKEN")
		}
		q.like = append(q.like, ex)
	}
	if q.maxDuration > 0 && q.maxDuration < q.minDuration {
		p.fail("max_duration is less than min_duration")
	}
	return q, p.err
}

func parseExample(value string) (ex example, ok bool) {
	if token, ok := strings.CutPrefix(value, "sound:"); ok {
		return example{sound: token}, isHex(token, 32)
	}
	parts := strings.Split(value, ",")
	ex.id = parts[0]
	if !isHex(ex.id, 32) {
		return ex, false
	}
	if len(parts) == 1 {
		return ex, true
	}
	if len(parts) != 3 {
		return ex, false
	}
	start, ok1 := parseFloat(parts[1])
	end, ok2 := parseFloat(parts[2])
	if !ok1 || !ok2 || start < 0 || end <= start || end > maxSeconds {
		return ex, false
	}
	ex.start, ex.end = toDuration(start), toDuration(end)
	return ex, true
}

// isHex tells whether s has n hexadecimal digits, in small letters.
func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
