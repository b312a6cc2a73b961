// Package limittest checks that a limiter keeps the promises of limit.Limiter,
// whatever its algorithm. Every limiter's tests run it.
package limittest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brink/mockapi/limit"
)

// Contract is what a limiter promises.
type Contract struct {
	// New returns the limiter as it is before the first request.
	New func() limit.Limiter
	// Most is how much cost may start, for one key, in any span of this length,
	// both ends included.
	Most func(span time.Duration) int
	// Step is a typical time between two requests, so that the tests are about the
	// limiter's edge.
	Step time.Duration
	// MaxCost is the highest cost worth trying.
	MaxCost int
}

// epoch is where the tests begin: no tick of any usual window.
var epoch = time.Date(2026, 3, 1, 13, 37, 42, 123_456_789, time.UTC)

// Run checks the contract with arrivals of every pattern.
func Run(t *testing.T, c Contract) {
	t.Run("admits no more than its contract", rapid.MakeCheck(c.admits))
	t.Run("retry-after is truthful", rapid.MakeCheck(c.retryAfter))
	t.Run("remaining never lies", rapid.MakeCheck(c.remaining))
	t.Run("reset-after is truthful", rapid.MakeCheck(c.resetAfter))
	t.Run("peek says what decide does and charges nothing", rapid.MakeCheck(c.peek))
	t.Run("keys are independent", rapid.MakeCheck(c.keys))
	t.Run("queue is first in, first out", rapid.MakeCheck(c.fifo))
	t.Run("no cost is always allowed", rapid.MakeCheck(c.free))
}

// arrival is a request of a test.
type arrival struct {
	at   time.Time
	cost int
}

func (a arrival) String() string { return fmt.Sprintf("%v cost %d", a.at.Sub(epoch), a.cost) }

// arrivals draws requests: bursts, lulls, and, if back, time going backwards.
func (c Contract) arrivals(t *rapid.T, back bool) []arrival {
	step := int64(c.Step)
	gaps := []*rapid.Generator[int64]{
		rapid.Just(int64(0)),
		rapid.Int64Range(0, 3),
		rapid.Int64Range(0, 2*step),
		rapid.Int64Range(step-1, step+1),
		rapid.Int64Range(0, 200*step),
	}
	if back {
		gaps = append(gaps, rapid.Int64Range(-50*step, 0))
	}
	gap := rapid.OneOf(gaps...)
	now := epoch
	var out []arrival
	for range rapid.IntRange(1, 150).Draw(t, "n") {
		now = now.Add(time.Duration(gap.Draw(t, "gap")))
		cost := 1
		if rapid.IntRange(0, 9).Draw(t, "heavy") == 0 {
			cost = rapid.IntRange(0, c.MaxCost).Draw(t, "cost")
		}
		out = append(out, arrival{now, cost})
	}
	return out
}

func (c Contract) admits(t *rapid.T) {
	l := c.New()
	var started []arrival
	var latest time.Time // time that goes backwards stands still for a limiter
	for _, a := range c.arrivals(t, true) {
		d := l.Decide(a.at, "k", a.cost)
		if d.Verdict != limit.Reject && a.at.After(latest) {
			latest = a.at
		}
		switch d.Verdict {
		case limit.Allow:
			if d.Wait != 0 {
				t.Fatalf("%v: allowed with a wait of %v", a, d.Wait)
			}
			started = append(started, arrival{latest, a.cost})
		case limit.Queue:
			if d.Wait <= 0 {
				t.Fatalf("%v: queued with a wait of %v", a, d.Wait)
			}
			started = append(started, arrival{a.at.Add(d.Wait), a.cost})
		}
	}
	slices.SortStableFunc(started, func(a, b arrival) int { return a.at.Compare(b.at) })
	for i := range started {
		sum := 0
		for _, s := range started[i:] {
			sum += s.cost
			span := s.at.Sub(started[i].at)
			if most := c.Most(span); sum > most {
				t.Fatalf("cost %d started within %v from %v on, want at most %d", sum, span, started[i], most)
			}
		}
	}
}

// after brings a limiter into an arbitrary state and returns the last moment.
func (c Contract) after(t *rapid.T) (limit.Limiter, time.Time) {
	l := c.New()
	now := epoch
	for _, a := range c.arrivals(t, true) {
		l.Decide(a.at, "k", a.cost)
		now = a.at
	}
	return l, now
}

