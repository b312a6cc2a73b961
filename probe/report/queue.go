package report

import (
	"io"
	"sync"
)

// queue writes to w from a goroutine of its own. Its write never blocks: a slow
// reader of our output must not bend the measurement.
type queue struct {
	w    io.Writer
	wake chan struct{}
	done chan struct{}

	mu      sync.Mutex
	waiting []byte
	closed  bool
	err     error // the first; nothing is written after it
}

func newQueue(w io.Writer) *queue {
	q := &queue{w: w, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go q.run()
	return q
}

func (q *queue) write(b []byte) {
	q.mu.Lock()
	q.waiting = append(q.waiting, b...)
	q.mu.Unlock()
	q.signal()
}

// close waits until everything is written.
func (q *queue) close() error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
	<-q.done
	return q.err
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // it is awake
	}
}

func (q *queue) run() {
	defer close(q.done)
	for range q.wake {
		q.mu.Lock()
		b, closed := q.waiting, q.closed
		q.waiting = nil
		q.mu.Unlock()
		if len(b) > 0 && q.err == nil {
			_, q.err = q.w.Write(b)
		}
		if closed {
			return
		}
	}
}
