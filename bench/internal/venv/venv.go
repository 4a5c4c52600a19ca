//go:build unix

// Package venv makes virtual environments of Python.
package venv

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Options say which virtual environment a comparison uses.
type Options struct {
	Dir         string // use this one, install nothing
	Cache       string // folder of what is installed and made
	Interpreter string // makes the environment; "" looks on PATH
}

// AddFlags makes flags of the options: -venv, -cache and -python.
func (o *Options) AddFlags() {
	flag.StringVar(&o.Dir, "venv", "", "use this virtual environment, install nothing")
	flag.StringVar(&o.Cache, "cache", "", "folder of what is installed and made (default soundspace-bench in the user's cache folder)")
	flag.StringVar(&o.Interpreter, "python", "", "Python interpreter, 3.12 or newer (default: from PATH)")
}

// CacheDir returns the folder of what is installed and made.
func (o Options) CacheDir() (string, error) {
	if o.Cache != "" {
		return o.Cache, nil
	}
	user, err := os.UserCacheDir()
	return filepath.Join(user, "soundspace-bench"), err
}

// Open returns the environment, in which pip has installed requirements.
func (o Options) Open(requirements string) (Venv, error) {
	if o.Dir != "" {
		return Venv{Dir: o.Dir, keep: true}, nil
	}
	cache, err := o.CacheDir()
	if err != nil {
		return Venv{}, err
	}
	v := Venv{Dir: filepath.Join(cache, "venv"), interpreter: o.Interpreter}
	return v, v.Install(requirements)
}

// Venv is a virtual environment of Python.
type Venv struct {
	Dir         string
	keep        bool // install nothing in it
	interpreter string
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

// Install has pip install requirements, unless there are none or an earlier call
// did. The environment is made if there is none.
func (v Venv) Install(requirements string) error {
	if v.keep || requirements == "" {
		return nil
	}
	stamp := filepath.Join(v.Dir, "installed "+requirements)
	if _, err := os.Stat(stamp); err == nil {
		return nil
	}
	if _, err := os.Stat(v.Python()); errors.Is(err, fs.ErrNotExist) {
		python, err := findPython(v.interpreter)
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
