package tui

import (
	"fmt"
	"slices"

	"brink/probe"
	"brink/tui/draw"
	"brink/tui/theme"
)

// row is a line of the findings panel: a number with its interval, or, when
// value is empty, a remark. rank says what goes first when there is no room:
// the highest.
type row struct {
	label           string
	value, interval string
	remark          string
	style           draw.Style
	confidence      float64 // drawn as a bar when above zero
	rank            int
	more            bool // the next row goes on with the remark
	on              bool // goes on with the remark of the row before
}

// drawFindings shows what is known of the limits: each number with its interval,
// how certain it is and what was claimed. What was not tried is said to be so.
func drawFindings(g *draw.Grid, r draw.Rect, s *snapshot) {
	verdict, st := fmt.Sprintf("%d so far", len(s.limits)), theme.Dim
	if s.report != nil {
		verdict, st = string(s.report.Verdict), theme.Strong
	}
	if s.failure() != nil {
		verdict, st = "failed", theme.Refused
	}
	in := g.Box(r, theme.Border, theme.Title, "findings", draw.Span{Text: verdict, Style: st}).Pad(1)
	if f := s.failure(); f != nil {
		drawFailure(g, in, f)
		return
	}
	for i, row := range fit(findingRows(s, in.W), in.H) {
		drawRow(g, draw.Rect{X: in.X, Y: in.Y + i, W: in.W, H: 1}, row)
	}
}

// The columns of the panel.
const (
	labelWidth    = 9
	valueWidth    = 10
	intervalWidth = 12
)

func drawRow(g *draw.Grid, r draw.Rect, row row) {
	g.Text(r.X, r.Y, labelWidth-1, theme.Dim, row.label)
	_, r = r.SplitLeft(labelWidth)
	if row.remark != "" {
		if row.confidence > 0 {
			r.W -= 5
			g.TextRight(r.X, r.Y, r.W+5, theme.Plain, percent(row.confidence))
		}
		g.Text(r.X, r.Y, r.W, row.style, row.remark)
		return
	}
	g.Text(r.X, r.Y, valueWidth-1, theme.Strong, row.value)
	_, r = r.SplitLeft(valueWidth)
	g.Text(r.X, r.Y, intervalWidth-1, theme.Plain, row.interval)
	_, r = r.SplitLeft(intervalWidth)
	if row.confidence > 0 && r.W >= 4 {
		draw.Bar(g, r.X, r.Y, r.W-5, row.confidence, theme.Own, theme.Border)
		g.TextRight(r.X, r.Y, r.W, theme.Strong, percent(row.confidence))
	}
}

func drawFailure(g *draw.Grid, r draw.Rect, f *probe.Failure) {
	y := r.Y
	for i, text := range [...]string{f.Message, f.Hint} {
		for _, line := range draw.WrapMax(text, r.W, r.Y+r.H-y) {
			g.Text(r.X, y, r.W, [...]draw.Style{theme.Refused, theme.Plain}[i], line)
			y++
		}
	}
}

// findingRows lists everything there is to say, most of it optional. Lines that
// can be long are wrapped to w cells.
func findingRows(s *snapshot, w int) []row {
	var rows []row
	seen := map[string]bool{}
	for i, l := range s.limits {
		rows = append(rows, limitRows(l, i, w)...)
		for _, n := range numbersOf(l) {
			seen[n.name] = true
		}
	}
	for i, q := range quantities {
		if !seen[q[0]] {
			rows = append(rows, row{label: q[0], remark: s.untested(q[1]), style: theme.Dim, rank: 1 + i})
		}
	}
	if s.report != nil {
		rows = append(rows, otherRows(s.report, w)...)
	}
	return rows
}

