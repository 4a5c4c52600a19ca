//go:build noasm || !amd64

package nn

import "testing"

func forEachKernels(t *testing.T, f func(t *testing.T)) { f(t) }
