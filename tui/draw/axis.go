package draw

import (
	"math"
	"strconv"
)

// NiceCeil rounds v up to a number people like on an axis: 1, 1.5, 2, 3, 4, 5, 6,
// 8 or 10 times a power of ten. It is 1 for anything that is not a positive
// finite number.
func NiceCeil(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 1.5, 2, 3, 4, 5, 6, 8} {
		if v <= m*unit*(1+1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

// evenStep returns the smallest of 1, 2 or 5 times a power of ten, or 25, 250 and
// so on, that is at least least and divides top evenly; top where none does.
func evenStep(top, least float64) float64 {
	for unit := math.Pow(10, math.Floor(math.Log10(least))); unit < top; unit *= 10 {
		for _, m := range [...]float64{1, 2, 2.5, 5} {
			step := m * unit
			n := top / step
			if step >= least*(1-1e-9) && math.Abs(n-math.Round(n)) < 1e-9*n && n > 1 && (m != 2.5 || unit >= 10) {
				return step
			}
		}
	}
	return top
}

// AxisY draws a scale from 0 to top along the right edge of r, with a label
// about every third row and one at the upper edge.
func AxisY(g *Grid, r Rect, top float64, st Style) {
	if r.Empty() {
		return
	}
	x := r.X + r.W - 1
	for y := r.Y; y < r.Y+r.H; y++ {
		g.put(x, y, '│', st)
	}
	step := evenStep(top, top/max(1, float64(r.H)/3))
	for v := 0.0; v < top*(1-1e-9); v += step {
		row := int(v/top*float64(r.H) + 0.5)
		if row >= r.H {
			break
		}
		y := r.Y + r.H - 1 - row
		g.TextRight(r.X, y, r.W-1, st, Number(v))
		g.put(x, y, '┤', st)
	}
	if r.H > 1 {
		g.TextRight(r.X, r.Y, r.W-1, st, Number(top))
		g.put(x, r.Y, '┐', st)
	}
}

// Number formats a value for an axis or a table in at most five cells, with
// three significant digits: "0", "9.95", "15", "250k".
func Number(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 3, 64) + "M"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e3, 'g', 3, 64) + "k"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
