package web

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// flight does work that several ask for at the same time once for all of them. The work
// ends early when none of them waits for it any more.
type flight[V any] struct {
	// start runs a function on its own, with a context.
	start func(func(context.Context))

	mu    sync.Mutex
	calls map[string]*call[V]
}

type call[V any] struct {
	waiting int
	cancel  context.CancelFunc
	done    chan struct{}
	value   V
	err     error
}

// do calls work, or waits for one of the same key that has been called.
func (f *flight[V]) do(ctx context.Context, key string, work func(context.Context) (V, error)) (V, error) {
	f.mu.Lock()
	c := f.calls[key]
	if c == nil {
		c = f.begin(key, work)
	}
	c.waiting++
	f.mu.Unlock()

	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		f.mu.Lock()
		defer f.mu.Unlock()
		if c.waiting--; c.waiting == 0 {
			c.cancel()
			f.forget(key, c)
		}
		var none V
		return none, ctx.Err()
	}
}

func (f *flight[V]) begin(key string, work func(context.Context) (V, error)) *call[V] {
	if f.calls == nil {
		f.calls = map[string]*call[V]{}
	}
	own, cancel := context.WithCancel(context.Background())
	c := &call[V]{cancel: cancel, done: make(chan struct{})}
	f.calls[key] = c
	f.start(func(ctx context.Context) {
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		defer func() {
			if p := recover(); p != nil {
				c.err = fmt.Errorf("web: panic: %v\n%s", p, debug.Stack())
			}
			f.mu.Lock()
			f.forget(key, c)
			f.mu.Unlock()
			close(c.done)
		}()
		c.value, c.err = work(own)
	})
	return c
}

// forget lets the next one who asks begin anew.
func (f *flight[V]) forget(key string, c *call[V]) {
	if f.calls[key] == c {
		delete(f.calls, key)
	}
}
