//go:build unix

package venv

import (
	"path/filepath"
	"testing"
)

// An environment that is named is used as it is: nothing is installed in it.
func TestOpenNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	v, err := Options{Dir: dir}.Open("no-such-package==0")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "bin", "python"); v.Python() != want {
		t.Errorf("interpreter %s, want %s", v.Python(), want)
	}
}

func TestOpenInCache(t *testing.T) {
	cache := t.TempDir()
	v, err := Options{Cache: cache}.Open("")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(cache, "venv"); v.Dir != want {
		t.Errorf("environment %s, want %s", v.Dir, want)
	}
	if _, err := (Options{Cache: cache, Interpreter: "no-such-python"}).Open("package==0"); err == nil {
		t.Error("no error without an interpreter")
	}
}
