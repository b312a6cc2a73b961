package draw

import "math"

// Bar draws a horizontal gauge of w cells, filled to the given share (0..1)
// with a heavy line and going on with a light one: "━━━━━━━───". A share above
// zero shows at least one filled cell, and one below 1 at least one that is not.
func Bar(g *Grid, x, y, w int, share float64, full, rest Style) {
	if w <= 0 {
		return
	}
	for i := range w {
		if i < filled(share, w) {
			g.put(x+i, y, '━', full)
		} else {
			g.put(x+i, y, '─', rest)
		}
	}
}

// Run draws n cells of a glyph in a row, for bars that carry a class's own
// texture, and returns n.
func Run(g *Grid, x, y, n int, glyph rune, st Style) int {
	for i := range n {
		g.put(x+i, y, glyph, st)
	}
	return max(0, n)
}

// Cells is how many of w cells stand for a share of n in total: at least one
// when n is not zero.
func Cells(n, total, w int) int {
	if n <= 0 || total <= 0 || w <= 0 {
		return 0
	}
	return min(w, max(1, int(math.Round(float64(n)/float64(total)*float64(w)))))
}

// filled is how many of w cells show a share.
func filled(share float64, w int) int {
	switch n := int(math.Round(share * float64(w))); {
	case !(share > 0):
		return 0
	case share >= 1:
		return w
	default:
		return min(max(n, 1), max(w-1, 1))
	}
}
