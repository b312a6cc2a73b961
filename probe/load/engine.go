package load

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Engine sends requests on behalf of one goroutine and hands back each as a
// Sample once its answer is in. Only that goroutine may call its methods.
type Engine struct {
	client   *Client
	ctx      context.Context
	start    time.Time
	results  chan Sample
	n        uint64
	inFlight int

	mu        sync.Mutex
	unwritten int             // sent, but not yet on the wire
	written   []time.Duration // when requests went on the wire
}

// NewEngine starts the clock of a run. Cancelling ctx cuts every exchange that
// is under way. No more than maxInFlight requests are ever out at once.
func NewEngine(ctx context.Context, c *Client, maxInFlight int) *Engine {
	return &Engine{client: c, ctx: ctx, start: time.Now(), results: make(chan Sample, maxInFlight)}
}

// Now is the time since the run started.
func (e *Engine) Now() time.Duration { return time.Since(e.start) }

// InFlight is how many requests were sent and not yet received.
func (e *Engine) InFlight() int { return e.inFlight }

// Send sends a request that was due at the given time. It returns at once; the
// answer arrives on Results. The caller keeps InFlight below the bound given
// to NewEngine; Send panics on a breach, because nobody would notice one.
func (e *Engine) Send(due time.Duration, phase int) {
	if e.inFlight == cap(e.results) {
		panic("load: more requests in flight than allowed")
	}
	e.inFlight++
	s := Sample{N: e.n, Phase: phase, Due: due, InFlight: e.inFlight}
	e.n++
	e.mu.Lock()
	e.unwritten++
	e.mu.Unlock()
	go func() { e.results <- e.do(s) }()
}

// do sends one request and keeps account of when it is written.
func (e *Engine) do(s Sample) Sample {
	written := false
	s = e.client.Do(e.ctx, e.start, s, func(at time.Duration) {
		e.mu.Lock()
		defer e.mu.Unlock()
		written = true
		e.unwritten--
		e.written = append(e.written, at)
	})
	if !written {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.unwritten--
	}
	return s
}

// Lately counts the requests written within the last window, those not yet
// written included, and tells when the oldest of them left (Now if none has).
// It forgets older ones, so the window must not grow from call to call.
func (e *Engine) Lately(window time.Duration) (n int, oldest time.Duration) {
	now := e.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.written = slices.DeleteFunc(e.written, func(at time.Duration) bool { return at <= now-window })
	oldest = now
	if len(e.written) > 0 {
		oldest = slices.Min(e.written)
	}
	return len(e.written) + e.unwritten, oldest
}

// Results delivers finished requests. Each one received must be told to the
// engine with Received.
func (e *Engine) Results() <-chan Sample { return e.results }

// Received counts a sample taken from Results as back.
func (e *Engine) Received() { e.inFlight-- }

// Drain waits for everything in flight, handing each sample to handle, which
// tells the engine as any receiver does.
func (e *Engine) Drain(handle func(Sample)) {
	for e.inFlight > 0 {
		handle(<-e.results)
	}
}

// Start is when the run began.
func (e *Engine) Start() time.Time { return e.start }