func (c Contract) retryAfter(t *rapid.T) {
	l, now := c.after(t)
	cost := rapid.IntRange(0, c.MaxCost).Draw(t, "asked")
	d := l.Peek(now, "k", cost)
	if d.Verdict != limit.Reject {
		if d.RetryAfter >= 0 {
			t.Fatalf("%v with a retry-after of %v", d.Verdict, d.RetryAfter)
		}
		return
	}
	if d.RetryAfter < 0 { // never
		if again := l.Peek(now.Add(1000*24*time.Hour), "k", cost); again.Verdict != limit.Reject {
			t.Fatalf("no retry-after for cost %d, and yet it is %v later", cost, again.Verdict)
		}
		return
	}
	if early := l.Peek(now.Add(d.RetryAfter-1), "k", cost); early.Verdict != limit.Reject {
		t.Errorf("retry-after %v is too long: %v a nanosecond before", d.RetryAfter, early.Verdict)
	}
	if again := l.Peek(now.Add(d.RetryAfter), "k", cost); again.Verdict == limit.Reject {
		t.Errorf("retry-after %v is too short: still rejected, now for %v", d.RetryAfter, again.RetryAfter)
	}
}

func (c Contract) remaining(t *rapid.T) {
	l, now := c.after(t)
	said := l.Peek(now, "k", 0).Remaining
	for i := range said {
		d := l.Decide(now, "k", 1)
		if d.Verdict != limit.Allow {
			t.Fatalf("remaining was %d, and request %d is %v", said, i+1, d.Verdict)
		}
		if d.Remaining != said-i-1 {
			t.Fatalf("remaining was %d, and after %d requests it is %d", said, i+1, d.Remaining)
		}
	}
	if d := l.Decide(now, "k", 1); d.Verdict == limit.Allow {
		t.Fatalf("remaining was %d, and one more is allowed", said)
	}
}

func (c Contract) resetAfter(t *rapid.T) {
	l, now := c.after(t)
	d := l.Peek(now, "k", 0)
	if d.ResetAfter < 0 {
		t.Fatalf("reset-after is %v", d.ResetAfter)
	}
	// Of several limiters, another may be the tightest by then: nothing to compare.
	if full := l.Peek(now.Add(d.ResetAfter), "k", 0); full.Rule == d.Rule && full.Remaining != full.Limit {
		t.Errorf("after a reset-after of %v, %d of %d remain", d.ResetAfter, full.Remaining, full.Limit)
	}
}

func (c Contract) peek(t *rapid.T) {
	plain, peeked := c.New(), c.New()
	for _, a := range c.arrivals(t, true) {
		said := peeked.Peek(a.at, "k", a.cost)
		if again := peeked.Peek(a.at, "k", a.cost); again != said {
			t.Fatalf("%v: peek said %+v, then %+v", a, said, again)
		}
		want := plain.Decide(a.at, "k", a.cost)
		got := peeked.Decide(a.at, "k", a.cost)
		if got != want {
			t.Fatalf("%v: %+v after a peek, %+v without", a, got, want)
		}
		if said.Verdict != got.Verdict || said.Wait != got.Wait || said.RetryAfter != got.RetryAfter {
			t.Fatalf("%v: peek said %+v, decide did %+v", a, said, got)
		}
	}
}

func (c Contract) keys(t *rapid.T) {
	alone, among := c.New(), c.New()
	others := rapid.SliceOfN(rapid.StringMatching(`[a-z]{0,3}`), 1, 20).Draw(t, "others")
	for i, a := range c.arrivals(t, false) {
		among.Decide(a.at, "other "+others[i%len(others)], a.cost)
		want, got := alone.Decide(a.at, "k", a.cost), among.Decide(a.at, "k", a.cost)
		if got != want {
			t.Fatalf("%v: %+v beside other keys, %+v alone", a, got, want)
		}
	}
}

func (c Contract) fifo(t *rapid.T) {
	l := c.New()
	var last time.Time
	for _, a := range c.arrivals(t, false) {
		d := l.Decide(a.at, "k", a.cost)
		if d.Verdict == limit.Reject || a.cost == 0 {
			continue
		}
		start := a.at.Add(d.Wait)
		if start.Before(last) {
			t.Fatalf("%v starts %v before one that came earlier", a, last.Sub(start))
		}
		last = start
	}
}

func (c Contract) free(t *rapid.T) {
	l, now := c.after(t)
	before := l.Peek(now, "k", 0)
	for _, cost := range []int{0, -1} {
		d := l.Decide(now, "k", cost)
		if d.Verdict != limit.Allow || d.Remaining != before.Remaining {
			t.Fatalf("cost %d: %+v, want %+v", cost, d, before)
		}
	}
}
