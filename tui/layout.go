package tui

import "brink/tui/draw"

// The smallest screen that is drawn, and where the next tiers begin.
const (
	minWidth, minHeight       = 60, 16
	mediumWidth, mediumHeight = 100, 30
	largeWidth, largeHeight   = 160, 50
)

// tier is how much a screen of a size shows. A higher tier adds panels.
type tier int

const (
	tiny   tier = iota // one line that says so
	small              // chart, findings, now, events
	medium             // and latency, in flight
	large              // and phases, distribution, the last refusal
)

// layout says where everything goes. The areas that are not empty tile the
// screen.
type layout struct {
	tier   tier
	header draw.Rect
	phases draw.Rect // one line, or a panel when large
	chart  draw.Rect
	// findings are the answers by status when firing.
	findings draw.Rect
	now      draw.Rect // small only: part of inFlight otherwise
	latency  draw.Rect
	dist     draw.Rect
	inFlight draw.Rect
	log      draw.Rect
	last     draw.Rect
	footer   draw.Rect
}

// layoutOf divides a screen of w by h cells.
func layoutOf(w, h int) layout {
	all := draw.Rect{W: max(0, w), H: max(0, h)}
	switch {
	case w < minWidth || h < minHeight:
		return layout{tier: tiny, header: all}
	case w < mediumWidth || h < mediumHeight:
		return smallLayout(all)
	case w < largeWidth || h < largeHeight:
		return mediumLayout(all)
	}
	return largeLayout(all)
}

func smallLayout(all draw.Rect) layout {
	l := layout{tier: small}
	l.header, all = all.SplitTop(1)
	l.phases, all = all.SplitTop(1)
	all, l.footer = all.SplitTop(all.H - 2)
	middle := min(max(all.H*2/5, 5), 9)
	events := min(max(all.H/6, 2), 10)
	l.chart, all = all.SplitTop(all.H - middle - events)
	all, l.log = all.SplitTop(middle)
	l.findings, l.now = all.SplitLeft(all.W * 11 / 20)
	return l
}

func mediumLayout(all draw.Rect) layout {
	l := layout{tier: medium}
	l.header, all = all.SplitTop(1)
	l.phases, all = all.SplitTop(1)
	all, l.footer = all.SplitTop(all.H - 2)
	left := all.W * 11 / 20
	l.chart, all = all.SplitTop(all.H * 9 / 25)
	middle, bottom := all.SplitTop((all.H + 1) / 2)
	l.latency, l.findings = middle.SplitLeft(left)
	l.log, l.inFlight = bottom.SplitLeft(left)
	return l
}

func largeLayout(all draw.Rect) layout {
	l := layout{tier: large}
	l.header, all = all.SplitTop(1)
	l.phases, all = all.SplitTop(min(max(all.H/7, 7), 10))
	all, l.footer = all.SplitTop(all.H - 2)
	top, rest := all.SplitTop(all.H * 2 / 5)
	l.chart, l.findings = top.SplitLeft(all.W * 2 / 3)
	middle, bottom := rest.SplitTop((rest.H + 1) / 2)
	l.latency, middle = middle.SplitLeft(all.W / 2)
	l.dist, l.inFlight = middle.SplitLeft(all.W / 4)
	l.log, l.last = bottom.SplitLeft(all.W * 2 / 3)
	return l
}
