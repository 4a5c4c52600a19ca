package train

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// What is wrong with a recording is said once, and of many only some.
func TestLogLeftOut(t *testing.T) {
	var log []string
	cfg := Config{Log: func(line string) { log = append(log, line) }}
	cfg.logLeftOut([]error{errors.New("a.wav: damaged"), errors.New("b.wav: gone"), errors.New("a.wav: damaged")})
	if want := []string{"left out: a.wav: damaged (2 clips)", "left out: b.wav: gone"}; !slices.Equal(log, want) {
		t.Errorf("%q, want %q", log, want)
	}
	log = nil
	var errs []error
	for i := range 50 {
		errs = append(errs, fmt.Errorf("%d.wav: gone", i))
	}
	cfg.logLeftOut(errs)
	if n := len(log); n != mostLeftOut+1 || log[n-1] != "left out: 30 more like these" {
		t.Errorf("%d lines, %q", n, log[n-1])
	}
}
