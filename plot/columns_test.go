package plot

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// oneRow takes frames of a single bin into columns.
func oneRow(width int, announced int64, values []float32) *columns {
	c := newColumns(width, []span{{0, 1}}, 1, announced)
	for i := range values {
		c.add(values[i : i+1])
	}
	return &c
}

// picture returns the value of every column.
func picture(c *columns) []float32 {
	var out []float32
	for _, s := range c.spans() {
		out = append(out, slices.Max(c.values()[s.lo:s.hi]))
	}
	return out
}

// wantPicture is the rule of the package documentation, computed from all
// frames: the largest of those whose middles lie in a column, or else the one
// that the middle of the column lies in.
func wantPicture(width int, values []float32) []float32 {
	out := make([]float32, width)
	n := len(values)
	for x := range out {
		out[x] = float32(math.Inf(-1))
		for t, v := range values {
			if (2*t+1)*width/(2*n) == x {
				out[x] = max(out[x], v)
			}
		}
		if math.IsInf(float64(out[x]), -1) {
			out[x] = values[(2*x+1)*n/(2*width)]
		}
	}
	return out
}

func randomValues(n int) []float32 {
	rng := rand.New(rand.NewPCG(uint64(n), 0))
	x := make([]float32, n)
	for i := range x {
		x[i] = rng.Float32()
	}
	return x
}

func TestColumnsFollowTheRule(t *testing.T) {
	for _, width := range []int{1, 2, 7, 64, 100} {
		for _, n := range []int{1, 2, 3, 63, 64, 65, 99, 100, 101, 127, 128, 199, 200, 201, 777, 800, 5000} {
			values := randomValues(n)
			want := wantPicture(width, values)
			if got := picture(oneRow(width, int64(n), values)); !slices.Equal(got, want) {
				t.Errorf("%d frames in %d columns: %v, want %v", n, width, got, want)
			}
			// Below the number of slots an unknown length changes nothing.
			if n <= slotsPerColumn*width {
				if got := picture(oneRow(width, -1, values)); !slices.Equal(got, want) {
					t.Errorf("unknown number, %d frames in %d columns: %v, want %v", n, width, got, want)
				}
			}
		}
	}
}

// TestColumnsOfUnknownLength puts a single peak into a long recording and looks
// where it is drawn.
func TestColumnsOfUnknownLength(t *testing.T) {
	const width = 50
	for _, n := range []int{401, 799, 800, 801, 3000, 12345, 100_000} {
		for _, announced := range []int64{-1, 0, 1, int64(n) / 3, int64(n) - 1} {
			tolerance := 1.0 / 8
			if announced > width {
				tolerance = 0.5 // planned columns are narrower than those drawn
			}
			for _, at := range []int{0, 1, n / 7, n / 2, n - 2, n - 1} {
				values := make([]float32, n)
				values[at] = 1
				got := picture(oneRow(width, announced, values))
				x := slices.Index(got, 1)
				if x < 0 || slices.Index(got[x+1:], 1) >= 0 {
					t.Fatalf("%d of %d frames, announced %d: drawn %v", at, n, announced, got)
				}
				want := (float64(at) + 0.5) * width / float64(n)
				if off := max(float64(x)-want, want-float64(x+1)); off > tolerance {
					t.Errorf("%d of %d frames, announced %d: in column %d, %.3f columns from %.3f", at, n, announced, x, off, want)
				}
			}
		}
	}
}

func TestColumnsWhenFewerFramesCome(t *testing.T) {
	const width = 50
	for _, announced := range []int64{60, 400, 401, 1 << 39, maxFrames} {
		for _, n := range []int{1, 49, 51, 59} {
			values := randomValues(n)
			got := picture(oneRow(width, announced, values))
			if peak := slices.Max(values); slices.Max(got) != peak {
				t.Errorf("%d of %d frames: the largest value %v is lost", n, announced, peak)
			}
			for x, v := range got {
				if math.IsInf(float64(v), -1) {
					t.Errorf("%d of %d frames: column %d is empty", n, announced, x)
				}
			}
		}
	}
}

func TestColumnsIgnoreNaN(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	negNaN := math.Float32frombits(0xffc00000)
	c := newColumns(1, []span{{0, 2}, {2, 4}, {4, 5}}, 5, 2)
	c.add([]float32{nan, 1, 2, negNaN, nan})
	c.add([]float32{-3, nan, inf, nan, negNaN})
	want := []float32{1, inf, float32(math.Inf(-1))}
	if got := c.values(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestColumnsMemory holds the raster to what its documentation promises.
func TestColumnsMemory(t *testing.T) {
	const width, height = 200, 100
	frame := make([]float32, height)
	rows := make([]span, height)
	for r := range rows {
		rows[r] = span{int32(r), int32(r + 1)}
	}
	for _, test := range []struct {
		announced int64
		perPixel  int
	}{{20_000, 1}, {-1, 8}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := newColumns(width, rows, height, test.announced)
		for range 20_000 {
			c.add(frame)
		}
		runtime.ReadMemStats(&after)
		limit := uint64(test.perPixel*4*width*height + 64<<10)
		if got := after.TotalAlloc - before.TotalAlloc; got > limit {
			t.Errorf("%d frames announced: %d bytes allocated, want at most %d", test.announced, got, limit)
		}
	}
}
