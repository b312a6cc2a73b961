package report

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"

	"brink/probe"
	"brink/probe/load"
)

// WriteFireText writes the report as a person reads it: what came back, as a
// sentence, as a table and as a picture, and what it cost.
func WriteFireText(w io.Writer, r *probe.FireReport, s Style) error {
	p := &page{Style: s}
	p.heading(fireVerdict(r))
	p.line("%s", Printable(target(r.Target)))
	if r.Spent.Requests == 0 {
		_, err := io.WriteString(w, p.String())
		return err
	}
	p.line("")
	p.outcomes(r)
	if len(r.Queue) > 2 {
		p.line("")
		p.waiting(r.Queue, r.Accepted.Delayed)
	}
	if len(r.PerSecond) > 1 && r.Accepted.Delayed < r.Spent.Requests/2 {
		p.line("")
		p.seconds(r.PerSecond)
	}
	p.line("")
	p.cost(r.Spent, probe.Budget{}, r.LatencyMS.FromDue, r.LatenessMS)
	_, err := io.WriteString(w, p.String())
	return err
}

// fireVerdict is what came back in one sentence.
func fireVerdict(r *probe.FireReport) string {
	if r.Failure != nil {
		return "failed: " + r.Failure.Message
	}
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(r.Accepted.AtOnce, "passed at once")
	add(r.Accepted.Delayed, "delayed")
	add(r.Refused, "refused")
	add(r.Denied, "denied")
	add(r.Failed, "failed")
	if len(parts) == 0 {
		parts = []string{"nothing was sent"}
	}
	s := r.Load + ": " + strings.Join(parts, ", ")
	if r.StopReason != "" {
		s += "; stopped: " + r.StopReason
	}
	return s
}

// outcomes is the table of what became of the requests.
func (p *page) outcomes(r *probe.FireReport) {
	row := func(what string, n int, remark string) {
		p.line("%s", strings.TrimRight(fmt.Sprintf("  %-*s%5d   %s", labelWidth, what, n, Printable(remark)), " "))
	}
	atOnce := ""
	if r.Accepted.AtOnce > 0 {
		atOnce = fmt.Sprintf("in %s", milliseconds(r.Accepted.AtOnceMS))
	}
	if odd := oddStatuses(r.Statuses); odd != "" {
		atOnce = strings.TrimPrefix(atOnce+"; "+odd, "; ")
	}
	row("passed at once", r.Accepted.AtOnce, atOnce)
	delayed := ""
	if d := r.DelayS; d != nil {
		delayed = fmt.Sprintf("the first started after %.2f s, the last after %.2f s", d.First, d.Last)
	}
	row("delayed", r.Accepted.Delayed, delayed)
	row("refused", r.Refused, refusals(r))
	if r.Denied > 0 {
		row("denied", r.Denied, "status 401 or 403: the credential")
	}
	if r.Failed > 0 {
		row("failed", r.Failed, failures(r.Statuses))
	}
	for _, n := range r.NotSent {
		row("not sent", n.Count, n.Reason)
	}
}

