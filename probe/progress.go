package probe

import "time"

// progressEvery is how often Progress is told at most.
const progressEvery = 50 * time.Millisecond

// teller decides when Progress is worth an event.
type teller struct {
	last Progress
	at   time.Duration
}

// changed reports whether p is news, and how long it must be held back yet.
func (t *teller) changed(p Progress, now time.Duration) (news bool, wait time.Duration) {
	return p != t.last, max(0, t.at+progressEvery-now)
}

// told records that p was sent.
func (t *teller) told(p Progress, now time.Duration) { t.last, t.at = p, now }
