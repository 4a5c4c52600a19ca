//go:build unix

package contest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/soundspace/soundspace/bench/internal/memory"
	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

// Contest is a comparison of programs that compute the same cases. They are started
// with the folder of the cases as their last argument, and know two requests:
//
//	check CASE SETTING FILE      → ok HOW        (the result is in FILE, float32)
//	time CASE SETTING REPEATS    → ok NS NS …    (after a run that is not timed)
type Contest struct {
	Options
	Venv     venv.Venv
	Dir      string    // of the cases
	Programs []Program // ours is the first
	Only     string    // run only these beside ours, by the beginnings of their names; "": all
	Settings []Setting
	Cases    []Case

	// Peers are the programs that take part, without those that cannot be had.
	Peers   []*peer.Peer
	results map[key]*Result
}

// Setting is a way in which a case is run: on how many threads, and, if programs have
// more than one, in which mode. In requests these are a word each.
type Setting struct {
	Threads int
	Mode    string
}

func (s Setting) String() string {
	text := fmt.Sprint(s.Threads, " threads")
	if s.Threads == 1 {
		text = "1 thread"
	}
	if s.Mode != "" {
		text += ", " + s.Mode
	}
	return text
}

// Threads are settings of so many threads.
func Threads(counts ...int) []Setting {
	var settings []Setting
	for _, n := range counts {
		settings = append(settings, Setting{Threads: n})
	}
	return settings
}

// Case is something that every program computes.
type Case struct {
	Name string
	// Distance returns how far a result is from that of the first program that is not
	// ours, and an error if that is too far.
	Distance func(got, reference []float32) (float64, error)
	Memory   bool // takes memory, too
}

type key struct {
	program, name string
	Setting
}

// Result is what was measured of a program with a case and a setting.
type Result struct {
	Distance float64
	NS       []float64 // of each run, in nanoseconds
	Memory   int64     // the largest of a process that runs only this, on one thread, in bytes; 0: not taken
}

// Result returns what was measured, nil if a program has no such thing.
func (c *Contest) Result(program, name string, s Setting) *Result {
	return c.results[key{program, name, s}]
}

// Run starts the programs, checks and measures.
func (c *Contest) Run() error {
	c.results = map[key]*Result{}
	defer c.stop()
	if err := c.start(); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := c.measure(); err != nil {
		return err
	}
	c.stop()
	return c.takeMemory()
}

// start starts ours and the others, and names those that cannot be had.
func (c *Contest) start() error {
	for i, p := range c.Programs {
		if i > 0 && !Begins(p.Name, c.Only) {
			continue
		}
		started, err := p.Start(c.Venv, c.Dir)
		switch {
		case err == nil:
			c.Peers = append(c.Peers, started)
		case i == 0:
			return err
		default:
			fmt.Fprintf(os.Stderr, "left out: %v\n", err)
		}
	}
	return nil
}

func (c *Contest) stop() {
	for _, p := range c.Peers {
		p.Stop()
	}
}

// check compares the results of all programs.
func (c *Contest) check() error {
	for _, one := range c.Cases {
		for _, s := range c.Settings {
			var reference []float32
			for i := range c.Peers {
				p := c.Peers[(i+1)%len(c.Peers)]
				got, how, err := c.result(p, one.Name, s)
				if errors.Is(err, peer.ErrNone) {
					continue
				}
				if err != nil {
					return fmt.Errorf("%s: %w", one.Name, err)
				}
				if reference == nil {
					reference = got
				}
				d, err := one.Distance(got, reference)
				if err != nil {
					return fmt.Errorf("%s disagrees on %s (%v): %w", p.Name, one.Name, s, err)
				}
				if how != "" {
					how = ", " + how
				}
				fmt.Fprintf(os.Stderr, "%s, %v: %s agrees to %.1e%s\n", one.Name, s, p.Name, d, how)
				c.results[key{p.Name, one.Name, s}] = &Result{Distance: d}
			}
		}
	}
	return nil
}

// result returns what a program computes, and how.
func (c *Contest) result(p *peer.Peer, name string, s Setting) (x []float32, how string, err error) {
	file := filepath.Join(c.Dir, "result.f32")
	defer os.Remove(file)
	if how, err = p.Ask(request("check", name, s, file)...); err != nil {
		return nil, "", err
	}
	x, err = peer.ReadFloats(file)
	return x, how, err
}

func request(kind, name string, s Setting, last any) []any {
	if s.Mode == "" {
		return []any{kind, name, s.Threads, last}
	}
	return []any{kind, name, s.Threads, s.Mode, last}
}

func (c *Contest) measure() error {
	for round := range c.Rounds {
		for _, one := range c.Cases {
			for _, s := range c.Settings {
				able := slices.DeleteFunc(slices.Clone(c.Peers), func(p *peer.Peer) bool { return c.Result(p.Name, one.Name, s) == nil })
				err := InTurn(round, able, func(p *peer.Peer) error {
					r := c.Result(p.Name, one.Name, s)
					ns, err := p.Times(c.Repeats, request("time", one.Name, s, c.Repeats)...)
					r.NS = append(r.NS, ns...)
					return err
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// InTurn calls f with all of a list, in each round another one first.
func InTurn[T any](round int, list []T, f func(T) error) error {
	for i := range list {
		// The idle threads of BLAS and OpenMP spin before they sleep.
		time.Sleep(50 * time.Millisecond)
		if err := f(list[(round+i)%len(list)]); err != nil {
			return err
		}
	}
	return nil
}

// takeMemory has every program run a case in a process of its own.
func (c *Contest) takeMemory() error {
	one := c.Settings[0]
	for _, of := range c.Cases {
		for _, program := range c.Programs {
			r := c.Result(program.Name, of.Name, one)
			if r == nil || !of.Memory {
				continue
			}
			p, err := program.Start(c.Venv, c.Dir)
			if err != nil {
				return err
			}
			_, err = p.Times(3, request("time", of.Name, one, 3)...)
			r.Memory = memory.Of(p.PID(), memory.Largest)
			p.Stop()
			if err != nil {
				return err
			}
		}
	}
	return nil
}
