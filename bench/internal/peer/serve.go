//go:build unix

package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Serve makes this process a program under measurement, until there are no more
// requests. answer returns what follows "ok" in the answer to a request, or ErrNone.
func Serve(in io.Reader, out io.Writer, answer func(request string) (string, error)) error {
	fmt.Fprintln(out, "ready", runtime.Version())
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		text, err := answer(lines.Text())
		switch {
		case errors.Is(err, ErrNone):
			text = "none"
		case err != nil:
			return fmt.Errorf("request %q: %w", lines.Text(), err)
		default:
			text = strings.TrimSpace("ok " + text)
		}
		fmt.Fprintln(out, text)
	}
	return lines.Err()
}

// Time runs f once, and then as often as said, and returns the times that these runs
// took, in nanoseconds, with spaces between.
func Time(repeats int, f func()) string {
	f()
	times := make([]string, repeats)
	for i := range times {
		begin := time.Now()
		f()
		times[i] = strconv.FormatInt(time.Since(begin).Nanoseconds(), 10)
	}
	return strings.Join(times, " ")
}
