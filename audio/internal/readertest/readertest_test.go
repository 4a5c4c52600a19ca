package readertest

import (
	"errors"
	"io"
	"runtime"
	"testing"
)

// ramp is a Reader of 10000 frames with a mistake.
type ramp struct {
	mistake string
	at      int
	reads   int
}

func (r *ramp) SampleRate() int {
	if r.mistake == "rate 0" {
		return 0
	}
	return 8000
}

func (r *ramp) Channels() int {
	if r.mistake == "channels change" && r.reads > 3 {
		return 1
	}
	return 2
}

func (r *ramp) Read(dst [][]float32) (int, error) {
	if r.mistake != "no panic" && (len(dst) != 2 || len(dst[0]) == 0 || len(dst[0]) != len(dst[1])) {
		panic("wrong dst")
	}
	r.reads++
	end := error(io.EOF)
	if r.mistake == "none, fails" {
		end = errors.New("failure")
	}
	n := 0
	for ; len(dst) == 2 && n < min(len(dst[0]), len(dst[1])) && n < 700 && r.at < 10000; n++ {
		dst[0][n], dst[1][n] = float32(r.at), -float32(r.at)
		r.at++
	}
	if r.at == 10000 {
		switch {
		case r.mistake == "data with error" && n > 0:
			return n, end
		case r.mistake == "error forgotten" && n == 0 && r.reads%2 == 0:
			return 0, errors.New("another")
		case r.mistake == "more than asked for":
			return len(dst[0]) + 1, nil
		case n == 0:
			return 0, end
		}
	}
	switch {
	case r.mistake == "nothing, nil" && r.reads == 4:
		return 0, nil
	case r.mistake == "depends on blocks" && len(dst[0]) == 7:
		dst[0][0]++
	}
	return n, nil
}

// recorder is a testing.TB that notes failure.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatal(...any)          { r.failed = true; runtime.Goexit() }
func (r *recorder) Fatalf(string, ...any) { r.failed = true; runtime.Goexit() }

func TestCheck(t *testing.T) {
	for mistake, fails := range map[string]bool{
		"none": false, "none, fails": false,
		"rate 0": true, "channels change": true, "no panic": true, "data with error": true, "error forgotten": true,
		"more than asked for": true, "nothing, nil": true, "depends on blocks": true,
	} {
		r := &recorder{}
		done := make(chan bool)
		go func() {
			defer close(done)
			samples, err := Check(r, func() Reader { return &ramp{mistake: mistake} })
			if len(samples[0]) != 10000 || (err != nil) != (mistake == "none, fails") {
				r.failed = true
			}
		}()
		<-done
		if r.failed != fails {
			t.Errorf("with the mistake %q it fails: %t", mistake, r.failed)
		}
	}
}
