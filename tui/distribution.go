package tui

import (
	"strings"

	"brink/tui/draw"
	"brink/tui/theme"
)

// drawDistribution counts the answers by latency, in steps of 1, 2 and 5.
func drawDistribution(g *draw.Grid, r draw.Rect, s *snapshot) {
	in := g.Box(r, theme.Border, theme.Title, "latency distribution",
		draw.Span{Text: "█", Style: theme.OK}, draw.Span{Text: " ok ", Style: theme.Dim},
		draw.Span{Text: "▒", Style: theme.Queued}, draw.Span{Text: " queued ", Style: theme.Dim},
		draw.Span{Text: "░", Style: theme.Refused}, draw.Span{Text: " refused", Style: theme.Dim}).Pad(1)
	steps := stepsOf(&s.dist, in.H)
	most := 0
	for _, st := range steps {
		most = max(most, st.total())
	}
	const nameWidth, countWidth = 12, 7
	bar := max(0, in.W-nameWidth-countWidth-1)
	for i, st := range steps {
		y := in.Y + i
		g.TextRight(in.X, y, nameWidth-1, theme.Dim, st.name)
		g.TextRight(in.X, y, in.W, theme.Plain, integer(st.total()))
		x := in.X + nameWidth
		for k, n := range [...]uint32{st.ok, st.queued, st.refused} {
			left := in.X + nameWidth + bar - x
			x += draw.Run(g, x, y, min(left, draw.Cells(int(n), most, bar)), layers[k].Glyph, layers[k].Style)
		}
	}
}

// step is a range of latencies with what was counted in it.
type step struct {
	heatCell
	name string
}

func (s step) total() int { return int(s.ok + s.queued + s.refused) }

// stepName names the latencies from bucket b to bucket next, the unit once where
// both have the same: "20–50ms", "500ms–1s". The last goes on for ever.
func stepName(b, next int) string {
	if next >= heatBuckets {
		return "> " + bucketLabel(b)
	}
	from, to := bucketLabel(b), bucketLabel(next)
	if (b < perDecade*4) == (next < perDecade*4) {
		from = strings.TrimRight(from, "ms")
	}
	return from + "–" + to
}

// stepsOf lists the ranges from the first that counted anything to the last. If
// they are more than h, the shortest latencies share one.
func stepsOf(dist *heatColumn, h int) []step {
	var steps []step
	for b := 0; b < heatBuckets; {
		next := b + 1
		for next < heatBuckets && labeled(next, 1) < 0 {
			next++
		}
		var st step
		for i := b; i < next; i++ {
			st.add(dist[i])
		}
		if len(steps) > 0 || st.total() > 0 {
			st.name = stepName(b, next)
			steps = append(steps, st)
		}
		b = next
	}
	for len(steps) > 0 && steps[len(steps)-1].total() == 0 {
		steps = steps[:len(steps)-1]
	}
	if over := len(steps) - max(1, h); over > 0 {
		for _, st := range steps[:over] {
			steps[over].add(st.heatCell)
		}
		_, until, _ := strings.Cut(steps[over].name, "–")
		steps[over].name = "< " + until
		steps = steps[over:]
	}
	return steps
}
