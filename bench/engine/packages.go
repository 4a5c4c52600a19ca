//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/soundspace/soundspace/bench/internal/venv"
)

// installPackages installs the Debian packages that are missing, or says which
// they are. What needs them will say so, too.
func installPackages() {
	var missing []string
	for _, p := range []struct{ program, file, packages string }{
		{program: "cc", packages: "gcc libc6-dev"},
		{file: "/usr/include/fftw3.h", packages: "libfftw3-dev"},
		{program: "sox", packages: "sox"},
		{program: "ffmpeg", packages: "ffmpeg"},
	} {
		_, err := exec.LookPath(p.program)
		if p.file != "" {
			_, err = os.Stat(p.file)
		}
		if err != nil {
			missing = append(missing, strings.Fields(p.packages)...)
		}
	}
	if len(missing) == 0 {
		return
	}
	if _, err := exec.LookPath("apt-get"); err == nil && os.Geteuid() == 0 {
		args := append([]string{"install", "-y", "-q", "--no-install-recommends"}, missing...)
		if err = venv.Run("apt-get", "update", "-q"); err == nil {
			err = venv.Run("apt-get", args...)
		}
		if err == nil {
			return
		}
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Fprintf(os.Stderr, "missing; on Debian: apt-get install %s\n", strings.Join(missing, " "))
}
