package tui

import (
	"brink/tui/draw"
	"brink/tui/theme"
)

// drawNow is the panel of present numbers where there is no room for a plot.
func drawNow(g *draw.Grid, r draw.Rect, s *snapshot) {
	drawNumbers(g, g.Box(r, theme.Border, theme.Title, "now").Pad(1), s)
}

// drawNumbers writes pairs of a label and a number, two pairs to a line where
// there is room, the most telling first. A pair that does not fit is left out:
// a label tells nothing without its number.
func drawNumbers(g *draw.Grid, r draw.Rect, s *snapshot) {
	retry := s.lastRefusal.RetryAfter
	if retry == "" {
		retry = "none"
		if s.count.refused == 0 {
			retry = "–"
		}
	}
	left := "budget left"
	if s.start.Expected > 0 {
		left = "to go"
	}
	offered := draw.Number(s.offered()) + "/s"
	if s.done { // the last second of a run that is over is not now
		offered = "–"
	}
	lines := [...][2][2]string{
		{{"offered", offered}, {"in flight", integer(s.count.inFlight())}},
		{{"p50", duration(s.latency.p50)}, {"p99", duration(s.latency.p99)}},
		{{"refused", integer(s.count.refused)}, {"Retry-After", retry}},
		{{"delayed", integer(s.count.queued)}, {"by up to", duration(s.waited.max)}},
		{{"p90", duration(s.latency.p90)}, {"late p99", duration(s.late)}},
		{{"sent", integer(s.count.sent())}, {left, integer(max(0, s.expected()-s.count.sent()))}},
	}
	const nameWidth = 8
	half := r.W * 9 / 20
	if half < nameWidth+6 { // one pair to a line
		y := r.Y
		for _, line := range lines {
			for _, pair := range line {
				if y < r.Y+r.H {
					drawPair(g, draw.Rect{X: r.X, Y: y, W: r.W, H: 1}, pair)
					y++
				}
			}
		}
		return
	}
	for i, line := range lines[:min(len(lines), r.H)] {
		y := r.Y + i
		if nameWidth+draw.Width(line[0][1]) < half {
			g.Text(r.X, y, nameWidth, theme.Dim, line[0][0])
			g.Text(r.X+nameWidth, y, half-nameWidth, theme.Strong, line[0][1])
		}
		drawPair(g, draw.Rect{X: r.X + half, Y: y, W: r.W - half, H: 1}, line[1])
	}
}

// drawPair writes a label on the left of r and its number on the right, or
// nothing.
func drawPair(g *draw.Grid, r draw.Rect, pair [2]string) {
	if draw.Width(pair[0])+1+draw.Width(pair[1]) <= r.W {
		g.Text(r.X, r.Y, r.W, theme.Dim, pair[0])
		g.TextRight(r.X, r.Y, r.W, theme.Strong, pair[1])
	}
}

// offered is how many requests were sent in the last whole second.
func (s *snapshot) offered() float64 {
	end := int(s.elapsed / max(1, s.binWidth))
	n := max(1, int(1e9/max(1, int64(s.binWidth))))
	sent := 0
	for _, b := range s.bins[min(max(0, end-n), len(s.bins)):min(end, len(s.bins))] {
		sent += b.Sent
	}
	return float64(sent) / (float64(n) * s.binWidth.Seconds())
}

// drawInFlight plots the requests under way over the run, above the numbers.
func drawInFlight(g *draw.Grid, r draw.Rect, s *snapshot) {
	levels, most := s.inFlightLevels()
	in := g.Box(r, theme.Border, theme.Title, "in flight",
		draw.Span{Text: "now ", Style: theme.Dim}, draw.Span{Text: integer(s.count.inFlight()), Style: theme.Strong},
		draw.Span{Text: "  max ", Style: theme.Dim}, draw.Span{Text: integer(most), Style: theme.Strong},
		draw.Span{Text: "  cap ", Style: theme.Dim}, draw.Span{Text: integer(s.start.Budget.MaxConcurrency), Style: theme.Plain})
	rows := in.H // of numbers; the plot takes none or at least three
	if rows >= 7 {
		rows = min(6, in.H-3)
	}
	plot, numbers := in.SplitTop(in.H - rows)
	drawNumbers(g, numbers.Pad(1), s)
	if plot.Empty() {
		return
	}
	scale, plot := plot.SplitLeft(axisWidth)
	plot, times := plot.SplitTop(plot.H - 1)
	scale, _ = scale.SplitTop(plot.H)
	line := newTimeline(s.elapsed, s.binWidth, draw.BraillePerCell*plot.W)
	top := draw.NiceCeil(float64(most))
	values := make([]float64, min(line.used, line.cols))
	for i := range values {
		for _, n := range levels[min(i*line.per, len(levels)):min((i+1)*line.per, len(levels))] {
			values[i] = max(values[i], float64(n))
		}
	}
	draw.AxisY(g, scale, top, theme.Dim)
	draw.Line(g, plot, values, top, theme.Own)
	line.labels(g, times, theme.Dim)
}

// inFlightLevels is the number of requests under way in each bin, and the most
// in any. It is reckoned from what was sent and what came back, because nothing
// is sent while a queue drains; requests that have not come back yet are not in
// it, so the last stretch grows as they do.
func (s *snapshot) inFlightLevels() (levels []int, most int) {
	levels = make([]int, len(s.bins))
	out := 0
	for i, b := range s.bins {
		out += b.Sent - b.OK - b.Queued - b.Refused - b.Failed
		levels[i] = max(0, out, b.MaxInFlight)
		most = max(most, levels[i])
	}
	return levels, most
}
