package limit

import (
	"iter"
	"maps"
	"strings"
)

// cell is the state of one key.
type cell struct {
	level int64 // what is used up, in the limiter's own unit
	at    int64 // the moment level was right, in nanoseconds
}

// cells is the state of all keys of a limiter. The zero value is ready to use.
type cells struct {
	byKey   map[string]*cell
	latest  int64 // the latest moment seen: time never goes back behind it
	sweepAt int   // how many keys there may be before idle ones are looked for
}

// clock returns the limiter's time at now, and how far now is behind it. Time has
// one floor for all keys rather than one for each, because a key that was
// forgotten must not come back with an earlier one.
func (c *cells) clock(now int64) (at, lag int64) {
	at = max(now, c.latest)
	return at, at - now
}

// keys returns all keys that were charged and not forgotten.
func (c *cells) keys() iter.Seq[string] { return maps.Keys(c.byKey) }

// get returns the key's cell, or nil.
func (c *cells) get(key string) *cell { return c.byKey[key] }

// add stores a new key. When the table has doubled since the last sweep it is
// swept: each sweep is paid for by the insertions since the one before, and the
// table never holds more than twice the keys in use (or 64).
func (c *cells) add(key string, v cell, idle func(cell) bool) {
	if c.byKey == nil {
		c.byKey = make(map[string]*cell)
		c.sweepAt = 64
	}
	if len(c.byKey) >= c.sweepAt {
		maps.DeleteFunc(c.byKey, func(_ string, v *cell) bool { return idle(*v) })
		c.sweepAt = max(64, 2*len(c.byKey))
	}
	// Cloned because a key is often part of a request's header, which would
	// otherwise be kept in memory as a whole.
	c.byKey[strings.Clone(key)] = &v
}