// oddStatuses names what an API answers to a request that is not right, though
// no limiter turned it away: a wrong path must not look like the lack of a limit.
func oddStatuses(statuses []probe.StatusCount) string {
	var parts []string
	for _, s := range statuses {
		if s.Status >= 300 && s.Status < 500 && load.Classify(s.Status, nil) == load.Accepted {
			parts = append(parts, fmt.Sprintf("%d answered %d %s", s.Count, s.Status, http.StatusText(s.Status)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "but " + strings.Join(parts, ", ")
}

// refusals tells the statuses and the Retry-After headers of refusals.
func refusals(r *probe.FireReport) string {
	var parts []string
	for _, s := range r.Statuses {
		if r.Refused > 0 && (s.Status == 429 || s.Status == 503) {
			parts = append(parts, fmt.Sprintf("status %d", s.Status))
		}
	}
	var values []string
	for _, v := range r.RetryAfter {
		values = append(values, v.Value)
	}
	switch len(values) {
	case 0:
	case 1:
		parts = append(parts, "Retry-After: "+values[0])
	default:
		parts = append(parts, fmt.Sprintf("Retry-After: %s to %s", values[0], values[len(values)-1]))
	}
	return strings.Join(parts, ", ")
}

func failures(statuses []probe.StatusCount) string {
	var parts []string
	for _, s := range statuses {
		switch {
		case s.Status == 0:
			parts = append(parts, fmt.Sprintf("no answer %d times", s.Count))
		case s.Status >= 500:
			parts = append(parts, fmt.Sprintf("status %d %d times", s.Status, s.Count))
		}
	}
	return strings.Join(parts, ", ")
}

const (
	chartWidth  = 60
	chartHeight = 8
)

// eighths fill a cell from below.
var eighths = []rune(" ▁▂▃▄▅▆▇█")

// waiting draws how many requests were held in the API's queue over time, and
// tells how fast it drained. The queue holds the delayed requests, or evenly
// chosen ones of them where they are many.
func (p *page) waiting(queue []probe.Queued, delayed int) {
	each := float64(max(delayed, len(queue))) / float64(len(queue))
	first, end := queue[0].SentS, 0.0
	for _, q := range queue {
		first = min(first, q.SentS)
		end = max(end, q.SentS+q.DelayS)
	}
	var held [chartWidth]int
	most := 0
	for x := range held {
		t := first + (end-first)*(float64(x)+0.5)/chartWidth
		for _, q := range queue {
			if q.SentS <= t && t < q.SentS+q.DelayS {
				held[x]++
			}
		}
		held[x] = int(math.Round(each * float64(held[x])))
		most = max(most, held[x])
	}
	// A queue's releases are evenly spaced: n of them make n-1 gaps.
	started := func(q probe.Queued) float64 { return q.SentS + q.DelayS }
	n := len(queue)
	p.line("  held back by the API, drained at %s/s",
		decimal(each*float64(n-1)/max(1e-6, started(queue[n-1])-started(queue[0]))))
	for y := chartHeight - 1; y >= 0; y-- {
		label := ""
		switch y {
		case chartHeight - 1:
			label = fmt.Sprint(most)
		case chartHeight/2 - 1:
			label = fmt.Sprint(most / 2)
		}
		row := make([]rune, chartWidth)
		for x, h := range held {
			filled := h*chartHeight*8/max(1, most) - y*8
			row[x] = eighths[min(max(filled, 0), 8)]
		}
		p.line("  %5s ┤%s", label, strings.TrimRight(string(row), " "))
	}
	p.line("  %5d ┼%s", 0, strings.Repeat("─", chartWidth))
	p.line("  %5s  %-*s%.2f s", "", chartWidth-4, fmt.Sprintf("%.0f s", first), end)
}

// seconds draws what came back in each second, or in each few.
func (p *page) seconds(each []probe.SecondCounts) {
	const rows = 15
	step := (len(each) + rows - 1) / rows
	var sums []probe.SecondCounts
	most := 1
	for i, c := range each {
		if i%step == 0 {
			sums = append(sums, probe.SecondCounts{S: c.S})
		}
		s := &sums[len(sums)-1]
		s.AtOnce += c.AtOnce
		s.Delayed += c.Delayed
		s.Refused += c.Refused
		s.Failed += c.Failed
		most = max(most, s.AtOnce+s.Delayed+s.Refused+s.Failed)
	}
	unit := "second"
	if step > 1 {
		unit = fmt.Sprintf("%d seconds", step)
	}
	p.line("  answers in each %s:  █ at once  ▒ delayed  ░ refused  × failed", unit)
	for _, s := range sums {
		bar, so, drawn := "", 0, 0
		for _, part := range []struct {
			n    int
			fill string
		}{{s.AtOnce, "█"}, {s.Delayed, "▒"}, {s.Refused, "░"}, {s.Failed, "×"}} {
			so += part.n // ends are rounded, not lengths: the whole stays to scale
			to := (so*(chartWidth-16) + most/2) / most
			bar += strings.Repeat(part.fill, to-drawn)
			drawn = to
		}
		p.line("  %4d s ┤%s %d", s.S, bar, so)
	}
}
