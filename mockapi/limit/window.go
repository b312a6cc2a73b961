package limit

import (
	"fmt"
	"iter"
	"time"
)

// Window is a fixed window by the clock: up to limit requests start between two
// ticks of a grid, and all of the allowance is back at the next tick. The grid
// is anchored at 1970-01-01 00:00 UTC, so that a window of 24 hours changes at
// midnight UTC.
//
// Around a tick, twice the limit can start within any span shorter than the
// window: that is how fixed windows are, and what sets them apart from a
// sliding log.
type Window struct {
	name   string
	limit  int
	window int64
	cells  cells // level counts requests; at is the tick that opened the window
}

var _ Limiter = (*Window)(nil)

// NewWindow returns a window that is unused for every key.
func NewWindow(name string, limit int, window time.Duration) (*Window, error) {
	switch {
	case limit <= 0:
		return nil, fmt.Errorf("limit %s: %d requests in a window: must be at least 1, or nothing would ever pass", name, limit)
	case window <= 0:
		return nil, fmt.Errorf("limit %s: window %v: must be greater than zero", name, window)
	}
	return &Window{name: name, limit: limit, window: int64(window)}, nil
}

// Decide counts cost requests in the key's present window.
func (w *Window) Decide(now time.Time, key string, cost int) Decision {
	at, lag := w.cells.clock(nanos(now))
	w.cells.latest = at
	c := w.cells.get(key)
	if c != nil {
		d, next := w.judge(*c, at, lag, cost)
		if d.Verdict != Reject {
			*c = next
		}
		return d
	}
	d, next := w.judge(cell{}, at, lag, cost)
	if d.Verdict != Reject && next.level > 0 {
		w.cells.add(key, next, func(c cell) bool { return w.used(c, at) == 0 })
	}
	return d
}

// Peek returns what Decide would, and counts nothing.
func (w *Window) Peek(now time.Time, key string, cost int) Decision {
	at, lag := w.cells.clock(nanos(now))
	var state cell
	if c := w.cells.get(key); c != nil {
		state = *c
	}
	d, _ := w.judge(state, at, lag, cost)
	w.describe(&d, w.used(state, at), at, lag)
	return d
}

// Keys returns the keys that are not known to be unused in their window.
func (w *Window) Keys() iter.Seq[string] { return w.cells.keys() }

// tick is the one that opened the window which at lies in.
func (w *Window) tick(at int64) int64 { return at - at%w.window }

// used is how many requests the present window has seen.
func (w *Window) used(c cell, at int64) int64 {
	if c.at < w.tick(at) {
		return 0
	}
	return c.level
}

func (w *Window) judge(c cell, at, lag int64, cost int) (Decision, cell) {
	d := Decision{RetryAfter: -1}
	used := w.used(c, at)
	cost = max(cost, 0)
	if int64(cost) > int64(w.limit)-used && cost > 0 {
		d.Verdict = Reject
		w.describe(&d, used, at, lag)
		if cost <= w.limit {
			d.RetryAfter = d.ResetAfter
		}
		return d, c
	}
	used += int64(cost)
	w.describe(&d, used, at, lag)
	return d, cell{level: used, at: w.tick(at)}
}

// describe fills in what a count means for those who ask. An unused window, too,
// resets at the next tick: that is what vendors put into their headers.
func (w *Window) describe(d *Decision, used, at, lag int64) {
	d.Rule, d.Limit, d.Remaining = w.name, w.limit, w.limit-int(used)
	d.ResetAfter = time.Duration(lag + w.tick(at) + w.window - at)
}
