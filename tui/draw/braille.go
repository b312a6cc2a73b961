package draw

import "math"

// BraillePerCell is how many points of a Line fit side by side in one cell.
const BraillePerCell = 2

// dots are the bits of a braille cell, by column and by row from the top.
var dots = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

// Line draws values as a line of braille dots, two values and four levels to a
// cell, from the left of r. top is the value at the upper edge; what is above
// runs along it. Values that are not numbers leave a gap.
func Line(g *Grid, r Rect, values []float64, top float64, st Style) {
	if r.Empty() || !(top > 0) {
		return
	}
	levels := 4 * r.H
	prev := -1
	for i, v := range values[:min(len(values), BraillePerCell*r.W)] {
		if math.IsNaN(v) {
			prev = -1
			continue
		}
		level := int(math.Round(min(max(v/top, 0), 1) * float64(levels-1)))
		from, to := level, level
		if prev >= 0 { // join with the point before
			from, to = min(level, prev+1), max(level, prev-1)
		}
		for l := from; l <= to; l++ {
			x, y := r.X+i/2, r.Y+r.H-1-l/4
			bits := rune(0)
			if old := g.Rune(x, y); old >= 0x2800 && old <= 0x28ff {
				bits = old - 0x2800
			}
			g.put(x, y, 0x2800+bits|dots[i%2][3-l%4], st)
		}
		prev = level
	}
}
