package table

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Machine returns what a comparison ran on, and the day.
func Machine() string {
	return fmt.Sprintf("%s, %d CPUs, %s/%s, %s", CPUName(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, time.Now().Format(time.DateOnly))
}

// CPUName returns what the system calls the processor, with the widest vectors
// that it has, or "" where nothing is known.
func CPUName() string {
	if runtime.GOOS == "darwin" {
		out, _ := exec.Command("sysctl", "-n", "machdep.cpu.brand_string").Output()
		return strings.TrimSpace(string(out))
	}
	data, _ := os.ReadFile("/proc/cpuinfo")
	name := cpuField(string(data), "model name")
	flags := strings.Fields(cpuField(string(data), "flags"))
	for _, f := range [][2]string{{"avx512f", "AVX-512"}, {"avx2", "AVX2"}} {
		for _, flag := range flags {
			if flag == f[0] {
				return name + " with " + f[1]
			}
		}
	}
	return name
}

// cpuField returns the first value of a field in the format of /proc/cpuinfo.
func cpuField(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
