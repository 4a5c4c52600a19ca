package htsat

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/stream"
	"github.com/soundspace/soundspace/internal/nn"
)

func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func TestZZTime(t *testing.T) {
	runs, _ := strconv.Atoi(os.Getenv("RUNS"))
	if runs == 0 {
		t.Skip()
	}
	set := params.New(stream.Source{Without: []string{"qkv"}}, nil)
	e := New(set, Config{SpecSize: 256, Mels: 64, Width: 96, Depths: []int{2, 2, 6, 2}, Heads: []int{4, 8, 16, 32}, Window: 8, Eps: 1e-5})
	batch, _ := strconv.Atoi(os.Getenv("BATCH"))
	var inputs []Input
	for i := range max(batch, 1) {
		inputs = append(inputs, noise(fmt.Sprint("recording", i), 1, 1001, 64, false))
	}
	dst := nn.NewMatrix(make([]float32, len(inputs)*768), len(inputs), 768)
	for _, workers := range []int{1, 2} {
		c := nn.NewContext(workers)
		e.Encode(c, dst, inputs)
		var ws, cs []float64
		for range runs {
			s, p := time.Now(), cpu()
			e.Encode(c, dst, inputs)
			ws = append(ws, time.Since(s).Seconds()*1e3)
			cs = append(cs, (cpu() - p).Seconds()*1e3)
		}
		sort.Float64s(ws)
		sort.Float64s(cs)
		fmt.Printf("ours workers=%d batch=%d: min wall %.1f ms, median %.1f, min cpu %.1f\n", workers, len(inputs), ws[0], ws[len(ws)/2], cs[0])
	}
}
