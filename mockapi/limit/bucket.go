package limit

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"time"
)

// Bucket is a token bucket: it holds up to burst tokens, gains them at a steady
// rate, and every request takes one. With a queue, a request that finds no
// token is held until its own has dripped in, as long as no more than queue
// requests are held at once; they start one by one at the rate.
//
// GCRA and the leaky bucket as a meter are the same algorithm told differently;
// minimum spacing is a burst of 1.
//
// What is stored is the debt D: the tokens missing from a full bucket. It falls
// at the rate down to zero. A request of cost c is
//
//	allowed   if D+c <= burst
//	queued    if D+c <= burst+queue, for the time (D+c-burst)/rate
//	rejected  otherwise, for the time (D+c-burst-queue)/rate
//
// and rejected for ever if c > burst.
//
// D is counted in a unit in which both a nanosecond's gain and a whole token
// are integers (at 15/s: 3 and 200,000,000), so it never drifts. Only the times
// handed out are rounded, up to the next nanosecond.
type Bucket struct {
	name  string
	gain  int64 // units a nanosecond
	token int64 // units a token
	burst int
	queue int
	keys  keys
}

var _ Limiter = (*Bucket)(nil)

// NewBucket returns a bucket that is full for every key. The queue may be 0.
func NewBucket(name string, rate Rate, burst, queue int) (*Bucket, error) {
	switch {
	case rate.Count <= 0 || rate.Per <= 0:
		return nil, fmt.Errorf("limit %s: rate %v: both parts must be greater than zero", name, rate)
	case burst <= 0:
		return nil, fmt.Errorf("limit %s: burst %d: must be at least 1, or nothing would ever pass", name, burst)
	case queue < 0:
		return nil, fmt.Errorf("limit %s: queue %d: must not be negative", name, queue)
	}
	g := gcd(int64(rate.Count), int64(rate.Per))
	b := &Bucket{name: name, gain: int64(rate.Count) / g, token: int64(rate.Per) / g, burst: burst, queue: queue}
	// A quarter of the range leaves room for a debt, a cost and a time at once.
	if most := math.MaxInt64 / 4 / b.token; int64(burst) > most-int64(queue) {
		return nil, fmt.Errorf("limit %s: %w", name, errors.New("burst and queue are too large for so slow a rate"))
	}
	return b, nil
}

// Decide takes cost tokens from the key's bucket, if need be from those to come.
func (b *Bucket) Decide(now time.Time, key string, cost int) Decision {
	return b.keys.decide(b, now, key, cost)
}

// Peek returns what Decide would, and takes nothing.
func (b *Bucket) Peek(now time.Time, key string, cost int) Decision {
	return b.keys.peek(b, now, key, cost)
}

// Keys returns the keys whose buckets are not known to be full.
func (b *Bucket) Keys() iter.Seq[string] { return b.keys.all() }

// level is the debt.
func (b *Bucket) level(c cell, at int64) int64 {
	elapsed := at - c.at
	if elapsed > c.level/b.gain { // asked first, so that the product cannot overflow
		return 0
	}
	return c.level - elapsed*b.gain
}

func (b *Bucket) judge(debt, at, lag int64, cost int) (Decision, int64) {
	d := Decision{RetryAfter: -1}
	if cost > b.burst { // more tokens than there ever are
		d.Verdict = Reject
		return b.describe(d, debt, at, lag), debt
	}
	after := debt + int64(cost)*b.token
	if over := after - int64(b.burst+b.queue)*b.token; over > 0 && cost > 0 {
		d.Verdict = Reject
		d.RetryAfter = time.Duration(lag + ceilDiv(over, b.gain))
		return b.describe(d, debt, at, lag), debt
	}
	if over := after - int64(b.burst)*b.token; over > 0 && cost > 0 {
		d.Verdict = Queue
		d.Wait = time.Duration(lag + ceilDiv(over, b.gain))
	}
	return b.describe(d, after, at, lag), after
}

func (b *Bucket) describe(d Decision, debt, _, lag int64) Decision {
	d.Rule, d.Limit = b.name, b.burst
	full := int64(b.burst) * b.token
	d.Remaining = int(max(0, full-debt) / b.token)
	d.Queued = int(ceilDiv(max(0, debt-full), b.token))
	d.ResetAfter = time.Duration(lag + ceilDiv(debt, b.gain))
	return d
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
