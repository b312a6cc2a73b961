package draw

// Box draws a rounded border around r with a title on its left and, where there
// is room, spans on its right:
//
//	╭─ requests/s ───────── █ ok 10.0  ░ 429 2.0 ─╮
//
// It returns the area inside. A box smaller than 2 by 2 cells is not drawn.
func (g *Grid) Box(r Rect, border, title Style, name string, right ...Span) Rect {
	if r.W < 2 || r.H < 2 {
		return r.Inset()
	}
	x2, y2 := r.X+r.W-1, r.Y+r.H-1
	for x := r.X + 1; x < x2; x++ {
		g.put(x, r.Y, '─', border)
		g.put(x, y2, '─', border)
	}
	for y := r.Y + 1; y < y2; y++ {
		g.put(r.X, y, '│', border)
		g.put(x2, y, '│', border)
	}
	g.put(r.X, r.Y, '╭', border)
	g.put(x2, r.Y, '╮', border)
	g.put(r.X, y2, '╰', border)
	g.put(x2, y2, '╯', border)

	room := r.W - 4 // corners and one line on each side
	if room < 3 {
		return r.Inset()
	}
	used := 0
	if name != "" {
		used = 2 + g.Text(r.X+3, r.Y, room-2, title, name)
		g.put(r.X+2, r.Y, ' ', border)
		g.put(r.X+1+used, r.Y, ' ', border)
	}
	if n := SpansWidth(right...); n > 0 && used+n+3 <= room {
		x := x2 - 2 - n
		g.put(x-1, r.Y, ' ', border)
		g.Spans(x, r.Y, n, right...)
		g.put(x+n, r.Y, ' ', border)
	}
	return r.Inset()
}
