package tui

import (
	"brink/tui/draw"
	"brink/tui/theme"
)

// drawFooter writes the keys that can act now, or what there is to say or ask.
func drawFooter(g *draw.Grid, r draw.Rect, m *model) {
	rule, keys := r.SplitTop(r.H - 1)
	draw.Run(g, rule.X, rule.Y, rule.W*rule.H, '─', theme.Border)
	x, end := keys.X+1, keys.X+keys.W-1
	switch {
	case m.asking:
		g.Spans(x, keys.Y, end-x, draw.Span{Text: "stop the run and quit? ", Style: theme.Warn},
			draw.Span{Text: "y", Style: theme.Key}, draw.Span{Text: "/"}, draw.Span{Text: "n", Style: theme.Key})
		return
	case m.toast != "":
		g.Text(x, keys.Y, end-x, theme.Warn, m.toast)
		return
	}
	for _, b := range bindings {
		if b.short == nil || b.why(m) != "" {
			continue
		}
		short := b.short(m)
		if x+draw.Width(b.show)+1+draw.Width(short) > end {
			return
		}
		x += g.Text(x, keys.Y, end-x, theme.Key, b.show) + 1
		x += g.Text(x, keys.Y, end-x, theme.Plain, short) + 3
	}
}

// drawHelp lays the list of keys over the middle of the screen.
func drawHelp(g *draw.Grid, r draw.Rect) {
	const keyWidth = 9
	w, h := 0, 1
	group := ""
	for _, b := range bindings {
		w = max(w, keyWidth+draw.Width(b.help))
		h++
		if b.group != group {
			group = b.group
			h += 2
		}
	}
	box := r.Center(w+8, h+2)
	g.Fill(box)
	in := g.Box(box, theme.Own, theme.Title, "help", draw.Span{Text: "? or esc closes", Style: theme.Dim}).Pad(2)
	y, group := in.Y, ""
	for _, b := range bindings {
		if b.group != group {
			group = b.group
			y++
			clipped(g, in, y, theme.Dim, 0, group)
			y++
		}
		clipped(g, in, y, theme.Key, 0, b.show)
		clipped(g, in, y, theme.Plain, keyWidth, b.help)
		y++
	}
}

// clipped writes s in row y of r unless that is below it: the help of a screen
// that is too low loses its end.
func clipped(g *draw.Grid, r draw.Rect, y int, st draw.Style, indent int, s string) {
	if y < r.Y+r.H {
		g.Text(r.X+indent, y, r.W-indent, st, s)
	}
}

// drawTiny fills a screen that is too small for anything else.
func drawTiny(g *draw.Grid, r draw.Rect, m *model) {
	text := "needs 60x16, have " + integer(r.W) + "x" + integer(r.H)
	switch {
	case m.asking:
		text = "stop the run and quit? y/n"
	case m.toast != "":
		text = m.toast
	case m.live.done:
		text += "; run is done (q quits)"
	case m.live.stopping:
		text += "; run is stopping"
	default:
		text += "; run continues (x stops)"
	}
	lines := draw.WrapMax(text, r.W, r.H)
	y := r.Y + max(0, r.H-len(lines))/2
	for i, line := range lines {
		c := r.Center(min(draw.Width(line), r.W), 1)
		g.Text(c.X, y+i, r.W, theme.Plain, line)
	}
}
