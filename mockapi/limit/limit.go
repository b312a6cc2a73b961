// Package limit holds rate-limiting algorithms as pure functions of time: token
// bucket (also known as GCRA or leaky bucket as a meter), the same with a queue
// before it, and fixed window by the clock.
//
// Nothing here reads a clock, starts a goroutine or locks. The caller passes
// now, and serializes the calls on one limiter. The same limiters therefore
// serve the mock API in real time and a forecast in virtual time. The package
// imports only the standard library, and any package may import it.
package limit

import (
	"fmt"
	"strconv"
	"time"
)

// Verdict is what becomes of a request.
type Verdict uint8

// The verdicts.
const (
	Allow  Verdict = iota // may start now
	Queue                 // may start after Decision.Wait
	Reject                // may not start
)

// String returns the verdict in lower case.
func (v Verdict) String() string {
	switch v {
	case Allow:
		return "allow"
	case Queue:
		return "queue"
	case Reject:
		return "reject"
	}
	return "verdict " + strconv.Itoa(int(v))
}

// Decision is a limiter's answer. It carries what vendors put into headers. A
// negative number or duration says nothing: there is no such figure.
type Decision struct {
	Verdict   Verdict
	Wait      time.Duration // how long a queued request is held before it starts; 0 unless queued
	Limit     int           // how many requests an unused key may start at once
	Remaining int           // how many more requests would be allowed, not queued, right now
	Queued    int           // how many requests are held in the queue, this one included
	// ResetAfter is when Remaining is back at Limit if nothing more is sent.
	ResetAfter time.Duration
	// RetryAfter is when the same request would no longer be rejected if nothing
	// else is sent. It is negative unless the verdict is Reject, and also then if
	// the request costs more than the limiter ever holds.
	RetryAfter time.Duration
	Rule       string // the name of the limiter that decided
}

// Limiter decides about requests. Every key has its own allowance, and a key
// that was idle for long enough to have all of it back is forgotten.
//
// A cost below zero counts as zero, and a request of no cost is always allowed.
// Time may go backwards: the limiter then stands still at the latest moment at
// which it admitted a request, and admits no more than if time had not moved.
//
// A Limiter is not safe for concurrent use.
type Limiter interface {
	// Decide charges the key with the cost, unless it rejects the request.
	Decide(now time.Time, key string, cost int) Decision
	// Peek returns what Decide would, except that what it says of Remaining,
	// Queued and ResetAfter is without the request. It charges nothing.
	Peek(now time.Time, key string, cost int) Decision
}

// Rate is a number of requests over a time. It is kept as a fraction because
// the interval between two requests at, say, 15/s is no whole number of
// nanoseconds.
type Rate struct {
	Count int
	Per   time.Duration
}

// String gives the rate as "15/1s" does: count over time.
func (r Rate) String() string { return fmt.Sprintf("%d/%v", r.Count, r.Per) }

// latestNanos is the last moment limiters can tell apart, in the year 2116. The
// room above it keeps sums of a time and a wait within an int64.
const latestNanos = 1 << 62

// nanos maps a time to nanoseconds since 1970, clamped to [0, latestNanos].
func nanos(t time.Time) int64 {
	switch s := t.Unix(); {
	case s < 0:
		return 0
	case s >= latestNanos/int64(time.Second):
		return latestNanos
	}
	return t.UnixNano()
}

// ceilDiv returns a/b rounded up, for a >= 0 and b > 0.
func ceilDiv(a, b int64) int64 { return a/b + min(1, a%b) }
