package tui

import (
	"net/url"
	"strings"
	"time"

	"brink/tui/draw"
	"brink/tui/theme"
)

// status is what the header shows, live even while the picture is frozen.
type status struct {
	version  uint64
	began    time.Time
	elapsed  time.Duration
	done     bool
	failed   bool // done, and nothing could be measured
	stopped  bool // done, and that too early for a verdict
	sent     int
	inFlight int
	paused   bool
	stopping bool
	frozen   bool
}

// drawHeader writes the line that says what runs against whom, what it is doing
// and what it may spend. The right part is never cut.
func drawHeader(g *draw.Grid, r draw.Rect, s *snapshot, now status) {
	right := stateSpans(now)
	right = append(right, draw.Span{Text: "  cap ", Style: theme.Dim},
		draw.Span{Text: s.start.Budget.MaxRate.String(), Style: theme.Plain},
		draw.Span{Text: "  sent ", Style: theme.Dim},
		draw.Span{Text: integer(now.sent), Style: theme.Strong})
	if total := s.expected(); total > 0 && r.W >= mediumWidth { // else beside what is left
		right = append(right, draw.Span{Text: " of " + integer(total), Style: theme.Dim})
	}
	right = append(right, draw.Span{Text: " "})
	n := min(draw.SpansWidth(right...), r.W)
	g.Spans(r.X+r.W-n, r.Y, n, right...)

	verb := s.start.Verb + " "
	if r.W < mediumWidth && !s.firing() {
		verb = "" // the findings panel says as much
	}
	g.Spans(r.X, r.Y, r.W-n-2,
		draw.Span{Text: " brink ", Style: theme.Title},
		draw.Span{Text: verb, Style: theme.Dim},
		draw.Span{Text: targetName(s), Style: theme.Strong},
		draw.Span{Text: s.start.Target.Method + " " + address(s, r.W), Style: theme.Plain})
}

func stateSpans(now status) []draw.Span {
	text, st := "▶ running", theme.Own
	switch {
	case now.failed:
		text, st = "✗ failed", theme.Refused
	case now.stopped:
		text, st = "■ stopped", theme.Warn
	case now.done:
		text, st = "✓ done", theme.OK
	case now.stopping:
		text, st = "■ stopping", theme.Warn
		if now.inFlight > 0 {
			text += ", " + integer(now.inFlight) + " in flight"
		}
	case now.paused:
		text, st = "⏸ paused", theme.Warn
	}
	spans := make([]draw.Span, 0, 10)
	if now.frozen {
		spans = append(spans, draw.Span{Text: "picture frozen  ", Style: theme.Warn})
	}
	return append(spans, draw.Span{Text: text, Style: st}, draw.Span{Text: " " + clock(now.elapsed), Style: theme.Strong})
}

// expected is how many requests there can be: the schedule's, or the budget's.
func (s *snapshot) expected() int {
	if s.start.Expected > 0 {
		return s.start.Expected
	}
	return s.start.Budget.MaxRequests
}

// targetName is the profile and plan, and whether the mock plays the vendor,
// with the space that sets it off; "" when it has no name.
func targetName(s *snapshot) string {
	t := s.start.Target
	name := t.Profile
	if t.Plan != "" {
		name += ":" + t.Plan
	}
	if t.Mock {
		name = strings.TrimSpace(name + " mock")
	}
	if name != "" {
		name += "  "
	}
	return name
}

// address is the URL, without its host where the line is short and a profile
// already names the target.
func address(s *snapshot, width int) string {
	raw := s.start.Target.URL
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || width >= largeWidth {
		return raw
	}
	if width < mediumWidth && s.start.Target.Profile != "" {
		return u.RequestURI()
	}
	return u.Host + u.RequestURI()
}
