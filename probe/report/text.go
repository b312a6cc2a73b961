package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"brink/probe"
	"brink/probe/load"
)

// Style says how text is set.
type Style struct{ Color bool }

// bold sets off what the reader should see first. It never carries a meaning of
// its own.
func (s Style) bold(text string) string {
	if !s.Color {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// page collects the lines of a text report.
type page struct {
	strings.Builder
	Style
}

const (
	pageWidth  = 80
	labelWidth = 15
)

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// field writes a label and a text that is wrapped beside it.
func (p *page) field(label, text string) {
	for i, l := range Wrap(Printable(text), pageWidth-labelWidth-2) {
		if i > 0 {
			label = ""
		}
		p.line("  %-*s%s", labelWidth, label, l)
	}
}

// heading writes a line in bold, or as many as it takes.
func (p *page) heading(text string) {
	for _, l := range Wrap(Printable(text), pageWidth) {
		p.line("%s", p.bold(l))
	}
}

// WriteText writes the report as a person reads it: the answer first, then the
// numbers, what was not found out, what it cost, and what to do with it.
func WriteText(w io.Writer, r *probe.Report, s Style) error {
	p := &page{Style: s}
	p.heading(verdict(r))
	p.line("%s", Printable(target(r.Target)))
	for _, l := range r.Limits {
		p.line("")
		p.limit(l, len(r.Limits) > 1)
	}
	if len(r.NotReached) > 0 {
		if len(r.Limits) == 0 {
			p.line("")
		}
		for _, n := range r.NotReached {
			p.field(quantity(n.What), "not reached up to "+reach(n))
		}
	}
	if len(r.Limits) > 1 && r.Refusal.Form != "none" {
		p.line("")
	}
	p.behavior(r)
	p.untested(r)
	p.evidence(r)
	p.line("")
	p.cost(r.Spent, r.Budget, r.LatencyMS, r.LatenessMS)
	if r.Advice != nil {
		p.line("")
		p.advice(*r.Advice)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// verdict is the answer in one sentence.
func verdict(r *probe.Report) string {
	var heads []string
	for _, l := range r.Limits {
		heads = append(heads, headline(l))
	}
	found := strings.Join(heads, "; ")
	switch {
	case r.Failure != nil:
		return "failed: " + r.Failure.Message
	case r.Verdict == probe.Limited:
		return "limited: " + found
	case r.Verdict == probe.Unlimited:
		var tried []string
		for _, n := range r.NotReached {
			tried = append(tried, strings.TrimSuffix(reach(n)+" "+unitOf(n.What), " "))
		}
		if len(tried) == 0 {
			return "unlimited: no limit met"
		}
		return "unlimited: no limit met up to " + strings.Join(tried, " and ")
	}
	s := string(r.Verdict)
	if r.StopReason != "" {
		s += ": " + r.StopReason
	}
	if found != "" {
		s += "; likely " + found
	}
	return s
}

func target(t probe.Target) string {
	s := t.Method + " " + t.URL
	if t.Profile == "" {
		return s
	}
	name := t.Profile
	if t.Plan != "" {
		name += ":" + t.Plan
	}
	if t.Mock {
		return s + " (the mock of " + name + ")"
	}
	return s + " (" + name + ")"
}

// limit writes the numbers of one limit as a table.
func (p *page) limit(l probe.Limit, several bool) {
	if several {
		p.line("%s, %s sure", kind(l.Kind), percent(l.Confidence))
	}
	p.line("  %-*s%-13s%s", labelWidth, "", "measured", "95 % interval")
	row := func(label string, m *probe.Measured, format func(float64) string, unit string) {
		if m == nil {
			return
		}
		interval := format(m.Low) + " – " + format(m.High)
		if m.Low == m.High {
			interval = "exact"
		}
		p.line("%s", strings.TrimRight(fmt.Sprintf("  %-*s%-13s%s", labelWidth, label, format(m.Value)+unit, interval), " "))
	}
	if l.RatePerS != nil {
		m, unit := scaled(*l.RatePerS)
		row("rate", &m, decimal, unit)
	}
	row("limit", l.Limit, whole, " requests")
	row("window", l.WindowS, decimal, " s")
	row("burst", l.Burst, whole, "")
	row("queue depth", l.QueueDepth, whole, "")
	row("concurrency", l.Concurrency, whole, "")
	if l.Alignment != "" && l.Alignment != "unknown" {
		p.field("aligned to", alignment(l.Alignment))
	}
	if !several {
		p.field("kind", fmt.Sprintf("%s, %s sure", kind(l.Kind), percent(l.Confidence)))
	}
	if others := alternatives(l.Alternatives); others != "" {
		p.field("or else", others)
	}
	if c := l.Claimed; c != nil {
		p.claim("documented", c.Profile, l.Agrees)
		p.claim("headers say", c.Headers, l.Agrees)
	}
}

func (p *page) claim(who, what string, agrees *bool) {
	switch {
	case what == "":
	case agrees == nil:
		p.field(who, what)
	case *agrees:
		p.field(who, what+": agrees")
	default:
		p.field(who, what+": DISAGREES")
	}
}

// behavior tells how the API turns requests away.
func (p *page) behavior(r *probe.Report) {
	switch f := r.Refusal; f.Form {
	case "http":
		s := "status " + numbers(f.Statuses)
		if f.RetryAfter != "" {
			s += ", Retry-After: " + f.RetryAfter
		} else {
			s += ", no Retry-After"
		}
		p.field("refuses with", s)
	case "connection_closed":
		p.field("refuses by", "closing the connection")
	case "delayed":
		p.field("refuses", "nothing: it delays")
	}
	if r.RefusedCallsCount != nil {
		p.field("refused calls", map[bool]string{
			true:  "count against the limit: a client that retries at once stays locked out",
			false: "do not count against the limit",
		}[*r.RefusedCallsCount])
	}
	for _, s := range r.Scope {
		shared := "not known whether shared"
		if s.Shared != nil {
			shared = map[bool]string{true: "shared", false: "not shared"}[*s.Shared]
		}
		p.field("scope", strings.ReplaceAll(s.Attribute, "_", " ")+": "+shared+" ("+s.Evidence+")")
	}
}

// untested tells what stays open.
func (p *page) untested(r *probe.Report) {
	if len(r.NotTested) == 0 {
		return
	}
	p.line("\nnot tested")
	for _, n := range r.NotTested {
		text := n.Why
		if n.Documented != "" {
			text += "; documented, not measured: " + n.Documented
		}
		p.field(quantity(n.What), text)
	}
}

// evidence tells why to believe the answer, and what else was noticed.
func (p *page) evidence(r *probe.Report) {
	var why []string
	for _, l := range r.Limits {
		for _, e := range l.Evidence {
			why = append(why, e.Text)
		}
	}
	p.bullets("because", why)
	p.bullets("notes", r.Notes)
}

func (p *page) bullets(heading string, texts []string) {
	if len(texts) == 0 {
		return
	}
	p.line("\n%s", heading)
	for _, t := range texts {
		bullet := "- "
		for _, l := range Wrap(Printable(t), pageWidth-4) {
			p.line("  %s%s", bullet, l)
			bullet = "  "
		}
	}
}

// cost tells what the run spent of its budget, and how well it kept time.
func (p *page) cost(s probe.Spent, b probe.Budget, latency, late probe.Quantiles) {
	parts := []string{fmt.Sprintf("%d accepted", s.Accepted), fmt.Sprintf("%d refused", s.Refused)}
	if s.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", s.Failed))
	}
	text := fmt.Sprintf("%s (%s) in %.1f s", count(s.Requests, "request"), strings.Join(parts, ", "), s.ElapsedS)
	if most := budget(b); most != "" {
		text += " of a budget of " + most
	}
	p.field("spent", text)
	if latency.Max > 0 {
		p.field("latency", fmt.Sprintf("p50 %s, p90 %s, p99 %s, max %s",
			milliseconds(latency.P50), milliseconds(latency.P90), milliseconds(latency.P99), milliseconds(latency.Max)))
		p.field("brink's own", fmt.Sprintf("requests left late by p50 %s, p99 %s, max %s",
			milliseconds(late.P50), milliseconds(late.P99), milliseconds(late.Max)))
	}
}

// budget lists the bounds that are set.
func budget(b probe.Budget) string {
	var parts []string
	if b.MaxRequests > 0 {
		parts = append(parts, count(b.MaxRequests, "request"))
	}
	if b.MaxRefusals > 0 {
		parts = append(parts, count(b.MaxRefusals, "refusal"))
	}
	if b.MaxTime > 0 {
		parts = append(parts, load.FormatDuration(time.Duration(b.MaxTime)))
	}
	return strings.Join(parts, ", ")
}

// advice tells how to set a client.
func (p *page) advice(a probe.Advice) {
	p.heading(fmt.Sprintf("set your client to %v (%.0f %% margin)", a, 100*a.Margin))
}
