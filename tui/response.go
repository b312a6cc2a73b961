package tui

import (
	"net/http"
	"strconv"

	"brink/tui/draw"
	"brink/tui/theme"
)

// drawResponse shows an answer: its status, the headers that speak of limits and
// the beginning of its body. That is the last refusal once there was one, since
// at many answers a second the last of all would only flicker.
func drawResponse(g *draw.Grid, r draw.Rect, s *snapshot) {
	name, a := "last response", s.last
	if s.count.refused > 0 {
		name, a = "last refusal", s.lastRefusal
	}
	if s.count.finished == 0 {
		in := g.Box(r, theme.Border, theme.Title, name).Pad(1)
		g.Text(in.X, in.Y, in.W, theme.Dim, "none yet")
		return
	}
	in := g.Box(r, theme.Border, theme.Title, name,
		draw.Span{Text: "at " + clockTenths(a.Done) + " after " + duration(a.Latency()), Style: theme.Dim}).Pad(1)
	y := in.Y
	line := func(spans ...draw.Span) {
		if y < in.Y+in.H {
			g.Spans(in.X, y, in.W, spans...)
			y++
		}
	}
	switch {
	case a.Status != 0:
		line(draw.Span{Text: strconv.Itoa(a.Status) + " " + http.StatusText(a.Status), Style: theme.Strong})
	case a.Err != "":
		line(draw.Span{Text: a.Err, Style: theme.Refused})
	}
	listed := false
	for _, h := range a.Limits {
		listed = listed || http.CanonicalHeaderKey(h.Name) == "Retry-After"
		line(draw.Span{Text: h.Name + ": ", Style: theme.Dim}, draw.Span{Text: h.Value})
	}
	if a.RetryAfter != "" && !listed {
		line(draw.Span{Text: "Retry-After: ", Style: theme.Dim}, draw.Span{Text: a.RetryAfter})
	}
	if a.ContentType != "" {
		line(draw.Span{Text: "Content-Type: ", Style: theme.Dim}, draw.Span{Text: a.ContentType})
	}
	if a.Body != "" {
		y++
		for _, text := range draw.WrapMax(a.Body, in.W, in.Y+in.H-y) {
			line(draw.Span{Text: text})
		}
	}
}
