package tui

import (
	"math"
	"strings"
	"testing"
	"time"

	"brink/probe"
	"brink/probe/metric"
	"brink/tui/draw"
)

// What is not known is said to be so, and never shown as a number.
func TestUnknownIsNotZero(t *testing.T) {
	m := screen(120, 40, aprimo()[:2])
	frame := m.text()
	if got := strings.Count(frame, "not yet tested"); got != len(quantities) {
		t.Errorf("%d quantities are not yet tested, want %d:\n%s", got, len(quantities), frame)
	}
	if strings.Contains(frame, "0ms ") && !strings.Contains(frame, "10ms") {
		t.Errorf("a latency of zero is shown before any answer:\n%s", frame)
	}
}

func TestFinishedRunSaysWhatWasNotReached(t *testing.T) {
	frame := screen(200, 60, aprimoDone()).text()
	for _, want := range []string{"not reached up to 115", "not tested: would take a day", "agrees: 15/s, queue of 100 (docs)", "✓ done"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the frame lacks %q:\n%s", want, frame)
		}
	}
}

func TestDisagreementIsPlain(t *testing.T) {
	limit := aprimoLimit(0.9)
	*limit.Agrees = false
	records := append(aprimo(), probe.Record{Elapsed: time.Minute, Event: probe.Finding{Limits: []probe.Limit{limit}}})
	if frame := screen(80, 24, records).text(); !strings.Contains(frame, "DISAGREES: 15/s") {
		t.Errorf("got\n%s", frame)
	}
}

// Where nothing could be measured the panel says why and what to do.
func TestFailureShowsItsHint(t *testing.T) {
	failure := &probe.Failure{Kind: "unreachable", Message: "connection refused", Hint: "is the server running?"}
	for name, end := range map[string]probe.Done{
		"probe": {Report: &probe.Report{Verdict: probe.Inconclusive, Failure: failure}},
		"fire":  {Fire: &probe.FireReport{Failure: failure}},
	} {
		frame := screen(80, 24, []probe.Record{{Event: probe.Start{Verb: name}}, {Elapsed: time.Second, Event: end}}).text()
		for _, want := range []string{"✗ failed", "connection refused", "is the server running?", "no request was answered"} {
			if !strings.Contains(frame, want) {
				t.Errorf("%s: the frame lacks %q:\n%s", name, want, frame)
			}
		}
	}
}

func TestRequestsThatWereNotSentAreCounted(t *testing.T) {
	end := probe.Done{Fire: &probe.FireReport{NotSent: []probe.ReasonCount{{Reason: "max rate", Count: 12}}}}
	frame := screen(120, 40, append(firing(), probe.Record{Elapsed: time.Minute, Event: end})).text()
	if !strings.Contains(frame, "not sent 12: max rate") {
		t.Errorf("got\n%s", frame)
	}
}

// Two limits at once are the normal case: both are listed with their own
// certainty, and the rate stays in the first line.
func TestSeveralLimits(t *testing.T) {
	parallel := probe.Limit{Kind: "concurrency", Concurrency: measured(20, 20, 20), Confidence: 0.87}
	records := append(aprimo(), probe.Record{Elapsed: time.Minute, Event: probe.Finding{Limits: []probe.Limit{aprimoLimit(0.98), parallel}}})
	frame := screen(120, 40, records).text()
	rate, second := strings.Index(frame, "rate     15/s"), strings.Index(frame, "parallel 20 ")
	if rate < 0 || second < rate || !strings.Contains(frame, "98%") || !strings.Contains(frame, "87%") {
		t.Errorf("got\n%s", frame)
	}
}

func TestPhasesAhead(t *testing.T) {
	for _, test := range []struct{ been, want string }{
		{"", "preflight drain recovery narrow sustain parallel"},
		{"preflight drain", "recovery narrow sustain parallel"},
		{"preflight drain parallel", "recovery narrow sustain parallel"}, // it came early
		{"preflight drain recovery sustain", "parallel"},
		{"preflight drain recovery sustain parallel", ""},
		{"preflight surprise", "drain recovery narrow sustain parallel"},
	} {
		var s snapshot
		for _, name := range strings.Fields(test.been) {
			s.phases = append(s.phases, phase{name: name})
		}
		if got := strings.Join(s.ahead(), " "); got != test.want {
			t.Errorf("after %q: got %q, want %q", test.been, got, test.want)
		}
	}
}

// A slow limit is shown in a unit in which it is at least one.
func TestSlowRatesAreReadable(t *testing.T) {
	for rate, want := range map[float64]string{15: "15/s", 0.5: "30/min", 5.0 / 3600: "5/h", 14.93: "14.93/s", 120.4: "120/s"} {
		if got := numbersOf(probe.Limit{RatePerS: measured(rate, rate, rate)})[0].value; got != want {
			t.Errorf("%v: got %s, want %s", rate, got, want)
		}
	}
}

