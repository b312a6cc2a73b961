package tui

import (
	"brink/tui/draw"
	"brink/tui/theme"
)

// drawLog lists the events, the newest first, in a box where there is room for
// one.
func drawLog(g *draw.Grid, r draw.Rect, s *snapshot, boxed bool) {
	in := r
	if boxed {
		in = g.Box(r, theme.Border, theme.Title, "events", draw.Span{Text: integer(len(s.log)), Style: theme.Dim})
	}
	in = in.Pad(1)
	for i := range min(in.H, len(s.log)) {
		e := s.log[len(s.log)-1-i]
		kind, text := theme.Dim, theme.Plain
		switch {
		case e.warn:
			kind, text = theme.Warn, theme.Warn
		case e.kind == "finding":
			kind = theme.Strong
		case e.kind == "refused":
			kind = theme.Refused
		case e.kind == "done":
			kind = theme.OK
		case e.kind == "phase":
			kind = theme.Own
		}
		y := in.Y + i
		g.TextRight(in.X, y, 7, theme.Dim, clockTenths(e.at))
		g.Text(in.X+9, y, min(8, in.W-9), kind, e.kind)
		g.Text(in.X+18, y, in.W-18, text, e.text)
	}
}
