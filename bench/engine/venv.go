//go:build unix

package main

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

// venv is a virtual environment of Python.
type venv struct {
	dir         string
	keep        bool   // install nothing in it
	interpreter string // that makes it; "" looks on PATH
}

func (v venv) python() string { return filepath.Join(v.dir, "bin", "python") }

// library returns the path of a shared library, by a pattern of its name.
func (v venv) library(pattern string) (string, error) {
	found, err := filepath.Glob(filepath.Join(v.dir, "lib", pattern))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("no %s in %s", pattern, v.dir)
	}
	return found[0], nil
}

// install has pip install requirements, unless an earlier call did. The
// environment is made if there is none.
func (v venv) install(requirements string) error {
	stamp := filepath.Join(v.dir, "installed "+requirements)
	if _, err := os.Stat(stamp); v.keep || err == nil {
		return nil
	}
	if _, err := os.Stat(v.python()); errors.Is(err, fs.ErrNotExist) {
		python, err := findPython(v.interpreter)
		if err != nil {
			return err
		}
		if err := run(python, "-m", "venv", v.dir); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "installing %s in %s\n", requirements, v.dir)
	args := append([]string{"-m", "pip", "install", "--quiet"}, strings.Fields(requirements)...)
	if err := run(v.python(), args...); err != nil {
		return err
	}
	return os.WriteFile(stamp, nil, 0o666)
}

func run(name string, args ...string) error {
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
