package load

import (
	"fmt"
	"time"
)

// Pacer is an absolute schedule: request n is due At(n) after the start. It
// reports false once the schedule is over. At is monotone in n, so a late
// request never moves the ones behind it.
type Pacer interface {
	At(n uint64) (due time.Duration, ok bool)
	String() string
}

// Constant sends at a steady rate for a time: request n is due at n/Rate, and
// ceil(Rate*For) requests are sent in all (open loop: answers are not waited
// for).
type Constant struct {
	Rate Rate
	For  time.Duration
}

var _ Pacer = Constant{}

// At returns n/Rate while that is within the duration.
func (c Constant) At(n uint64) (time.Duration, bool) {
	due := time.Duration(float64(n) / float64(c.Rate) * float64(time.Second))
	return due, due < c.For
}

func (c Constant) String() string { return fmt.Sprintf("%v for %s", c.Rate, FormatDuration(c.For)) }

// AtOnce sends N requests at the same instant.
type AtOnce struct{ N uint64 }

var _ Pacer = AtOnce{}

// At returns zero for the first N requests.
func (a AtOnce) At(n uint64) (time.Duration, bool) { return 0, n < a.N }

func (a AtOnce) String() string { return fmt.Sprintf("%d at once", a.N) }
