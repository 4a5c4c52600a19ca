//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// setting is a way in which a case is run. With reused output a program writes
// to the same memory at every call; with fresh output every call allocates what
// it returns, and lets go of what the call before it returned.
type setting struct {
	threads int
	mode    string // "reused" or "fresh"
}

func (s setting) String() string {
	if s.threads == 1 {
		return "1 thread, " + s.mode
	}
	return fmt.Sprintf("%d threads, %s", s.threads, s.mode)
}

var settings = []setting{{1, "reused"}, {1, "fresh"}, {2, "reused"}, {2, "fresh"}}

// peer is a program under measurement: a process that is started with the folder
// of the cases as its last argument, and answers lines on standard input with
// lines on standard output.
//
//	                                  → ready VERSIONS
//	check CASE THREADS MODE FILE      → ok HOW        (the result is in FILE, float32, frame-major)
//	time CASE THREADS MODE REPEATS    → ok NS NS …    (after a run that is not timed)
//
// "none" instead of "ok …" says that the program has no such setting. A program
// that cannot do what it should writes why to standard error, and exits.
type peer struct {
	name     string
	versions string
	stdin    io.WriteCloser
	stdout   *bufio.Scanner
	stderr   bytes.Buffer
	cmd      *exec.Cmd
}

func startPeer(name string, args []string, dir string) (*peer, error) {
	p := &peer{name: name, cmd: exec.Command(args[0], append(args[1:], dir)...)}
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = time.Second
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdout = bufio.NewScanner(stdout)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if p.versions, err = p.answer("ready"); err != nil {
		return nil, err
	}
	return p, nil
}

var errNone = errors.New("no such setting")

// answer reads a line and returns what follows a word.
func (p *peer) answer(word string) (string, error) {
	if !p.stdout.Scan() {
		p.stdin.Close()
		err := p.cmd.Wait()
		lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
		return "", fmt.Errorf("%s stopped: %v: %s", p.name, err, lines[len(lines)-1])
	}
	first, rest, _ := strings.Cut(p.stdout.Text(), " ")
	switch first {
	case word:
		return rest, nil
	case "none":
		return "", errNone
	}
	return "", fmt.Errorf("%s answered %q", p.name, p.stdout.Text())
}

func (p *peer) ask(request string, c *benchCase, s setting, rest any) (string, error) {
	if _, err := fmt.Fprintln(p.stdin, request, c.name, s.threads, s.mode, rest); err != nil {
		return "", fmt.Errorf("%s: %w", p.name, err)
	}
	return p.answer("ok")
}

// check compares the program's result with the reference, and returns how far it
// is from it and how the program computed it.
func (p *peer) check(c *benchCase, s setting, reference []float64, dir string) (distance float64, how string, err error) {
	file := filepath.Join(dir, "result.f32")
	defer os.Remove(file)
	if how, err = p.ask("check", c, s, file); err != nil {
		return 0, "", err
	}
	got, err := readFloats(file)
	if err != nil {
		return 0, "", err
	}
	if len(got) != len(reference) {
		return 0, "", fmt.Errorf("%s disagrees on %s: %d values, want %d", p.name, c.name, len(got), len(reference))
	}
	distance = c.distance(got, reference)
	if !(distance <= c.tolerance()) {
		return 0, "", fmt.Errorf("%s disagrees on %s (%v): off by %g, want at most %g", p.name, c.name, s, distance, c.tolerance())
	}
	return distance, how, nil
}

// time returns the nanoseconds of each repetition.
func (p *peer) time(c *benchCase, s setting, repeats int) ([]float64, error) {
	rest, err := p.ask("time", c, s, repeats)
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(rest)
	if len(fields) != repeats {
		return nil, fmt.Errorf("%s: %d times, want %d", p.name, len(fields), repeats)
	}
	ns := make([]float64, repeats)
	for i, f := range fields {
		if ns[i], err = strconv.ParseFloat(f, 64); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return ns, nil
}

func (p *peer) stop() {
	p.stdin.Close()
	p.cmd.Wait()
}
