// Package draw puts text, boxes and charts on a grid of terminal cells. A frame
// is drawn into one Grid and rendered once, which avoids measuring styled text
// over and over. Everything here is pure: no clock, no terminal, no color
// decisions. What a Style looks like is up to the palette given to Render.
package draw

import (
	"strings"
	"unicode/utf8"
)

// Style is an index into the palette given to Grid.Render. The zero Style is
// the terminal's own.
type Style uint8

// tail marks the right half of a rune that is two cells wide.
const tail rune = -1

type cell struct {
	r     rune
	style Style
}

// Grid is a screen of cells. The zero Grid is empty; Resize gives it a size. A
// Grid is meant to be reused, frame after frame.
type Grid struct {
	w, h  int
	cells []cell
	out   []byte
}

// Resize sets the size and clears the grid. Negative sizes count as zero.
func (g *Grid) Resize(w, h int) {
	g.w, g.h = max(0, w), max(0, h)
	if n := g.w * g.h; cap(g.cells) < n {
		g.cells = make([]cell, n)
	} else {
		g.cells = g.cells[:n]
	}
	g.Clear()
}

// Bounds is the whole grid.
func (g *Grid) Bounds() Rect { return Rect{W: g.w, H: g.h} }

// Clear fills the grid with spaces.
func (g *Grid) Clear() {
	for i := range g.cells {
		g.cells[i] = cell{r: ' '}
	}
}

// Fill covers r with spaces, for what is drawn on top of something else.
func (g *Grid) Fill(r Rect) {
	for y := r.Y; y < r.Y+r.H; y++ {
		for x := r.X; x < r.X+r.W; x++ {
			g.put(x, y, ' ', 0)
		}
	}
}

// Set puts a rune that is one cell wide at (x, y). Outside the grid it does
// nothing, and a rune that is not exactly one printable cell becomes U+FFFD.
func (g *Grid) Set(x, y int, r rune, st Style) {
	if clean, w := printable(r); w == 1 {
		g.put(x, y, clean, st)
	} else {
		g.put(x, y, utf8.RuneError, st)
	}
}

// put writes a cell whose rune is known to be harmless. Overwriting one half of
// a wide rune blanks the other, so that a row never changes its width.
func (g *Grid) put(x, y int, r rune, st Style) {
	if x < 0 || y < 0 || x >= g.w || y >= g.h {
		return
	}
	row := g.cells[y*g.w : (y+1)*g.w]
	if row[x].r == tail && r != tail {
		row[x-1] = cell{r: ' '}
	}
	if x+1 < g.w && row[x+1].r == tail {
		row[x+1] = cell{r: ' '}
	}
	row[x] = cell{r, st}
}

// Rune returns what is shown at (x, y); zero outside the grid and on the right
// half of a wide rune.
func (g *Grid) Rune(x, y int) rune {
	if x < 0 || y < 0 || x >= g.w || y >= g.h {
		return 0
	}
	return max(0, g.cells[y*g.w+x].r)
}

// Render returns the grid as lines of text. sgr holds the escape sequence of
// each Style; sgr[0] resets. Each sequence must stand alone, whatever was
// active before. Spaces take no style, which saves bytes, and every line starts
// and ends with none, because a line may be sent without the one before it.
func (g *Grid) Render(sgr []string) string {
	out := g.out[:0]
	for y := range g.h {
		if y > 0 {
			out = append(out, '\n')
		}
		cur := Style(0)
		for _, c := range g.cells[y*g.w : (y+1)*g.w] {
			if c.r == tail {
				continue
			}
			if c.style != cur && c.r != ' ' {
				cur = c.style
				out = append(out, sgr[cur]...)
			}
			out = utf8.AppendRune(out, c.r)
		}
		if cur != 0 {
			out = append(out, sgr[0]...)
		}
	}
	g.out = out
	return string(out)
}

// String returns the grid without any styling.
func (g *Grid) String() string {
	var b strings.Builder
	for y := range g.h {
		if y > 0 {
			b.WriteByte('\n')
		}
		for _, c := range g.cells[y*g.w : (y+1)*g.w] {
			if c.r != tail {
				b.WriteRune(c.r)
			}
		}
	}
	return b.String()
}
