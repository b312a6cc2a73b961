package probe

import (
	"context"
	"sync"
)

// Control steers a run from another goroutine, such as the screen's. The zero
// value is ready to use, and all its methods are safe for concurrent use.
type Control struct {
	mu      sync.Mutex
	resumed chan struct{}   // closed when a pause ends; nil while running
	stop    context.Context // done once Stop was called; nil until somebody asks
	end     context.CancelFunc
	stopped bool
	reason  string
}

// Pause keeps the run from sending. Requests under way are waited for.
func (c *Control) Pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resumed == nil {
		c.resumed = make(chan struct{})
	}
}

// Resume ends a pause.
func (c *Control) Resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resumed != nil {
		close(c.resumed)
		c.resumed = nil
	}
}

// Paused reports whether the run is held.
func (c *Control) Paused() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resumed != nil
}

// Stop ends the sending for good. The run waits for what is under way and
// reports what it knows. The first reason given is the one reported.
func (c *Control) Stop(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped {
		c.stopped, c.reason = true, reason
		c.stopLocked()
		c.end()
	}
}

// Stopping is closed once Stop was called.
func (c *Control) Stopping() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopLocked().Done()
}

// until returns a context that ends with ctx and with Stop, whichever comes
// first: for what must not outlast the sending. The function it returns frees
// what that takes.
func (c *Control) until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	c.mu.Lock()
	forget := context.AfterFunc(c.stopLocked(), cancel)
	c.mu.Unlock()
	return ctx, func() { forget(); cancel() }
}

// Reason is what Stop was called with, or "".
func (c *Control) Reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

// resume returns a channel that is closed when the present pause ends, or nil
// when there is none.
func (c *Control) resume() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resumed
}

func (c *Control) stopLocked() context.Context {
	if c.stop == nil {
		c.stop, c.end = context.WithCancel(context.Background())
	}
	return c.stop
}
