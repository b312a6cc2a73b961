package draw

import "math"

// density are the glyphs for few to many.
var density = [...]rune{'·', '░', '▒', '▓', '█'}

// Density returns the glyph for a count among counts of at most most, on a
// logarithmic scale: one request must be visible beside a thousand.
func Density(count, most int) rune {
	if count <= 0 {
		return ' '
	}
	if most <= 1 {
		return density[2]
	}
	share := math.Log1p(float64(count-1)) / math.Log1p(float64(most-1))
	return density[min(int(share*float64(len(density))), len(density)-1)]
}