// limitRows describes one limit. The numbers of the first rank before those of
// the second.
func limitRows(l probe.Limit, index, w int) []row {
	var rows []row
	base := 10 * index
	for i, n := range numbersOf(l) {
		r := row{label: n.name, value: n.value, interval: n.interval, rank: base}
		if i == 0 {
			r.confidence = l.Confidence
		}
		rows = append(rows, r)
	}
	kind := row{label: "kind", remark: words(l.Kind), style: theme.Strong, rank: base}
	if l.Alignment != "" && l.Alignment != "unknown" {
		kind.remark += ", " + words(l.Alignment) + " aligned"
	}
	if len(rows) == 0 {
		kind.confidence = l.Confidence
	}
	rows = slices.Insert(rows, min(1, len(rows)), kind)
	rows = append(rows, claimRows(l, base, w)...)
	if len(l.Alternatives) > 0 {
		text := ""
		for _, a := range l.Alternatives {
			text += fmt.Sprintf("%s %s  ", words(a.Kind), percent(a.Probability))
		}
		rows = append(rows, row{label: "or else", remark: text, style: theme.Dim, rank: base + 20})
	}
	for i, e := range l.Evidence {
		label := ""
		if i == 0 {
			label = "because"
		}
		rows = append(rows, wrapped(row{label: label, remark: e.Text, style: theme.Dim, rank: base + 30 + i}, w)...)
	}
	return rows
}

// claimRows compares with what the documentation and the headers say.
func claimRows(l probe.Limit, base, w int) []row {
	if l.Claimed == nil {
		return nil
	}
	verdict, st := "", theme.Plain
	if l.Agrees != nil {
		verdict = "agrees: "
		if !*l.Agrees {
			verdict, st = "DISAGREES: ", theme.Warn
		}
	}
	text := ""
	if l.Claimed.Profile != "" {
		text = l.Claimed.Profile + " (docs)"
	}
	if l.Claimed.Headers != "" {
		if text != "" {
			text += ", "
		}
		text += l.Claimed.Headers + " (headers)"
	}
	if text == "" {
		return nil
	}
	return wrapped(row{label: "claimed", remark: verdict + text, style: st, rank: base + 5}, w)
}

// wrapped breaks a remark into rows of w cells. What follows the first is the
// first to go.
func wrapped(r row, w int) []row {
	var rows []row
	lines := draw.Wrap(r.remark, w-labelWidth)
	for i, line := range lines {
		part := r
		part.remark = line
		part.more, part.on = i+1 < len(lines), i > 0
		if i > 0 {
			part.label, part.rank = "", r.rank+25
		}
		rows = append(rows, part)
	}
	return rows
}

// untested says of a quantity that has no number why it has none.
func (s *snapshot) untested(what string) string {
	if s.report == nil {
		return "not yet tested"
	}
	for _, r := range s.report.NotReached {
		if r.What == what {
			return "not reached up to " + decimal(r.UpTo, 1)
		}
	}
	for _, t := range s.report.NotTested {
		if t.What == what {
			return notTested(t)
		}
	}
	return "none found"
}

// otherRows are the advice and what was left out of quantities that have no line
// of their own.
func otherRows(r *probe.Report, w int) []row {
	var rows []row
	if r.Advice != nil {
		rows = append(rows, wrapped(row{label: "advice", remark: r.Advice.String(), style: theme.Plain, rank: 12}, w)...)
	}
	for _, t := range r.NotTested {
		if !slices.ContainsFunc(quantities[:], func(q [2]string) bool { return q[1] == t.What }) {
			rows = append(rows, wrapped(row{label: words(t.What), remark: notTested(t), style: theme.Dim, rank: 15}, w)...)
		}
	}
	return rows
}

func notTested(t probe.NotTested) string {
	text := "not tested"
	if t.Why != "" {
		text += ": " + t.Why
	}
	if t.Documented != "" {
		text += " (documented: " + t.Documented + ")"
	}
	return text
}

// fit drops rows of the highest rank, the last first, until h remain. A remark
// that loses its end shows that.
func fit(rows []row, h int) []row {
	for len(rows) > max(0, h) {
		worst := 0
		for i, r := range rows {
			if r.rank >= rows[worst].rank {
				worst = i
			}
		}
		rows = slices.Delete(rows, worst, worst+1)
	}
	for i := range rows {
		if rows[i].more && (i+1 == len(rows) || !rows[i+1].on) {
			rows[i].remark += " …"
		}
	}
	return rows
}
