package nn

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Split calls f for parts of [0, n), each a multiple of grain long except the
// last, on up to Workers goroutines, and waits for them. Each call gets a Context
// of its own with one worker; its scratch memory is given back after the call.
//
// A part of some 10 µs and more is worth a grain: that is what it takes until
// another goroutine works.
func (c *Context) Split(n, grain int, f func(c *Context, from, to int)) {
	parts := (n + grain - 1) / grain
	if parts == 0 {
		return
	}
	if c.workers == 1 || parts == 1 {
		// f may count on one worker, and helpers keep their scratch memory.
		workers := c.workers
		c.workers = 1
		mark := c.Mark()
		f(c, 0, n)
		c.Release(mark)
		c.workers = workers
		return
	}
	workers := min(c.workers, parts)
	for len(c.helpers) < workers {
		c.helpers = append(c.helpers, &helper{context: NewContext(1), done: make(chan struct{})})
	}
	w := &c.work
	w.f, w.n, w.turn = f, n, max(parts/(4*workers), 1)*grain
	w.next.Store(0)
	for _, h := range c.helpers[1:workers] {
		h.call(w)
	}
	w.run(c.helpers[0].context)
	for _, h := range c.helpers[1:workers] {
		h.wait()
	}
	w.f = nil
}

// work is what a Split shares out.
type work struct {
	f       func(c *Context, from, to int)
	n, turn int
	next    atomic.Int64
}

// run does what nobody else has taken.
func (w *work) run(c *Context) {
	for {
		to := int(w.next.Add(int64(w.turn)))
		from := to - w.turn
		if from >= w.n {
			return
		}
		mark := c.Mark()
		w.f(c, from, min(to, w.n))
		c.Release(mark)
	}
}

// helper is a goroutine that works for a Context. Layers follow each other in
// microseconds, and to start or wake a goroutine takes tens of them. So a helper
// that has done its part looks out for the next for a while, and ends if there is
// none: a Context need not be closed.
type helper struct {
	context *Context
	work    *work
	state   atomic.Int32
	done    chan struct{}
}

// States of a helper. It changes from looking to gone, from called to working and
// from working to looking by itself.
const (
	gone    = iota
	looking // for work
	called  // has work but has not begun
	working
	awaited // working, and done is waited for
)

// A helper looks for work for lookFor; who waits for it does so without blocking
// for as long as waitFor.
const (
	lookFor = 200 * time.Microsecond
	waitFor = 50 * time.Microsecond
)

// call gives w to a helper.
func (h *helper) call(w *work) {
	h.work = w
	if !h.state.CompareAndSwap(looking, called) {
		h.state.Store(called) // it is gone
		go h.loop()
	}
}

// wait returns when a helper that was called is no longer working. One that has
// not begun by now, when all work has been taken, is not waited for.
func (h *helper) wait() {
	if h.state.CompareAndSwap(called, looking) {
		return
	}
	if !h.spin(waitFor, looking) && h.state.CompareAndSwap(working, awaited) {
		<-h.done
	}
}

func (h *helper) loop() {
	for {
		if h.state.CompareAndSwap(called, working) {
			h.work.run(h.context)
			if h.state.Swap(looking) == awaited {
				h.done <- struct{}{}
			}
		}
		if !h.spin(lookFor, called) && h.state.CompareAndSwap(looking, gone) {
			return
		}
	}
}

// spin looks for a state, and reports whether it came about in time. Others may
// run meanwhile.
func (h *helper) spin(limit time.Duration, state int32) bool {
	start := time.Now()
	for i := 1; h.state.Load() != state; i++ {
		if i%64 == 0 {
			if time.Since(start) > limit {
				return false
			}
			if i%1024 == 0 {
				runtime.Gosched()
			}
		}
	}
	return true
}
