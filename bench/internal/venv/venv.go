//go:build unix

// Package venv makes virtual environments of Python.
package venv

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Venv is a virtual environment of Python.
type Venv struct {
	Dir         string
	Keep        bool   // install nothing in it
	Interpreter string // that makes it; "" looks on PATH
}

// New returns the environment of a comparison: dir as it is, if it is not empty;
// otherwise one in a folder of the cache (empty: in the user's), which an
// interpreter makes.
func New(dir, cache, interpreter string) (Venv, error) {
	if dir != "" {
		return Venv{Dir: dir, Keep: true}, nil
	}
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return Venv{}, err
		}
		cache = filepath.Join(user, "soundspace-bench")
	}
	return Venv{Dir: filepath.Join(cache, "venv"), Interpreter: interpreter}, nil
}

// Python returns the path of the interpreter.
func (v Venv) Python() string { return filepath.Join(v.Dir, "bin", "python") }

// Library returns the path of a shared library, by a pattern of its name.
func (v Venv) Library(pattern string) (string, error) {
	found, err := filepath.Glob(filepath.Join(v.Dir, "lib", pattern))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("no %s in %s", pattern, v.Dir)
	}
	return found[0], nil
}

// Install has pip install requirements, unless an earlier call did. The
// environment is made if there is none.
func (v Venv) Install(requirements string) error {
	stamp := filepath.Join(v.Dir, "installed "+requirements)
	if _, err := os.Stat(stamp); v.Keep || err == nil {
		return nil
	}
	if _, err := os.Stat(v.Python()); errors.Is(err, fs.ErrNotExist) {
		python, err := findPython(v.Interpreter)
		if err != nil {
			return err
		}
		if err := Run(python, "-m", "venv", v.Dir); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "installing %s in %s\n", requirements, v.Dir)
	args := append([]string{"-m", "pip", "install", "--quiet"}, strings.Fields(requirements)...)
	if err := Run(v.Python(), args...); err != nil {
		return err
	}
	return os.WriteFile(stamp, nil, 0o666)
}

// Run runs a command; its output is part of the error.
func Run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// findPython returns the first interpreter that is new enough for librosa 1.0.
func findPython(name string) (string, error) {
	candidates := []string{"python3.12", "python3.13", "python3.14", "python3"}
	if name != "" {
		candidates = []string{name}
	}
	for _, c := range candidates {
		if exec.Command(c, "-c", "import sys; sys.exit(sys.version_info < (3, 12))").Run() == nil {
			return c, nil
		}
	}
	return "", fmt.Errorf("no Python of at least 3.12 among %s: name one with -python, or an environment with -venv", strings.Join(candidates, ", "))
}
