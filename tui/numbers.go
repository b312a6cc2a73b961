package tui

import (
	"brink/probe"
)

// number is one measured quantity of a limit, ready to show. Value carries the
// unit, interval is "low–high" in the same unit,
// or "exact".
type number struct {
	name            string
	value, interval string
}

// The names of the quantities, in the order they are shown. The first of each
// pair is the label, the second what reports call it.
var quantities = [...][2]string{
	{"rate", "rate_per_s"},
	{"burst", "burst"},
	{"queue", "queue_depth"},
	{"parallel", "concurrency"},
}

// numbersOf lists the numbers a limit has.
func numbersOf(l probe.Limit) []number {
	var list []number
	add := func(name string, m *probe.Measured, unit string, scale float64, digits int) {
		if m == nil {
			return
		}
		low, high := decimal(m.Low*scale, digits), decimal(m.High*scale, digits)
		n := number{name: name, value: decimal(m.Value*scale, digits) + unit, interval: low + "–" + high}
		if m.Low == m.High {
			n.interval = "exact"
		}
		list = append(list, n)
	}
	if l.RatePerS != nil {
		unit, scale := "/s", 1.0
		switch v := l.RatePerS.Value; {
		case v <= 0 || v >= 1:
		case v*60 >= 1:
			unit, scale = "/min", 60
		default:
			unit, scale = "/h", 3600
		}
		add("rate", l.RatePerS, unit, scale, 2)
	}
	add("count", l.Limit, "", 1, 0)
	add("window", l.WindowS, "s", 1, 2)
	add("burst", l.Burst, "", 1, 0)
	add("queue", l.QueueDepth, "", 1, 0)
	add("parallel", l.Concurrency, "", 1, 0)
	return list
}
