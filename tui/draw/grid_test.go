package draw

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/lipgloss"
)

func grid(w, h int) *Grid {
	g := &Grid{}
	g.Resize(w, h)
	return g
}

func TestTextIsCutToItsWidth(t *testing.T) {
	tests := []struct {
		text string
		w    int
		want string
	}{
		{"limit", 8, "limit   "},
		{"limit", 5, "limit   "},
		{"limits", 5, "limi…   "},
		{"limit", 1, "…       "},
		{"limit", 0, "        "},
		{"日本語", 6, "日本語  "},
		{"日本語", 5, "日本…   "},
		{"日本語", 4, "日…     "}, // the second would end beyond the cut
		{"e\u0301te\u0301", 3, "ete     "},
		{"a\tb\r\nc", 8, "a b  c  "},
	}
	for _, test := range tests {
		g := grid(8, 1)
		g.Text(0, 0, test.w, 0, test.text)
		if got := g.String(); got != test.want {
			t.Errorf("%q in %d cells: got %q, want %q", test.text, test.w, got, test.want)
		}
	}
}

// What a server sends must not steer the terminal.
func TestNoControlCharacterReachesTheTerminal(t *testing.T) {
	var every strings.Builder
	for r := range rune(0x3000) {
		every.WriteRune(r)
	}
	for _, text := range []string{
		"\x1b[2J\x1b]0;title\x07", "\u009b31m", "a\x00b\x7f", "\u202egpj.exe", "\xff\xfe",
		"\U0001F1E9\U0001F1EA flag", "\U0001F44D\U0001F3FD", "\U0001F468\u200d\U0001F469", every.String(),
	} {
		w := Width(text) + 1
		g := grid(w, 1)
		g.Text(0, 0, w, 0, text)
		got := g.Render([]string{""})
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%.20q: %U got through", text, r)
			}
		}
		if len(text) < 100 && lipgloss.Width(got) != w {
			t.Errorf("%q: %q is %d cells, want %d", text, got, lipgloss.Width(got), w)
		}
	}
}

func TestOverwritingHalfOfAWideRuneKeepsTheWidth(t *testing.T) {
	for x := range 6 {
		g := grid(6, 1)
		g.Text(0, 0, 6, 0, "日本語")
		g.Set(x, 0, 'x', 0)
		if got := g.Render([]string{""}); lipgloss.Width(got) != 6 {
			t.Errorf("x at %d: %q is %d cells wide", x, got, lipgloss.Width(got))
		}
	}
	g := grid(3, 1)
	g.Text(2, 0, 2, 0, "日") // half outside
	if got := g.String(); got != "   " {
		t.Errorf("half a rune at the edge: got %q", got)
	}
}

func TestRenderChangesStylesOnlyWhereTheyChange(t *testing.T) {
	g := grid(8, 2)
	g.Text(0, 0, 8, 1, "ab cd")
	g.Text(5, 0, 3, 2, "ef")
	got := g.Render([]string{"<0>", "<1>", "<2>"})
	if want := "<1>ab cd<2>ef <0>\n        "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDrawingOutsideIsHarmless(t *testing.T) {
	g := grid(4, 2)
	for _, r := range []Rect{{-3, -3, 20, 20}, {2, 1, 9, 9}, {0, 0, -1, -1}, {0, 0, 1, 1}, {9, 9, 2, 2}} {
		g.Box(r, 0, 0, "title", Span{Text: "right"})
		g.Fill(r)
		Line(g, r, []float64{1, 5, 2}, 4, 0)
		Stack{Classes: []Class{{Glyph: '█', Eighths: true}}, Columns: [][4]float64{{3}}, Top: 4}.Draw(g, r)
		AxisY(g, r, 10, 0)
	}
	if got := len([]rune(g.String())); got != 4*2+1 {
		t.Errorf("grid has %d runes after, want 9", got)
	}
}

func TestBoxTitles(t *testing.T) {
	right := Span{Text: "right"}
	for _, test := range []struct {
		w    int
		want string
	}{
		{22, "╭─ title ──── right ─╮"},
		{18, "╭─ title ────────╮"}, // no room for both
		{9, "╭─ ti… ─╮"},
		{4, "╭──╮"},
	} {
		g := grid(test.w, 2)
		in := g.Box(g.Bounds(), 0, 0, "title", right)
		if got := strings.Split(g.String(), "\n")[0]; got != test.want {
			t.Errorf("width %d: got %q, want %q", test.w, got, test.want)
		}
		if in.W != test.w-2 || in.H != 0 {
			t.Errorf("width %d: inside is %v", test.w, in)
		}
	}
}

func TestWrapBreaksBetweenWords(t *testing.T) {
	for _, test := range []struct {
		text string
		w    int
		want string
	}{
		{"one two three", 7, "one two|three"},
		{"unbreakable", 4, "unbr|eaka|ble"},
		{"a\nb", 5, "a|b"},
		{"", 5, ""},
		{"日本語", 4, "日本|語"},
		{"日", 1, "日"},
	} {
		if got := strings.Join(Wrap(test.text, test.w), "|"); got != test.want {
			t.Errorf("%q at %d: got %q, want %q", test.text, test.w, got, test.want)
		}
	}
}

func TestWhatIsLeftOutIsShown(t *testing.T) {
	var g Grid
	g.Resize(5, 1)
	g.Spans(0, 0, 5, Span{Text: "abcde"}, Span{Text: "f"})
	if got := g.String(); got != "abcd…" {
		t.Errorf("got %q", got)
	}
	for n, want := range map[int][]string{0: {}, 1: {"one two …"}, 2: {"one two", "three"}} {
		if got := WrapMax("one two three", 8, n); !slices.Equal(got, want) {
			t.Errorf("%d lines: got %q, want %q", n, got, want)
		}
	}
}
