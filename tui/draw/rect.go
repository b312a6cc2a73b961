package draw

// Rect is an area of a Grid. W and H are never negative in what this package
// returns.
type Rect struct{ X, Y, W, H int }

// Empty reports whether the area holds no cell.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Inset is what is left inside a border of one cell.
func (r Rect) Inset() Rect {
	return Rect{r.X + 1, r.Y + 1, max(0, r.W-2), max(0, r.H-2)}
}

// Pad takes n cells from the left and the right.
func (r Rect) Pad(n int) Rect {
	n = min(n, max(0, r.W)/2)
	return Rect{r.X + n, r.Y, max(0, r.W-2*n), r.H}
}

// SplitTop cuts off the first n rows.
func (r Rect) SplitTop(n int) (top, rest Rect) {
	n = min(max(0, n), max(0, r.H))
	return Rect{r.X, r.Y, r.W, n}, Rect{r.X, r.Y + n, r.W, r.H - n}
}

// SplitLeft cuts off the first n columns.
func (r Rect) SplitLeft(n int) (left, rest Rect) {
	n = min(max(0, n), max(0, r.W))
	return Rect{r.X, r.Y, n, r.H}, Rect{r.X + n, r.Y, r.W - n, r.H}
}

// Center is an area of at most w by h cells in the middle of r.
func (r Rect) Center(w, h int) Rect {
	w, h = min(w, r.W), min(h, r.H)
	return Rect{r.X + (r.W-w)/2, r.Y + (r.H-h)/2, w, h}
}
