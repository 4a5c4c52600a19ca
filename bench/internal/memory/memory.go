// Package memory asks Linux about the memory of processes.
package memory

import (
	"fmt"
	"os"
	"strings"
)

// Kind is a field of /proc/PID/status.
type Kind string

const (
	Resident Kind = "VmRSS"   // what is in memory now
	Largest  Kind = "VmHWM"   // the most of it so far
	Private  Kind = "RssAnon" // of what is in memory now, what is not of files
)

// Of returns how much memory a process has, in bytes, 0 if the system does not tell.
func Of(pid int, kind Kind) int64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	var kB int64 // of 1024 bytes
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, string(kind)+":"); ok {
			fmt.Sscan(rest, &kB)
		}
	}
	return kB << 10
}
