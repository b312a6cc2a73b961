package draw

import "math"

// Class is one layer of a stacked chart. Only a solid glyph has a meaningful
// fraction, so only a class with Eighths set is drawn with ▁▂▃▄▅▆▇.
type Class struct {
	Glyph   rune
	Style   Style
	Eighths bool
}

// Stack is a chart of columns that stand on each other, class over class.
// Columns[c][k] is the height of class k in column c, in the unit of Top, the
// value at the upper edge. What is higher is cut and marked with ▲.
type Stack struct {
	Classes []Class
	Columns [][4]float64
	Top     float64
}

var eighths = [...]rune{' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// Draw fills r from the left. A class that is not zero always shows in at least
// one cell: one refusal among a thousand answers must be visible.
func (s Stack) Draw(g *Grid, r Rect) {
	if r.Empty() || !(s.Top > 0) {
		return
	}
	for c, col := range s.Columns[:min(len(s.Columns), r.W)] {
		x, y := r.X+c, r.Y+r.H-1
		only := soleClass(col, s.Classes)
		if only >= 0 && s.Classes[only].Eighths {
			n := int(math.Round(8 * float64(r.H) * min(col[only]/s.Top, 1)))
			n = max(n, 1)
			for ; n > 0; n, y = n-8, y-1 {
				g.put(x, y, eighths[min(n, 8)], s.Classes[only].Style)
			}
		} else {
			for k, n := range s.share(col, r.H) {
				for ; n > 0; n, y = n-1, y-1 {
					g.put(x, y, s.Classes[k].Glyph, s.Classes[k].Style)
				}
			}
		}
		if total(col) > s.Top*1.001 {
			st := Style(0)
			for k, class := range s.Classes {
				if col[k] > 0 {
					st = class.Style
				}
			}
			g.put(x, r.Y, '▲', st)
		}
	}
}

// share divides the cells of a column of h cells among the classes: at least one
// for each that is not zero, and as many in all as the sum of the values takes.
// Where rounding does not come out even, the class that is furthest off gives or
// takes a cell.
func (s Stack) share(col [4]float64, h int) (cells [4]int) {
	var exact [4]float64
	have, present := 0, 0
	for k := range s.Classes {
		if col[k] > 0 {
			present++
			exact[k] = float64(h) * min(col[k]/s.Top, 1)
			cells[k] = max(1, int(math.Round(exact[k])))
			have += cells[k]
		}
	}
	want := int(math.Round(float64(h) * min(total(col)/s.Top, 1)))
	want = max(want, min(present, h))
	for ; have > want; have-- {
		most, at := math.Inf(-1), 0
		for k := range cells {
			// The last cell of a class goes only when there are more classes
			// than cells, and the upper ones stay then.
			surplus := float64(cells[k]) - exact[k]
			if cells[k] == 1 {
				surplus = -float64(h) - 1 - float64(k)
			}
			if cells[k] > 0 && surplus >= most {
				most, at = surplus, k
			}
		}
		cells[at]--
	}
	for ; have < want; have++ {
		most, at := math.Inf(-1), 0
		for k := range cells {
			if lack := exact[k] - float64(cells[k]); cells[k] > 0 && lack > most {
				most, at = lack, k
			}
		}
		cells[at]++
	}
	return cells
}

// Line draws a dotted horizontal line at a value, where no column stands in the
// way, and returns its row; -1 when it is outside the chart.
func (s Stack) Line(g *Grid, r Rect, value float64, st Style) int {
	if r.Empty() || !(value > 0) || !(s.Top > 0) || value > s.Top {
		return -1
	}
	y := r.Y + r.H - int(math.Ceil(value/s.Top*float64(r.H)-1e-9))
	for x := r.X; x < r.X+r.W; x++ {
		if g.Rune(x, y) == ' ' {
			g.put(x, y, '┄', st)
		}
	}
	return y
}

// soleClass returns the only class with a height in col, or -1.
func soleClass(col [4]float64, classes []Class) int {
	only := -1
	for k := range classes {
		if col[k] > 0 {
			if only >= 0 {
				return -1
			}
			only = k
		}
	}
	return only
}

func total(col [4]float64) float64 { return col[0] + col[1] + col[2] + col[3] }
