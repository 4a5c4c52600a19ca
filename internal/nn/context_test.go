package nn

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

func TestSplit(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8} {
		c := NewContext(workers)
		for _, n := range []int{0, 1, 2, 7, 100, 1001} {
			for _, grain := range []int{1, 3, 64, 2000} {
				seen := make([]atomic.Int32, n)
				var running, most atomic.Int32
				c.Split(n, grain, func(c *Context, from, to int) {
					if r := running.Add(1); r > most.Load() {
						most.Store(r)
					}
					defer running.Add(-1)
					if c.Workers() != 1 {
						t.Error("a part has a context with several workers")
					}
					if from%grain != 0 || to != n && to%grain != 0 || from >= to {
						t.Errorf("part [%d, %d) of %d by %d", from, to, n, grain)
					}
					x := c.Floats(50)
					for i := range x {
						x[i] = float32(from)
					}
					for i := from; i < to; i++ {
						seen[i].Add(1)
					}
					runtime.Gosched()
					for _, v := range x {
						if v != float32(from) {
							t.Error("two parts share scratch memory")
						}
					}
				})
				for i := range seen {
					if got := seen[i].Load(); got != 1 {
						t.Fatalf("%d workers, %d by %d: %d was done %d times", workers, n, grain, i, got)
					}
				}
				if int(most.Load()) > workers {
					t.Fatalf("%d parts at a time, %d workers", most.Load(), workers)
				}
			}
			if c.Workers() != workers {
				t.Fatalf("%d workers became %d", workers, c.Workers())
			}
		}
	}
}

// TestSplitOften splits work of all lengths in quick turn, so that helpers are
// found in all states.
func TestSplitOften(t *testing.T) {
	var contexts sync.WaitGroup
	for range 3 {
		contexts.Add(1)
		go func() {
			defer contexts.Done()
			c := NewContext(3)
			var sum atomic.Int64
			want := int64(0)
			for i := range 3000 {
				switch i % 100 {
				case 0:
					time.Sleep(300 * time.Microsecond)
				case 50:
					runtime.Gosched()
				}
				n := i % 17
				want += int64(n * (n - 1) / 2)
				c.Split(n, 1, func(_ *Context, from, to int) {
					for v := from; v < to; v++ {
						sum.Add(int64(v))
						for start := time.Now(); i%500 == 0 && time.Since(start) < 200*time.Microsecond; {
						}
					}
				})
				if got := sum.Load(); got != want {
					t.Errorf("after %d: %d, want %d", i, got, want)
					return
				}
			}
		}()
	}
	contexts.Wait()
}

// TestHelpersEnd checks that a Context leaves no goroutine behind.
func TestHelpersEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	NewContext(4).Split(100, 1, func(_ *Context, from, to int) { time.Sleep(10 * time.Microsecond) })
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestFloats(t *testing.T) {
	c := NewContext(1)
	mark := c.Mark()
	var last []float32
	for _, n := range []int{1, 15, 16, 17, 0, 1000, chunkFloats - 1, 3 * chunkFloats, 5} {
		x := c.Floats(n)
		if len(x) != n || cap(x) != n {
			t.Fatalf("got %d values of %d", len(x), cap(x))
		}
		if n > 0 && uintptr(unsafe.Pointer(&x[0]))%64 != 0 {
			t.Errorf("%d values do not begin on a cache line", n)
		}
		for i := range x {
			x[i] = 1
		}
		for i := range last {
			last[i] = 2
		}
		for _, v := range x {
			if v != 1 {
				t.Fatal("memory is handed out twice")
			}
		}
		last = x
	}
	size := c.Bytes()
	if size < 4*4*chunkFloats || size > 4*8*chunkFloats {
		t.Errorf("%d bytes", size)
	}
	for range 10 {
		c.Release(mark)
		c.Floats(3 * chunkFloats)
		c.Floats(1000)
	}
	if c.Bytes() > 2*size {
		t.Errorf("%d bytes became %d", size, c.Bytes())
	}
}

// TestAllocations counts what layers allocate once a Context has its memory.
func TestAllocations(t *testing.T) {
	for workers, most := range map[int]float64{1: 0, 2: 2} {
		c := NewContext(workers)
		w := NewWeights(NewMatrix(make([]float32, 512*512), 512, 512), Float32)
		x, y := NewMatrix(make([]float32, 100*512), 100, 512), NewMatrix(make([]float32, 100*512), 100, 512)
		z := NewMatrix(make([]float32, 512*512), 512, 512)
		if got := testing.AllocsPerRun(20, func() { w.Multiply(c, y, x, nil, GELU, false) }); got > most {
			t.Errorf("Multiply with %d workers: %v allocations", workers, got)
		}
		if got := testing.AllocsPerRun(20, func() { Gemm(c, y, x, z, 1, 0) }); got > most {
			t.Errorf("Gemm with %d workers: %v allocations", workers, got)
		}
		a := Attention{Heads: 8, Scale: 0.1}
		lengths := []int{60, 40}
		if got := testing.AllocsPerRun(20, func() { a.Apply(c, y, x, x, x, lengths, nil) }); got > 2 {
			t.Errorf("Attention with %d workers: %v allocations", workers, got)
		}
	}
}

// Passes of different sizes go on in little more memory than the largest needs.
func TestContextSizes(t *testing.T) {
	pass := func(c *Context, n int) {
		mark := c.Mark()
		for i := range 20 {
			c.Floats(n + 1000*i)
		}
		c.Release(mark)
	}
	const most = 400 << 10
	alone, grown := NewContext(1), NewContext(1)
	pass(alone, most)
	for i := range 50 {
		pass(grown, most-4000*(49-i))
	}
	if a, g := alone.Bytes(), grown.Bytes(); g > a+a/2 {
		t.Errorf("a pass needs %d bytes, and has %d after smaller ones", a, g)
	}
}
