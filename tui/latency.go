package tui

import (
	"brink/tui/draw"
	"brink/tui/theme"
)

// drawLatency is a heat map of latency over time on a logarithmic scale. A queue
// that drains shows as a diagonal: every request waits a little longer than the
// one before.
func drawLatency(g *draw.Grid, r draw.Rect, s *snapshot) {
	legend := []draw.Span{
		{Text: "░▒▓█ density  ", Style: theme.Dim},
		{Text: "×", Style: theme.Refused},
		{Text: " refused  ", Style: theme.Dim},
		{Text: "p50 " + duration(s.latency.p50) + "  p90 " + duration(s.latency.p90) + "  p99 " + duration(s.latency.p99)},
	}
	if r.W < 80 {
		legend = legend[1:]
	}
	in := g.Box(r, theme.Border, theme.Title, "latency", legend...)
	scale, plot := in.SplitLeft(axisWidth)
	if plot.H < 2 || plot.W < 1 {
		return
	}
	plot, times := plot.SplitTop(plot.H - 1)
	low, per := heatRange(&s.dist, plot.H)
	for y := range plot.H {
		x := scale.X + scale.W - 1
		g.Set(x, plot.Y+y, '│', theme.Dim)
		if b := labeled(low+(plot.H-1-y)*per, per); b >= 0 {
			g.TextRight(scale.X, plot.Y+y, scale.W-1, theme.Dim, bucketLabel(b))
			g.Set(x, plot.Y+y, '┤', theme.Dim)
		}
	}
	line := newTimeline(s.elapsed, s.heatWidth, plot.W)
	line.labels(g, times, theme.Dim)
	if len(s.heat) == 0 {
		waiting(g, plot, s)
		return
	}
	cells, most := s.heatCells(line, plot, low, per)
	for i, c := range cells {
		x, y := plot.X+i/plot.H, plot.Y+plot.H-1-i%plot.H
		switch n := c.ok + c.queued; {
		case c.refused > n:
			g.Set(x, y, '×', theme.Refused)
		case c.queued > c.ok:
			g.Set(x, y, draw.Density(int(n), int(most)), theme.Queued)
		case n > 0:
			g.Set(x, y, draw.Density(int(n), int(most)), theme.OK)
		}
	}
}

// heatCells gathers the counts of each cell of the plot, column by column from
// the bottom up, and the most accepted in any.
func (s *snapshot) heatCells(line timeline, plot draw.Rect, low, per int) (cells []heatCell, most uint32) {
	cells = make([]heatCell, plot.W*plot.H)
	for i := range s.heat {
		col := i / line.per
		if col >= plot.W {
			break
		}
		for b, c := range s.heat[i] {
			if c == (heatCell{}) {
				continue
			}
			at := &cells[col*plot.H+min(max(0, (b-low)/per), plot.H-1)]
			at.add(c)
			most = max(most, at.ok+at.queued)
		}
	}
	return cells, most
}

// heatRange chooses the lowest bucket and the buckets per row, so that all that
// was seen fits in h rows. Refusals more than a decade below every accepted
// request are the exception: they come from a gate that does no work, and go to
// the lowest row rather than take rows from the rest.
func heatRange(dist *heatColumn, h int) (low, per int) {
	lo, hi, accepted := -1, -1, -1
	for b, c := range dist {
		if c == (heatCell{}) {
			continue
		}
		hi = b
		if lo < 0 {
			lo = b
		}
		if accepted < 0 && c.ok+c.queued > 0 {
			accepted = b
		}
	}
	lo = max(lo, accepted-perDecade)
	if lo < 0 {
		lo, hi = 2*perDecade, 3*perDecade // 10 to 100 ms, for the sake of an axis
	}
	per = 1
	for lo/per*per+per*h <= hi {
		per++
	}
	low = lo / per * per
	if spare := h*per - (hi - low + 1); spare > 1 { // leave half of the room below
		low = max(0, low-spare/2/per*per)
	}
	return low, per
}

// labeled finds a bucket among per from b on that begins at 1, 2 or 5 of a
// decade; -1 when there is none.
func labeled(b, per int) int {
	for i := b; i < b+per && i < heatBuckets; i++ {
		if m := i % perDecade; m == 0 || m == 3 || m == 7 {
			return i
		}
	}
	return -1
}

// bucketLabels name the latencies at 1, 2 and 5 of each decade.
var bucketLabels = [...]string{
	".1ms", ".2ms", ".5ms", "1ms", "2ms", "5ms", "10ms", "20ms", "50ms", "100ms", "200ms", "500ms",
	"1s", "2s", "5s", "10s", "20s", "50s", "100s",
}

// bucketLabel names the latency at which a bucket at 1, 2 or 5 of a decade
// begins.
func bucketLabel(b int) string {
	return bucketLabels[3*(b/perDecade)+b%perDecade/3]
}
