//go:build unix

// Package contest is the frame of comparisons of programs: it starts ours and others,
// checks that they compute the same, and times them in turn.
//
// The programs are processes that answer requests (see package peer). One of them is the
// comparing command itself, which starts itself again with the flag -serve.
package contest

import (
	"errors"
	"flag"
	"log"
	"strings"

	"github.com/soundspace/soundspace/bench/internal/venv"
)

// Options are those of all comparisons.
type Options struct {
	venv.Options
	Write   string // file that the tables are written to, too; "": none
	Rounds  int
	Repeats int // runs in a round
}

// AddFlags makes flags of the options. Repeats are so many if nothing is said, and are
// called by a name.
func (o *Options) AddFlags(repeats int, name string) {
	o.Options.AddFlags()
	flag.StringVar(&o.Write, "write", "", "write the tables between the marks in this file, too")
	flag.IntVar(&o.Rounds, "rounds", 5, "rounds")
	flag.IntVar(&o.Repeats, "reps", repeats, name+" in a round")
}

// Main is the main function of a comparison, after its flags are made. It compares, or
// with the flag -serve it is one of the programs, as the arguments that follow say.
func Main(o *Options, compare, serve func() error) {
	log.SetFlags(0)
	asPeer := flag.Bool("serve", false, "be one of the programs (this command starts itself so)")
	flag.Parse()
	var err error
	switch {
	case *asPeer:
		err = serve()
	case o.Rounds < 1 || o.Repeats < 1:
		err = errors.New("-rounds and -reps must be at least 1")
	default:
		err = compare()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// Begins tells whether a name begins with one of a list, with commas between, in upper
// or lower case. Every name does if the list is empty.
func Begins(name, list string) bool {
	for _, prefix := range strings.Split(list, ",") {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix)) {
			return true
		}
	}
	return false
}
