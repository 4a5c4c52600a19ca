package memory

import (
	"os"
	"runtime"
	"testing"
)

// A process that has filled so much memory has at least that.
func TestOf(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("Linux alone tells")
	}
	const size = 64 << 20
	data := make([]byte, size)
	for i := 0; i < len(data); i += 1 << 10 {
		data[i] = 1
	}
	for _, kind := range []Kind{Resident, Largest, Private} {
		if got := Of(os.Getpid(), kind); got < size || got > 100*size {
			t.Errorf("%s: %d bytes", kind, got)
		}
	}
	runtime.KeepAlive(data)
}
