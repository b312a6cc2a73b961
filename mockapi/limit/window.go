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
	keys   keys
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
	return w.keys.decide(w, now, key, cost)
}

// Peek returns what Decide would, and counts nothing.
func (w *Window) Peek(now time.Time, key string, cost int) Decision {
	return w.keys.peek(w, now, key, cost)
}

// Keys returns the keys that are not known to be unused in their window.
func (w *Window) Keys() iter.Seq[string] { return w.keys.all() }

// level is how many requests the present window has seen.
func (w *Window) level(c cell, at int64) int64 {
	if c.at < w.tick(at) {
		return 0
	}
	return c.level
}

// tick is the one that opened the window which at lies in.
func (w *Window) tick(at int64) int64 { return at - at%w.window }

func (w *Window) judge(used, at, lag int64, cost int) (Decision, int64) {
	d := Decision{RetryAfter: -1}
	if int64(cost) > int64(w.limit)-used {
		d.Verdict = Reject
		d = w.describe(d, used, at, lag)
		if cost <= w.limit {
			d.RetryAfter = d.ResetAfter
		}
		return d, used
	}
	used += int64(cost)
	return w.describe(d, used, at, lag), used
}

// An unused window, too, resets at the next tick: that is what vendors put into
// their headers.
func (w *Window) describe(d Decision, used, at, lag int64) Decision {
	d.Rule, d.Limit, d.Remaining = w.name, w.limit, w.limit-int(used)
	d.ResetAfter = time.Duration(lag + w.tick(at) + w.window - at)
	return d
}
