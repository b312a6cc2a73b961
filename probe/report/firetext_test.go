package report

import (
	"strings"
	"testing"

	"brink/probe"
)

// A queue of which only some requests are listed is drawn to its true size.
func TestThinnedQueueKeepsItsScale(t *testing.T) {
	r := probe.FireReport{Load: "a load", Accepted: probe.FireAccepted{Delayed: 400}, Spent: probe.Spent{Requests: 400}}
	for k := 0; k < 400; k += 4 {
		r.Queue = append(r.Queue, probe.Queued{N: uint64(k), DelayS: float64(k+1) / 20})
	}
	var b strings.Builder
	if err := WriteFireText(&b, &r, Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"drained at 20.00/s", "  396 ┤"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
