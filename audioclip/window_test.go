package audioclip

import (
	"fmt"
	"io"
	"slices"
	"testing"
)

// counting yields total samples that count up, at most block at a time.
type counting struct{ at, total, block int }

func (*counting) SampleRate() int { return 100 }
func (*counting) Channels() int   { return 1 }
func (r *counting) Read(dst [][]float32) (int, error) {
	n := min(len(dst[0]), r.block, r.total-r.at)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range n {
		dst[0][i] = float32(r.at + i)
	}
	r.at += n
	return n, nil
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		total, window, hop, longest int
		starts                      []int
	}{
		{0, 10, 5, 10, nil},
		{1, 10, 5, 10, []int{0}},
		{10, 10, 5, 10, []int{0}},
		{11, 10, 5, 10, []int{0, 1}},
		{15, 10, 5, 10, []int{0, 5}},
		{17, 10, 5, 10, []int{0, 5, 7}},
		{40, 10, 10, 10, []int{0, 10, 20, 30}},
		{41, 10, 10, 10, []int{0, 10, 20, 30, 31}},
		{30, 10, 5, 30, []int{0}},
		{31, 10, 10, 30, []int{0, 10, 20, 21}},
	} {
		for _, block := range []int{1, 3, 7, 1000} {
			t.Run(fmt.Sprint(test, block), func(t *testing.T) {
				var starts []int
				total, err := cut(&counting{total: test.total, block: block}, test.window, test.hop, test.longest, func(start int, x []float32) error {
					starts = append(starts, start)
					if want := min(test.window, test.total); len(starts) > 1 && len(x) != want || len(test.starts) == 1 && len(x) != test.total {
						t.Errorf("window at %d has %d samples", start, len(x))
					}
					for i, v := range x {
						if v != float32(start+i) {
							t.Fatalf("sample %d of the window at %d is %v", i, start, v)
						}
					}
					return nil
				})
				if err != nil || total != test.total || !slices.Equal(starts, test.starts) {
					t.Errorf("%d samples, windows at %v, %v; want %v", total, starts, err, test.starts)
				}
			})
		}
	}
}

// A long recording needs no more memory than a few windows.
func TestCutDropsWhatIsDone(t *testing.T) {
	const window = 1000
	held := 0
	_, err := cut(&counting{total: 20_000_000, block: 1 << 20}, window, window, window, func(_ int, x []float32) error {
		held = max(held, cap(x))
		return nil
	})
	if err != nil || held > 4*readBlock {
		t.Errorf("%d samples held, %v", held, err)
	}
}
