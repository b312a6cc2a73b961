package tui

import (
	"math"
	"time"

	"brink/probe/metric"
	"brink/tui/draw"
	"brink/tui/theme"
)

// axisWidth is what a chart's vertical scale takes, so that the time axes of
// charts above each other agree.
const axisWidth = 6

// layers are the classes of the rate chart, from the bottom up. The glyphs mean
// the same wherever they appear.
var layers = []draw.Class{
	{Glyph: '█', Style: theme.OK, Eighths: true},
	{Glyph: '▒', Style: theme.Queued},
	{Glyph: '░', Style: theme.Refused},
	{Glyph: '!', Style: theme.Failed},
}

// drawRateChart shows the answers per second over the whole run.
func drawRateChart(g *draw.Grid, r draw.Rect, s *snapshot) {
	spans := rateLegend(s)
	limit := s.limitLine()
	if limit > 0 {
		spans = append(spans, draw.Span{Text: "  ┄", Style: theme.Limit}, draw.Span{Text: " limit " + draw.Number(limit), Style: theme.Plain})
		if draw.SpansWidth(spans...) > r.W-19 { // beside the title; the scale names it, too
			spans = spans[:len(spans)-2]
		}
	}
	in := g.Box(r, theme.Border, theme.Title, "requests/s", spans...)
	scale, plot := in.SplitLeft(axisWidth)
	if plot.H < 2 || plot.W < 1 {
		return
	}
	plot, times := plot.SplitTop(plot.H - 1)
	scale, _ = scale.SplitTop(plot.H)

	line := newTimeline(s.elapsed, s.binWidth, plot.W)
	stack := draw.Stack{Classes: layers, Columns: rateColumns(s.bins, line)}
	stack.Top = chartTop(stack.Columns, limit)
	draw.AxisY(g, scale, stack.Top, theme.Dim)
	stack.Draw(g, plot)
	if y := stack.Line(g, plot, limit, theme.Limit); y >= 0 {
		draw.Run(g, scale.X, y, scale.W, ' ', theme.Plain)
		g.TextRight(scale.X, y, scale.W-1, theme.Limit, draw.Number(limit))
		g.Set(scale.X+scale.W-1, y, '┄', theme.Limit)
	}
	line.labels(g, times, theme.Dim)
	if s.count.finished == 0 {
		waiting(g, plot, s)
	}
}

// rateLegend names the layers with the answers of the last second, or, of a run
// that is over, with all there were.
func rateLegend(s *snapshot) []draw.Span {
	spans := make([]draw.Span, 0, 12)
	last := rateAt(s.bins, s.binWidth, int(s.elapsed/max(1, s.binWidth)))
	total := [...]int{s.count.accepted - s.count.queued, s.count.queued, s.count.refused, s.count.failed}
	gap := ""
	if s.done {
		spans, gap = append(spans, draw.Span{Text: "in all", Style: theme.Dim}), "  "
	}
	for i, name := range [...]string{" ok ", " queued ", " refused ", " failed "} {
		if i == 3 && s.count.failed == 0 {
			continue
		}
		n := draw.Number(last[i])
		if s.done {
			n = integer(total[i])
		}
		spans = append(spans, draw.Span{Text: gap + string(layers[i].Glyph), Style: layers[i].Style}, draw.Span{Text: name + n, Style: theme.Plain})
		gap = "  "
	}
	return spans
}

// waiting says why a chart is empty.
func waiting(g *draw.Grid, r draw.Rect, s *snapshot) {
	text := "waiting for the first answer"
	if s.done {
		text = "no request was answered"
	}
	c := r.Center(draw.Width(text), 1)
	g.Text(c.X, c.Y, c.W, theme.Dim, text)
}

// rateAt is the answers in the second that ends with bin end (exclusive), by
// layer; over a whole bin where bins are longer than a second.
func rateAt(bins []metric.Counts, width time.Duration, end int) [4]float64 {
	n := max(1, int((time.Second+width-1)/max(1, width)))
	return rateOver(bins, width, end, n)
}

// rateOver averages the n bins before end.
func rateOver(bins []metric.Counts, width time.Duration, end, n int) [4]float64 {
	var sum metric.Counts
	for _, b := range bins[min(max(0, end-n), len(bins)):min(max(0, end), len(bins))] {
		sum.Add(b)
	}
	seconds := (time.Duration(n) * width).Seconds()
	return [4]float64{
		float64(sum.OK) / seconds, float64(sum.Queued) / seconds,
		float64(sum.Refused) / seconds, float64(sum.Failed) / seconds,
	}
}

// rateColumns gives each column of a timeline its rate: the answers of the second
// before, which is what a limit per second speaks of, on average over the column;
// from a second on, a column shows just its own average. Requests answered at
// one instant thus make a plateau a second long and as high as they are many,
// not a needle: averaged over 100 ms, 30 answers would be 300/s, and the scale
// would hide a limit of 15/s beside it. In the first second of the run, what is
// missing before the start counts as zero, for dividing by the time gone would
// be the same needle. Each answer shows for one second in all, so the area of
// the chart is the number of answers, however wide the columns are.
func rateColumns(bins []metric.Counts, line timeline) [][4]float64 {
	second := int((time.Second + line.bin - 1) / line.bin)
	cols := make([][4]float64, min(line.used, line.cols))
	for c := range cols {
		from, to := c*line.per, (c+1)*line.per
		if line.per >= second {
			cols[c] = rateOver(bins, line.bin, to, line.per)
			continue
		}
		for i := max(0, from-second+1); i < min(to, len(bins)); i++ {
			// The ends of a second that the column holds and the bin counts for.
			ends := min(to, i+second) - max(from, i)
			weight := float64(ends) / (float64(line.per*second) * line.bin.Seconds())
			b := bins[i]
			for k, n := range [...]int{b.OK, b.Queued, b.Refused, b.Failed} {
				cols[c][k] += weight * float64(n)
			}
		}
	}
	return cols
}

// chartTop chooses the top of the scale. A burst can be a hundred times the
// limit: it is cut rather than let it flatten everything else.
func chartTop(cols [][4]float64, limit float64) float64 {
	most := 0.0
	for _, c := range cols {
		most = max(most, c[0]+c[1]+c[2]+c[3])
	}
	if limit > 0 {
		most = min(max(most, 1.2*limit), 5*limit)
	}
	return draw.NiceCeil(math.Max(most, 1))
}
