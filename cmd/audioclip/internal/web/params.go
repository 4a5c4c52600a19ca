package web

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// params are the parameters of a request. The first that is wrong is kept as err.
type params struct {
	values url.Values
	err    error
}

// newParams reads parameters, of which only those of the given names are allowed.
func newParams(rawQuery string, names ...string) *params {
	values, err := url.ParseQuery(rawQuery)
	p := &params{values: values}
	if err != nil {
		p.fail("the parameters cannot be read")
	}
	for name := range values {
		if !slices.Contains(names, name) {
			p.fail("there is no parameter %.40q; those there are: %s", name, strings.Join(names, ", "))
		}
	}
	return p
}

func (p *params) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fail(http.StatusBadRequest, format, args...)
	}
}

// one returns a value that may be given once.
func (p *params) one(name string) (value string, ok bool) {
	list := p.values[name]
	if len(list) > 1 {
		p.fail("%s is given more than once", name)
	}
	if len(list) == 0 || list[0] == "" {
		return "", false
	}
	return list[0], true
}

func (p *params) int(name string, otherwise, least, most int) int {
	text, ok := p.one(name)
	if !ok {
		return otherwise
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < least || v > most {
		p.fail("%s must be a whole number from %d to %d", name, least, most)
		return otherwise
	}
	return v
}

func (p *params) float(name string, otherwise, least, most float64) float64 {
	text, ok := p.one(name)
	if !ok {
		return otherwise
	}
	v, ok := parseFloat(text)
	if !ok || v < least || v > most {
		p.fail("%s must be a number from %g to %g", name, least, most)
		return otherwise
	}
	return v
}

// maxSeconds is longer than any recording, and no problem for a time.Duration.
const maxSeconds = 1e8

func (p *params) seconds(name string, otherwise time.Duration) time.Duration {
	return toDuration(p.float(name, otherwise.Seconds(), 0, maxSeconds))
}

// span returns the times from start to end; the end is 0 if there is none.
func (p *params) span() (start, end time.Duration) {
	start, end = p.seconds("start", 0), p.seconds("end", 0)
	if _, ok := p.one("end"); ok && end <= start {
		p.fail("end must be after start")
	}
	return start, end
}

func (p *params) bool(name string) bool { return p.int(name, 0, 0, 1) == 1 }

// text returns a text of at most so many characters, without the space around it.
func (p *params) text(name string, most int) string {
	value, _ := p.one(name)
	return p.clean(name, value, most)
}

// texts returns at most so many texts. Empty ones are left out.
func (p *params) texts(name string, count, most int) []string {
	var list []string
	for _, value := range p.values[name] {
		if value = p.clean(name, value, most); value != "" {
			list = append(list, value)
		}
	}
	if len(list) > count {
		p.fail("%s is given %d times, at most %d are allowed", name, len(list), count)
		return nil
	}
	return list
}

func (p *params) clean(name, value string, most int) string {
	switch {
	case !utf8.ValidString(value):
		p.fail("%s is not UTF-8", name)
		return ""
	case utf8.RuneCountInString(value) > most:
		p.fail("%s has more than %d characters", name, most)
		return ""
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }):
		p.fail("%s has control characters", name)
		return ""
	}
	return strings.TrimSpace(value)
}

// parseFloat reads a finite number in decimal.
func parseFloat(text string) (float64, bool) {
	if len(text) > 40 || strings.ContainsAny(text, "xX_") {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

func toDuration(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds * float64(time.Second)))
}