// A phase in which the run ended early was not completed, and the screen uses
// one word for how the run ended.
func TestAPhaseThatBrokeOffIsNotTicked(t *testing.T) {
	run := func(verb string, end probe.Done) string {
		return screen(120, 40, []probe.Record{
			{Event: probe.Start{Verb: verb}},
			{Event: probe.PhaseStart{Index: 0, Name: "preflight"}},
			{Elapsed: 1 * time.Second, Event: probe.PhaseEnd{Index: 0, Name: "preflight", Text: "fine"}},
			{Elapsed: 1 * time.Second, Event: probe.PhaseStart{Index: 1, Name: "drain"}},
			{Elapsed: 2 * time.Second, Event: probe.PhaseEnd{Index: 1, Name: "drain", Text: "broke off"}},
			{Elapsed: 2 * time.Second, Event: end},
		}).text()
	}
	failure := &probe.Failure{Message: "cannot connect"}
	for _, test := range []struct {
		verb string
		end  probe.Done
		mark string
		word string
	}{
		{"probe", probe.Done{Report: &probe.Report{Verdict: probe.Stopped, StopReason: "cannot connect", Failure: failure}}, "✗", "failed"},
		{"probe", probe.Done{Report: &probe.Report{Verdict: probe.Stopped, StopReason: "interrupted"}}, "■", "stopped"},
		{"fire", probe.Done{Fire: &probe.FireReport{StopReason: "interrupted"}}, "■", "stopped"},
		{"probe", probe.Done{Report: &probe.Report{Verdict: probe.Unlimited}}, "✓", "done"},
	} {
		frame := run(test.verb, test.end)
		for _, want := range []string{"✓ preflight", test.mark + " drain", "drain → broke off", " " + test.word + " 0:02"} {
			if !strings.Contains(frame, want) {
				t.Errorf("%s %+v: the frame lacks %q:\n%s", test.verb, test.end, want, frame)
			}
		}
		if strings.Contains(frame, "failed") && strings.Contains(frame, "stopped") {
			t.Errorf("the run both failed and was stopped:\n%s", frame)
		}
	}
}

// Of a run that is over, what happened in its last second is of no interest.
func TestLegendOfAFinishedRunShowsTotals(t *testing.T) {
	records := append(firing(), probe.Record{Elapsed: time.Minute, Event: probe.Done{Fire: &probe.FireReport{}}})
	want := "in all  █ ok 15  ▒ queued 99  ░ refused 15  ! failed 1 "
	if frame := screen(80, 24, records).text(); !strings.Contains(frame, want) {
		t.Errorf("the frame lacks %q:\n%s", want, frame)
	}
}

// What does not fit is seen to be cut.
func TestCutTextEndsInAnEllipsis(t *testing.T) {
	limit := aprimoLimit(0.9)
	limit.Claimed = &probe.Claimed{Profile: "15/s, burst 15, queue of 100, as the page on limits has it"}
	records := append(aprimo(), probe.Record{Elapsed: time.Minute, Event: probe.Finding{Limits: []probe.Limit{limit}}})
	frame := screen(80, 24, records).text()
	for line := range strings.Lines(frame) {
		if _, claim, ok := strings.Cut(line, "claimed  "); ok {
			claim, _, _ = strings.Cut(claim, "│")
			if !strings.HasSuffix(strings.TrimSpace(claim), "…") {
				t.Errorf("the claim ends in %q:\n%s", claim, frame)
			}
			return
		}
	}
	t.Errorf("no claim is shown:\n%s", frame)
}

// A label without its number tells nothing.
func TestNumbersAreNeverCut(t *testing.T) {
	for w := minWidth; w < mediumWidth; w++ {
		m := screen(w, 30, aprimo())
		m.text()
		var g draw.Grid
		g.Resize(w, 30)
		drawNow(&g, m.lay.now, &m.snap)
		frame := g.String()
		if strings.Contains(frame, "…") || !strings.Contains(frame, "offered") || !strings.Contains(frame, "p99") {
			t.Fatalf("%d cells:\n%s", w, frame)
		}
	}
}

// Answers at one instant show for one second, however wide a column is, and at
// the very start as anywhere else.
func TestAreaOfTheRateChartIsTheNumberOfAnswers(t *testing.T) {
	for _, at := range []int{0, 7, 33} {
		bins := make([]metric.Counts, 100)
		bins[at].OK = 30
		for cols := 10; cols <= 120; cols++ {
			line := newTimeline(10*time.Second, 100*ms, cols)
			area := 0.0
			for _, c := range rateColumns(bins, line) {
				if c[0] > 30+1e-9 {
					t.Fatalf("%d columns: %v/s", cols, c[0])
				}
				area += c[0] * line.width().Seconds()
			}
			if math.Abs(area-30) > 1e-6 {
				t.Errorf("%d columns: 30 answers in bin %d cover %v", cols, at, area)
			}
		}
	}
}
