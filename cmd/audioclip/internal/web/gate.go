package web

import (
	"context"
	"net/http"
	"sync/atomic"
)

// gate lets so many do something at once, and so many more wait for it.
type gate struct {
	slots   chan struct{}
	waiting *atomic.Int64
	queue   int64
}

func newGate(slots, queue int) gate {
	return gate{make(chan struct{}, slots), new(atomic.Int64), int64(queue)}
}

// inside returns how many do it now.
func (g gate) inside() int { return len(g.slots) }

// enter waits for its turn; leave must be called at the end. If too many wait already, it
// fails at once.
func (g gate) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-g.slots }
	select {
	case g.slots <- struct{}{}:
		return leave, nil
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > g.queue {
		return nil, fail(http.StatusServiceUnavailable, "the server has too much to do, try again soon")
	}
	select {
	case g.slots <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
