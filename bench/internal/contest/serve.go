//go:build unix

package contest

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/soundspace/soundspace/bench/internal/peer"
)

// Computation is a case with a setting, ready to run.
type Computation struct {
	Run    func()           // is what is timed
	Result func() []float32 // runs it, and returns what programs are compared by
}

// Serve makes this process one of the programs of a Contest. open is called when a case
// with one of the settings is first asked for, and returns nil for an unknown case.
func Serve(in io.Reader, out io.Writer, settings []Setting, open func(name string, s Setting) (*Computation, error)) error {
	known := map[key]*Computation{}
	words := len(request("", "", settings[0], ""))
	return peer.Serve(in, out, func(line string) (string, error) {
		request := strings.SplitN(line, " ", words)
		if len(request) != words {
			return "", errors.New("too few words")
		}
		kind, name, last := request[0], request[1], request[words-1]
		threads, err := strconv.Atoi(request[2])
		if err != nil {
			return "", err
		}
		s := Setting{Threads: threads}
		if words > 4 {
			s.Mode = request[3]
		}
		if !slices.Contains(settings, s) {
			return "", peer.ErrNone
		}
		// The garbage collector, too, has no more than these threads.
		runtime.GOMAXPROCS(threads)
		k := key{name: name, Setting: s}
		if known[k] == nil {
			if known[k], err = open(name, s); err != nil {
				return "", err
			}
		}
		switch c := known[k]; {
		case c == nil:
			return "", peer.ErrNone
		case kind == "check":
			return "", peer.WriteFloats(last, c.Result())
		default:
			repeats, err := strconv.Atoi(last)
			if err != nil {
				return "", err
			}
			return peer.Time(repeats, c.Run), nil
		}
	})
}
