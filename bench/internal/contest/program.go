//go:build unix

package contest

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

// Program is one that takes part.
type Program struct {
	Name     string
	Requires string // what pip must install before
	Command  Command
}

// Command returns how to start a program whose files are in the folder peers of dir.
type Command func(v venv.Venv, dir string) ([]string, error)

// Self starts this command again, to be one of the programs.
func Self(args ...string) Command {
	return func(venv.Venv, string) ([]string, error) {
		path, err := os.Executable()
		return append([]string{path, "-serve"}, args...), err
	}
}

// Python starts a script.
func Python(script string, args ...string) Command {
	return func(v venv.Venv, dir string) ([]string, error) {
		return append([]string{v.Python(), "-B", "-W", "ignore", filepath.Join(dir, "peers", script)}, args...), nil
	}
}

// Start starts a program. Its last arguments are dir and those given.
func (p Program) Start(v venv.Venv, dir string, args ...string) (*peer.Peer, error) {
	if err := v.Install(p.Requires); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	command, err := p.Command(v, dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return peer.Start(p.Name, append(append(command, dir), args...)...)
}
