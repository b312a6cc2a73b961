package draw

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// widths ignores the locale: the frames are drawn with characters that are wide
// only in East Asian ones, and a frame must not depend on the environment.
var widths = runewidth.Condition{}

// printable returns the rune to show for r and how many cells it takes. Text
// comes from servers, and what reaches the terminal must neither move the
// cursor nor disagree with the terminal about its width:
//
//   - white space of any kind becomes a space;
//   - a control character, and an emoji that changes its neighbor's width
//     (flag letters, skin tones), becomes U+FFFD;
//   - marks and invisible formatting characters are dropped (width 0).
func printable(r rune) (rune, int) {
	switch {
	case r >= ' ' && r < 0x7f:
		return r, 1
	case r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.Z, r):
		return ' ', 1
	case unicode.Is(unicode.Cc, r), r == utf8.RuneError, !utf8.ValidRune(r),
		r >= 0x1F1E6 && r <= 0x1F1FF, r >= 0x1F3FB && r <= 0x1F3FF:
		return utf8.RuneError, 1
	case unicode.Is(unicode.M, r), unicode.Is(unicode.Cf, r):
		return 0, 0
	}
	w := widths.RuneWidth(r)
	return r, w
}

// Width is how many cells s takes when drawn.
func Width(s string) int {
	w := 0
	for _, r := range s {
		_, n := printable(r)
		w += n
	}
	return w
}

// Text writes s at (x, y) in at most w cells and returns how many it took. What
// does not fit is cut, and the cut shown as "…".
func (g *Grid) Text(x, y, w int, st Style, s string) int {
	if w <= 0 {
		return 0
	}
	cut := Width(s) > w
	if cut {
		w-- // room for the ellipsis
	}
	used := 0
	for _, r := range s {
		r, n := printable(r)
		if used+n > w {
			break
		}
		if n == 0 {
			continue
		}
		if n == 2 && x+used == g.w-1 { // half a rune would be outside the grid
			r, n = ' ', 1
		}
		g.put(x+used, y, r, st)
		if n == 2 {
			g.put(x+used+1, y, tail, st)
		}
		used += n
	}
	if cut {
		g.put(x+used, y, '…', st)
		used++
	}
	return used
}

// TextRight writes s so that it ends before column x+w.
func (g *Grid) TextRight(x, y, w int, st Style, s string) int {
	n := min(Width(s), max(0, w))
	return g.Text(x+w-n, y, n, st, s)
}

// Span is a piece of text in one style.
type Span struct {
	Text  string
	Style Style
}

// Spans writes pieces one after the other in at most w cells and returns how
// many they took.
func (g *Grid) Spans(x, y, w int, spans ...Span) int {
	used := 0
	for i, s := range spans {
		if Width(s.Text) == w-used && SpansWidth(spans[i+1:]...) > 0 {
			s.Text += "…" // to show that there was more
		}
		used += g.Text(x+used, y, w-used, s.Style, s.Text)
	}
	return used
}

// SpansWidth is how many cells the pieces take together.
func SpansWidth(spans ...Span) int {
	w := 0
	for _, s := range spans {
		w += Width(s.Text)
	}
	return w
}

// Wrap breaks s into lines of at most w cells, between words where it can.
// Every line feed in s starts a new line.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	var lines []string
	var line []byte
	flush := func() {
		lines = append(lines, string(line))
		line = line[:0]
	}
	for para := range strings.Lines(s) {
		used, wrapped := 0, false
		for word := range strings.FieldsSeq(para) {
			n := Width(word)
			if used > 0 && used+1+n > w {
				flush()
				used, wrapped = 0, true
			}
			if used > 0 {
				line, used = append(line, ' '), used+1
			}
			for n > w && word != "" { // a word longer than a line is cut
				head := headOf(word, w)
				line = append(line, head...)
				flush()
				wrapped = true
				word = word[len(head):]
				n = Width(word)
			}
			line, used = append(line, word...), used+n
		}
		if used > 0 || !wrapped {
			flush()
		}
	}
	return lines
}

// WrapMax is Wrap in at most n lines. When more is dropped, the last line ends in
// "…"; it may be longer than w then, for Text to cut.
func WrapMax(s string, w, n int) []string {
	lines := Wrap(s, w)
	if n = max(0, n); len(lines) > n {
		lines = lines[:n]
		if n > 0 {
			lines[n-1] += " …"
		}
	}
	return lines
}

// headOf returns the longest prefix of s that takes at most w cells, and at
// least one rune.
func headOf(s string, w int) string {
	used := 0
	for i, r := range s {
		_, n := printable(r)
		if used+n > w && i > 0 {
			return s[:i]
		}
		used += n
	}
	return s
}
