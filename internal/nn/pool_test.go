package nn

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPools(t *testing.T) {
	x := goldenImages(t, "images")
	for name, pool := range map[string]func(c *Context) Images{
		"max_pool_3_2_1":         func(c *Context) Images { return MaxPool2D(c, x, 3, 2, 1) },
		"max_pool_2_2_0":         func(c *Context) Images { return MaxPool2D(c, x, 2, 2, 0) },
		"adaptive_max_pool_4_3":  func(c *Context) Images { return AdaptiveMaxPool2D(c, x, 4, 3) },
		"adaptive_max_pool_12_1": func(c *Context) Images { return AdaptiveMaxPool2D(c, x, 12, 1) },
		"avg_pool_2_2":           func(c *Context) Images { return AvgPool2D(c, x, 2, 2) },
		"avg_pool_4_3":           func(c *Context) Images { return AvgPool2D(c, x, 4, 3) },
	} {
		want := goldenImages(t, name)
		vectorForms(t, func(t *testing.T) {
			for workers := 1; workers <= 3; workers++ {
				got := pool(NewContext(workers))
				if got.N != want.N || got.H != want.H || got.W != want.W || got.C != want.C {
					t.Fatalf("%s: %d images of %d × %d × %d", name, got.N, got.H, got.W, got.C)
				}
				compare(t, name, got.Data, want.Data, 2e-7)
			}
		})
	}
	vectorForms(t, func(t *testing.T) {
		want := goldenMatrix(t, "global_avg_pool")
		got := GlobalAvgPool(NewContext(2), x)
		if got.Rows != want.Rows || got.Cols != want.Cols {
			t.Fatalf("global_avg_pool: %d × %d", got.Rows, got.Cols)
		}
		compare(t, "global_avg_pool", got.Data, want.Data, 2e-7)
	})
}

// The mean of many values far from 0 is as good as float32 can hold it.
func TestGlobalAvgPoolAccuracy(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	c := NewContext(1)
	for _, size := range [][2]int{{1, 5000}, {5000, 1}, {100, 300}} {
		x := c.Images(1, size[0], size[1], 7)
		sums := make([]float64, x.C)
		for i := range x.Data {
			x.Data[i] = 100 + rng.Float32()
			sums[i%x.C] += float64(x.Data[i])
		}
		for ch, got := range GlobalAvgPool(c, x).Data {
			want := sums[ch] / float64(size[0]*size[1])
			if e := math.Abs(float64(got)-want) / want; e > 3e-7 {
				t.Errorf("%d × %d: channel %d is off by %g of it", size[0], size[1], ch, e)
			}
		}
	}
}

// Images smaller than a window give none.
func TestPoolTooSmall(t *testing.T) {
	c := NewContext(1)
	if y := AvgPool2D(c, c.Images(2, 1, 5, 3), 2, 2); y.H != 0 || y.W != 2 || len(y.Data) != 0 {
		t.Errorf("%d × %d pixels, %d values", y.H, y.W, len(y.Data))
	}
}

func BenchmarkPool(b *testing.B) {
	x := NewContext(1).Images(1, 56, 56, 64)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range x.Data {
		x.Data[i] = rng.Float32()
	}
	c := NewContext(1)
	for name, pool := range map[string]func(){
		"Max2D/3/2/1":       func() { MaxPool2D(c, x, 3, 2, 1) },
		"Avg2D/2":           func() { AvgPool2D(c, x, 2, 2) },
		"AdaptiveMax2D/7/7": func() { AdaptiveMaxPool2D(c, x, 7, 7) },
		"GlobalAvg":         func() { GlobalAvgPool(c, x) },
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				mark := c.Mark()
				pool()
				c.Release(mark)
			}
			perValue(b, len(x.Data))
		})
	}
}
