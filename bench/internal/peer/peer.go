//go:build unix

// Package peer talks to programs under measurement.
package peer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Peer is a program under measurement: a process that answers lines on standard
// input with lines on standard output. It begins with
//
//	ready VERSIONS
//
// and answers a request with
//
//	ok …
//
// or with "none", if it has no such thing. A program that cannot do what it
// should writes why to standard error, and exits.
type Peer struct {
	Name     string
	Versions string
	stdin    io.WriteCloser
	stdout   *bufio.Scanner
	stderr   bytes.Buffer
	cmd      *exec.Cmd
}

// Start starts a program and waits until it is ready.
func Start(name string, args ...string) (*Peer, error) {
	p := &Peer{Name: name, cmd: exec.Command(args[0], args[1:]...)}
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
	p.stdout.Buffer(nil, 1<<20)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if p.Versions, err = p.answer("ready"); err != nil {
		return nil, err
	}
	return p, nil
}

// ErrNone is the answer "none".
var ErrNone = errors.New("no such setting")

// answer reads a line and returns what follows a word.
func (p *Peer) answer(word string) (string, error) {
	if !p.stdout.Scan() {
		p.stdin.Close()
		err := p.cmd.Wait()
		lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
		return "", fmt.Errorf("%s stopped: %v: %s", p.Name, err, lines[len(lines)-1])
	}
	first, rest, _ := strings.Cut(p.stdout.Text(), " ")
	switch first {
	case word:
		return rest, nil
	case "none":
		return "", ErrNone
	}
	return "", fmt.Errorf("%s answered %q", p.Name, p.stdout.Text())
}

// Ask sends a request and returns what follows "ok".
func (p *Peer) Ask(request ...any) (string, error) {
	if _, err := fmt.Fprintln(p.stdin, request...); err != nil {
		return "", fmt.Errorf("%s: %w", p.Name, err)
	}
	return p.answer("ok")
}

// Times sends a request whose answer is as many times in nanoseconds.
func (p *Peer) Times(repeats int, request ...any) ([]float64, error) {
	rest, err := p.Ask(request...)
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(rest)
	if len(fields) != repeats {
		return nil, fmt.Errorf("%s: %d times, want %d", p.Name, len(fields), repeats)
	}
	ns := make([]float64, repeats)
	for i, f := range fields {
		if ns[i], err = strconv.ParseFloat(f, 64); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return ns, nil
}

// Stop ends the program.
func (p *Peer) Stop() {
	p.stdin.Close()
	p.cmd.Wait()
}

// Versions returns what programs have said of their versions, each only once.
func Versions(peers []*Peer) string {
	var all []string
	for _, p := range peers {
		for _, v := range strings.Split(p.Versions, ", ") {
			if v != "" && !slices.Contains(all, v) {
				all = append(all, v)
			}
		}
	}
	return strings.Join(all, ", ")
}

// PID returns the number of the program's process.
func (p *Peer) PID() int { return p.cmd.Process.Pid }
