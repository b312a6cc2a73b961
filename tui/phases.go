package tui

import (
	"slices"

	"brink/tui/draw"
	"brink/tui/theme"
)

// probePhases is the order in which a probe goes about it. It is adaptive: a
// phase may be left out, come again, or come in between without being here.
var probePhases = []string{"preflight", "drain", "recovery", "narrow", "sustain", "parallel"}

// ahead are the phases that can still come: those after the present one.
func (s *snapshot) ahead() []string {
	if s.done || s.stopping || s.firing() {
		return nil
	}
	next := 0
	for _, p := range s.phases {
		// The last in the order can come early, too, and ends nothing then.
		if i := slices.Index(probePhases, p.name); i >= 0 && (i < len(probePhases)-1 || next >= i-1) {
			next = max(next, i+1)
		}
	}
	return probePhases[next:]
}

// mark is the sign of a phase: failed, cut short, over, or under way.
func (s *snapshot) mark(p phase) (string, draw.Style) {
	switch {
	case s.brokeOff(p) && s.failure() != nil:
		return "✗", theme.Refused
	case s.brokeOff(p), s.done && !p.ended:
		return "■", theme.Warn
	case p.ended:
		return "✓", theme.OK
	}
	return "▶", theme.Own
}

// brokeOff reports whether the run ended early in phase p. The end of a phase
// does not tell, but it is always the last.
func (s *snapshot) brokeOff(p phase) bool {
	early := s.failure() != nil || s.stopReason() != "" || s.stopping && !s.done
	return early && p.ended && p.index == s.phases[len(s.phases)-1].index
}

// drawPhaseLine lists the phases on one line, and with the room left says what
// the last one is for or has taught. A phase that comes again directly is named once.
func drawPhaseLine(g *draw.Grid, r draw.Rect, s *snapshot) {
	x, end := r.X+1, r.X+r.W-1
	put := func(st draw.Style, text string) { x += g.Text(x, r.Y, end-x, st, text) }
	for i, p := range s.phases {
		if i+1 < len(s.phases) && s.phases[i+1].name == p.name {
			continue
		}
		sign, st := s.mark(p)
		put(st, sign+" ")
		if p.ended {
			put(theme.Plain, p.name+"  ")
		} else {
			put(theme.Title, p.name+"  ")
		}
	}
	for _, name := range s.ahead() {
		put(theme.Dim, "· "+name+"  ")
	}
	if n := len(s.phases); n > 0 && end-x > 12 {
		text := s.phases[n-1].why
		switch {
		case s.phases[n-1].text != "":
			text = s.phases[n-1].text
		case s.firing():
			text = s.start.Load
		}
		g.TextRight(x, r.Y, end-x, theme.Dim, text)
	}
}

// drawPhases shows each phase on a line of its own: when it ran, and what it
// taught or is for.
func drawPhases(g *draw.Grid, r draw.Rect, s *snapshot) {
	const nameWidth = 15
	in := g.Box(r, theme.Border, theme.Title, "phases").Pad(1)
	shown := s.phases[max(0, len(s.phases)-in.H):]
	left, right := in.SplitLeft(in.W * 3 / 5)
	track := draw.Rect{X: left.X + nameWidth, Y: left.Y, W: max(0, left.W-nameWidth-2)}
	line := newTimeline(s.elapsed, s.binWidth, track.W)
	y := in.Y
	for _, p := range shown {
		sign, st := s.mark(p)
		n := g.Text(in.X, y, nameWidth, st, sign+" ")
		g.Text(in.X+n, y, nameWidth-n-1, theme.Plain, p.name)
		end := p.end
		if !p.ended && !s.done {
			end = s.elapsed
		}
		from, to := line.column(p.begin), line.column(end)
		from = min(from, max(0, track.W-1))
		draw.Run(g, track.X+from, y, min(to-from+1, track.W-from), '━', theme.Own)
		text, st := p.text, theme.Plain
		if text == "" {
			text, st = p.why, theme.Dim
		}
		g.Text(right.X, y, right.W, st, text)
		y++
	}
	for _, name := range s.ahead() {
		if y >= in.Y+in.H {
			break
		}
		g.Text(in.X, y, in.W, theme.Dim, "· "+name)
		y++
	}
}
