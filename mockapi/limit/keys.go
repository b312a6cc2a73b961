package limit

import (
	"iter"
	"maps"
	"strings"
	"time"
)

// algorithm is what sets one limiter apart from another: what becomes of one
// key's level, which is how much is used up in a unit of its own.
//
// Times are in nanoseconds. The algorithm's time is at; lag is how far that is
// ahead of what the caller calls now, which is what durations count from.
type algorithm interface {
	// level is what a key's level at an earlier time has come to.
	level(c cell, at int64) int64
	// judge decides about a request and returns the level that follows.
	judge(level, at, lag int64, cost int) (Decision, int64)
	// describe fills in what a level means for those who ask.
	describe(d Decision, level, at, lag int64) Decision
}

// cell is the state of one key.
type cell struct {
	level int64
	at    int64 // when level was right
}

// keys is the state of all keys of a limiter. The zero value is ready to use.
type keys struct {
	cells   map[string]*cell
	latest  int64 // the latest admission: time never goes back behind it
	sweepAt int   // how many cells there may be before idle ones are looked for
}

func (k *keys) decide(alg algorithm, now time.Time, key string, cost int) Decision {
	at, lag := k.clock(now)
	c := k.cells[key]
	level := int64(0)
	if c != nil {
		level = alg.level(*c, at)
	}
	d, level := alg.judge(level, at, lag, max(cost, 0))
	switch {
	case d.Verdict == Reject:
		return d // and nothing is different from before
	case c != nil:
		*c = cell{level, at}
	case level > 0:
		k.add(alg, key, cell{level, at})
	}
	k.latest = at
	return d
}

func (k *keys) peek(alg algorithm, now time.Time, key string, cost int) Decision {
	at, lag := k.clock(now)
	level := int64(0)
	if c := k.cells[key]; c != nil {
		level = alg.level(*c, at)
	}
	d, _ := alg.judge(level, at, lag, max(cost, 0))
	return alg.describe(d, level, at, lag)
}

// clock returns the limiter's time at now, and how far now is behind it. Time has
// one floor for all keys rather than one for each, because a key that was
// forgotten must not come back with an earlier one.
func (k *keys) clock(now time.Time) (at, lag int64) {
	n := nanos(now)
	at = max(n, k.latest)
	return at, at - n
}

// all returns the keys that were charged and not forgotten.
func (k *keys) all() iter.Seq[string] { return maps.Keys(k.cells) }

// add stores a new key. When the table has doubled since the last sweep it is
// swept: each sweep is paid for by the insertions since the one before, and the
// table never holds more than twice the keys in use (or 64).
func (k *keys) add(alg algorithm, key string, c cell) {
	if k.cells == nil {
		k.cells = make(map[string]*cell)
		k.sweepAt = 64
	}
	if len(k.cells) >= k.sweepAt {
		maps.DeleteFunc(k.cells, func(_ string, old *cell) bool { return alg.level(*old, c.at) == 0 })
		k.sweepAt = max(64, 2*len(k.cells))
	}
	// Cloned because a key is often part of a request's header, which would
	// otherwise be kept in memory as a whole.
	k.cells[strings.Clone(key)] = &c
}
