package tui

import (
	"cmp"
	"slices"
	"strconv"

	"brink/probe/load"
	"brink/tui/draw"
	"brink/tui/theme"
)

// drawAnswers is what a named load shows in place of findings: the schedule,
// and how many requests came back how.
func drawAnswers(g *draw.Grid, r draw.Rect, s *snapshot) {
	in := g.Box(r, theme.Border, theme.Title, "answers",
		draw.Span{Text: integer(s.count.finished), Style: theme.Strong}).Pad(1)
	if f := s.failure(); f != nil {
		drawFailure(g, in, f)
		return
	}
	y := in.Y
	for _, line := range draw.WrapMax(s.start.Load, in.W, in.H-2) {
		g.Text(in.X, y, in.W, theme.Dim, line)
		y++
	}
	answers := slices.Clone(s.answers)
	slices.SortStableFunc(answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(a.class(), b.class()), cmp.Compare(a.status, b.status))
	})
	for _, a := range answers {
		if y >= in.Y+in.H {
			break
		}
		drawAnswer(g, draw.Rect{X: in.X, Y: y, W: in.W, H: 1}, a, s.count.finished)
		y++
	}
	if s.fire != nil {
		for _, left := range s.fire.NotSent[:min(len(s.fire.NotSent), max(0, in.Y+in.H-y))] {
			g.Text(in.X, y, in.W, theme.Warn, "not sent "+integer(left.Count)+": "+left.Reason)
			y++
		}
	}
	if len(answers) == 0 && y < in.Y+in.H {
		g.Text(in.X, y, in.W, theme.Dim, "no answer yet")
	}
}

func drawAnswer(g *draw.Grid, r draw.Rect, a answer, total int) {
	const nameWidth, countWidth, shareWidth = 16, 7, 5
	class := layers[a.class()]
	g.Text(r.X, r.Y, nameWidth-1, theme.Plain, a.name())
	_, r = r.SplitLeft(nameWidth)
	g.TextRight(r.X, r.Y, countWidth, theme.Strong, integer(a.n))
	_, r = r.SplitLeft(countWidth + 1)
	g.TextRight(r.X, r.Y, r.W, theme.Dim, percent(float64(a.n)/float64(max(total, 1))))
	bar := r.W - shareWidth
	draw.Run(g, r.X, r.Y, draw.Cells(a.n, total, bar), class.Glyph, class.Style)
}

// class is the layer of the rate chart that counts the answer.
func (a answer) class() int {
	switch {
	case a.outcome == load.Accepted && a.queued:
		return 1
	case a.outcome == load.Accepted:
		return 0
	case a.outcome == load.Refused:
		return 2
	}
	return 3
}

// name is the outcome and the status, e.g. "delayed 200" or "failed".
func (a answer) name() string {
	name := a.outcome.String()
	if a.queued {
		name = "delayed"
	}
	if a.status != 0 {
		name += " " + strconv.Itoa(a.status)
	}
	return name
}
