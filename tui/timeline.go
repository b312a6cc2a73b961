package tui

import (
	"time"

	"brink/tui/draw"
)

// timeline maps the whole run so far onto columns. A column is a whole number
// of bins, and that number changes in steps, so a column that is complete stays
// as it is until the run no longer fits.
type timeline struct {
	bin  time.Duration
	per  int // bins in a column
	cols int // columns there is room for
	used int // columns the run has reached
}

// newTimeline fits elapsed into cols columns.
func newTimeline(elapsed, bin time.Duration, cols int) timeline {
	t := timeline{bin: bin, per: 1, cols: max(1, cols)}
	n := int((elapsed + bin - 1) / bin)
	for (n+t.per-1)/t.per > t.cols { // 1 2 3 4 6 8 12 16 24 …
		if t.per&(t.per-1) == 0 && t.per > 1 {
			t.per += t.per / 2
		} else {
			t.per += max(1, t.per/3)
		}
	}
	t.used = (n + t.per - 1) / t.per
	return t
}

// width is the time of one column.
func (t timeline) width() time.Duration { return t.bin * time.Duration(t.per) }

// column is the column of a time, which may lie outside.
func (t timeline) column(d time.Duration) int { return int(max(0, d) / t.width()) }

// labels writes the times at the left, in the middle and at the right of r.
func (t timeline) labels(g *draw.Grid, r draw.Rect, st draw.Style) {
	if r.Empty() {
		return
	}
	label := clock
	if t.width()*time.Duration(t.cols) < 20*time.Second {
		label = func(d time.Duration) string { return duration(d) }
	}
	span := t.width() * time.Duration(t.cols)
	g.Text(r.X, r.Y, r.W, st, "0:00")
	if r.W >= 24 {
		mid := label(span / 2)
		g.Text(r.X+r.W/2-draw.Width(mid)/2, r.Y, r.W/2, st, mid)
	}
	g.TextRight(r.X, r.Y, r.W, st, label(span))
}
