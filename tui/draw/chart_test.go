package draw

import (
	"math"
	"strings"
	"testing"
)

var testClasses = []Class{{Glyph: '█', Eighths: true}, {Glyph: '▒'}, {Glyph: '░'}, {Glyph: '!'}}

func lines(g *Grid) string { return strings.ReplaceAll(g.String(), "\n", "|") }

func TestStackDrawsEveryClass(t *testing.T) {
	g := grid(7, 4)
	Stack{
		Classes: testClasses,
		Columns: [][4]float64{
			{4},            // alone, it is drawn to an eighth
			{2.25},         //
			{0.001},        // whatever there is, shows
			{2, 1, 1},      // classes on each other
			{3.9, 0, 0.01}, // a rare refusal takes a cell of the others, not of the sum
			{4, 4},         // beyond the top
			{1, 1, 1, 0.1}, //
		},
		Top: 4,
	}.Draw(g, g.Bounds())
	want := strings.Join([]string{
		"█  ░░▲!",
		"█▂ ▒█▒░",
		"██ ███▒",
		"██▁████",
	}, "|")
	if got := lines(g); got != want {
		t.Errorf("got\n%s\nwant\n%s", strings.ReplaceAll(got, "|", "\n"), strings.ReplaceAll(want, "|", "\n"))
	}
}

func TestLimitLineIsLevelWithABarOfItsHeight(t *testing.T) {
	for _, limit := range []float64{0.5, 1, 2.5, 3, 9.9, 10} {
		g := grid(2, 7)
		s := Stack{Classes: testClasses, Columns: [][4]float64{{limit}}, Top: 10}
		s.Draw(g, g.Bounds())
		y := s.Line(g, g.Bounds(), limit, 0)
		if g.Rune(1, y) != '┄' || g.Rune(0, y) == '┄' || g.Rune(0, y-1) != ' ' && y > 0 {
			t.Errorf("limit %v: line in row %d of\n%s", limit, y, g)
		}
	}
	if y := (Stack{Top: 10}).Line(grid(2, 2), Rect{0, 0, 2, 2}, 11, 0); y != -1 {
		t.Errorf("a limit above the chart: row %d, want none", y)
	}
}

func TestLineJoinsItsPoints(t *testing.T) {
	g := grid(3, 2)
	Line(g, g.Bounds(), []float64{0, 7, 7, 0, math.NaN(), 3}, 7, 0)
	if got, want := lines(g), "⢸⢱ |⡸⢸⠈"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBarShowsTheExtremesExactly(t *testing.T) {
	for share, want := range map[float64]string{
		0: "────", 0.01: "━───", 0.5: "━━──", 0.99: "━━━─", 1: "━━━━", math.NaN(): "────",
	} {
		g := grid(4, 1)
		Bar(g, 0, 0, 4, share, 0, 0)
		if got := g.String(); got != want {
			t.Errorf("%v: got %q, want %q", share, got, want)
		}
	}
}

func TestNiceCeil(t *testing.T) {
	for v, want := range map[float64]float64{
		0: 1, -3: 1, math.NaN(): 1, math.Inf(1): 1,
		0.7: 0.8, 1: 1, 1.2: 1.5, 45: 50, 61: 80, 99: 100, 1000: 1000,
	} {
		if got := NiceCeil(v); math.Abs(got-want) > 1e-9 {
			t.Errorf("NiceCeil(%v) = %v, want %v", v, got, want)
		}
	}
}

func TestNumberFitsTheAxis(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.25: "0.25", 9.951: "9.95", 15: "15", 128.4: "128", 9999: "9999", 12500: "12.5k", 250000: "250k", 2.5e6: "2.5M",
	} {
		if got := Number(v); got != want {
			t.Errorf("Number(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestDensityShowsOneAmongMany(t *testing.T) {
	for _, test := range []struct {
		n, most int
		want    rune
	}{{0, 10, ' '}, {1, 1, '▒'}, {1, 1000, '·'}, {1000, 1000, '█'}} {
		if got := Density(test.n, test.most); got != test.want {
			t.Errorf("Density(%d, %d) = %c, want %c", test.n, test.most, got, test.want)
		}
	}
}

func TestAxisHasEvenSteps(t *testing.T) {
	for _, test := range []struct {
		top  float64
		h    int
		want string
	}{
		{1, 27, "1 0.8 0.6 0.4 0.2 0"}, // not 0 to 0.9
		{1, 6, "1 0.5 0"},
		{1, 2, "1 0"},
		{1.5, 12, "1.5 1 0.5 0"},
		{50, 7, "50 25 0"},
		{15, 10, "15 10 5 0"},
		{40, 4, "40 0"},
		{130, 9, "130 0"},
		{200, 14, "200 150 100 50 0"},
	} {
		g := grid(6, test.h)
		AxisY(g, g.Bounds(), test.top, 0)
		if got := strings.Join(strings.FieldsFunc(g.String(), func(r rune) bool { return strings.ContainsRune(" \n│┤┐", r) }), " "); got != test.want {
			t.Errorf("0 to %v in %d rows: got %s, want %s", test.top, test.h, got, test.want)
		}
	}
}
