package profiles

import (
	"fmt"
	"strings"
)

// Summary puts the limit's numbers on one line: "15/s, burst 15, queue of 100,
// per tenant".
func (l Limit) Summary() string {
	var parts []string
	switch l.Kind.Value {
	case TokenBucket:
		parts = append(parts, l.Rate.Value.String(), fmt.Sprintf("burst %d", l.Burst.Value))
		if l.Queue != nil {
			parts = append(parts, fmt.Sprintf("queue of %d", l.Queue.Depth.Value))
		}
	case FixedWindow:
		parts = append(parts, fmt.Sprintf("%d per %v from %s", l.Limit.Value, l.Window.Value, l.windowStart()))
	}
	parts = append(parts, "per "+strings.ReplaceAll(string(l.Scope.Value), "_", " "))
	if len(l.Routes) > 0 {
		parts = append(parts, "only "+strings.Join(l.Routes, ", "))
	}
	return strings.Join(parts, ", ")
}

// Documented is Summary without the numbers that the vendor does not publish.
func (l Limit) Documented() string {
	var parts []string
	switch l.Kind.Value {
	case TokenBucket:
		parts = append(parts, l.Rate.Value.String())
		if l.Burst.Known() {
			parts = append(parts, fmt.Sprintf("burst %d", l.Burst.Value))
		}
		if l.Queue != nil && l.Queue.Depth.Known() {
			parts = append(parts, fmt.Sprintf("queue of %d", l.Queue.Depth.Value))
		}
		return strings.Join(parts, ", ")
	}
	return l.Summary()
}

// windowStart says where a window aligned to the clock begins.
func (l Limit) windowStart() string {
	if l.Window.Value.String() == "24h" {
		return "00:00 UTC"
	}
	return "a multiple of it, UTC"
}

// Covers reports whether the limit is on a route; the zero Route stands for
// every path that is none.
func (l Limit) Covers(r Route) bool {
	if len(l.Routes) == 0 {
		return r.Token == nil
	}
	for _, name := range l.Routes {
		if name == r.Name {
			return true
		}
	}
	return false
}
