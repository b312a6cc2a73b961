package limit

import "time"

// All is several limiters that a request must all pass, every one under the
// same key. It is atomic: when one rejects, none is charged.
type All []Limiter

var _ Limiter = All{}

// Decide charges every limiter, or none of them.
func (a All) Decide(now time.Time, key string, cost int) Decision {
	var few [4]Charge // on the stack
	return a.charges(few[:0], key).Decide(now, cost)
}

// Peek returns what Decide would, and charges nothing.
func (a All) Peek(now time.Time, key string, cost int) Decision {
	var few [4]Charge
	return a.charges(few[:0], key).Peek(now, cost)
}

func (a All) charges(cs Charges, key string) Charges {
	for _, l := range a {
		cs = append(cs, Charge{l, key})
	}
	return cs
}

// Charge is a limiter and the key under which it knows a request.
type Charge struct {
	Limiter Limiter
	Key     string
}

// Charges is All for limits of different scope: each limiter has a key of its
// own, such as the API key for one and the tenant for the next. No limiter may
// be named twice.
type Charges []Charge

// Decide charges every limiter under its key, or none if one of them rejects.
// The decision is that of the limiter that binds: of those that reject, the one
// that takes longest to allow again; else the one that makes the request wait
// longest; else the one with the least remaining.
func (cs Charges) Decide(now time.Time, cost int) Decision {
	if d := cs.Peek(now, cost); d.Verdict == Reject {
		return d
	}
	// Each limiter is asked twice and answers the same both times, because it is
	// a function of now.
	out := nothing
	for i, c := range cs {
		if d := c.Limiter.Decide(now, c.Key, cost); i == 0 || binds(d, out) {
			out = d
		}
	}
	return out
}

// Peek returns what Decide would, and charges nothing.
func (cs Charges) Peek(now time.Time, cost int) Decision {
	out := nothing
	for i, c := range cs {
		if d := c.Limiter.Peek(now, c.Key, cost); i == 0 || binds(d, out) {
			out = d
		}
	}
	return out
}

// nothing is the decision where there is no limit.
var nothing = Decision{Limit: -1, Remaining: -1, ResetAfter: -1, RetryAfter: -1}

// binds reports whether a is the tighter decision of the two.
func binds(a, b Decision) bool {
	switch {
	case a.Verdict != b.Verdict:
		return a.Verdict > b.Verdict
	case a.Verdict == Reject && (a.RetryAfter < 0 || b.RetryAfter < 0): // never
		return a.RetryAfter < b.RetryAfter
	case a.Verdict == Reject:
		return a.RetryAfter > b.RetryAfter
	case a.Verdict == Queue:
		return a.Wait > b.Wait
	}
	return a.Remaining < b.Remaining
}
