package tui

import (
	"time"

	"brink/probe"
	"brink/probe/load"
	"brink/probe/metric"
)

// snapshot is everything a frame shows of a run. It is a copy: the store goes
// on while a view draws it. What events carry by reference is shared, because
// nobody changes an event once it was told.
type snapshot struct {
	version uint64
	start   probe.Start
	began   time.Time     // wall clock when the run started, zero before it did
	elapsed time.Duration // of the last record; the model moves it on while the run lasts
	done    bool
	// stopping is the model's to fill in: no event says so.
	stopping bool
	report   *probe.Report
	fire     *probe.FireReport

	phases []phase
	limits []probe.Limit
	log    []entry // oldest first

	bins     []metric.Counts
	binWidth time.Duration

	heat      []heatColumn
	heatWidth time.Duration
	dist      heatColumn // all of heat's columns in one

	count   counts
	answers []answer
	latency quantiles // of accepted requests
	waited  quantiles // of those that were queued
	late    time.Duration

	last        load.Sample // the latest answer
	lastRefusal load.Sample
}

// counts are totals over the run.
type counts struct {
	finished int
	accepted int // at once or after a wait
	queued   int // of the accepted
	refused  int
	failed   int // anything else
	nextN    int // requests known to be sent: numbers are given in order
}

// inFlight is how many requests are known to be out. Those after the last one
// answered are not known yet.
func (c counts) inFlight() int { return max(0, c.nextN-c.finished) }

// sent is how many requests are known to be sent.
func (c counts) sent() int { return max(c.nextN, c.finished) }

type quantiles struct{ p50, p90, p99, max time.Duration }

// phase is a phase of the run; end is zero while it lasts.
type phase struct {
	index      int
	name       string
	why, text  string
	begin, end time.Duration
	ended      bool
}

// answer counts the requests with one status and outcome.
type answer struct {
	status  int
	outcome load.Outcome
	queued  bool
	n       int
}

// entry is a line of the event log.
type entry struct {
	at         time.Duration
	kind, text string
	warn       bool
}

// limitLine is the rate to draw into the chart: the first one found.
func (s *snapshot) limitLine() float64 {
	for _, l := range s.limits {
		if l.RatePerS != nil {
			return l.RatePerS.Value
		}
	}
	return 0
}

// failure says why nothing could be measured; nil when that is not so.
func (s *snapshot) failure() *probe.Failure {
	switch {
	case s.report != nil:
		return s.report.Failure
	case s.fire != nil:
		return s.fire.Failure
	}
	return nil
}

// stopReason says why the run ended early; "" when it did not.
func (s *snapshot) stopReason() string {
	switch {
	case s.report != nil:
		return s.report.StopReason
	case s.fire != nil:
		return s.fire.StopReason
	}
	return ""
}

// stopped reports whether the run ended so early that it has no verdict.
func (s *snapshot) stopped() bool {
	if s.report != nil {
		return s.report.Verdict == probe.Stopped
	}
	return s.stopReason() != ""
}

// verdict is how the run ended, in a few words.
func (s *snapshot) verdict() string {
	text := "all answers are in"
	if s.report != nil {
		text = string(s.report.Verdict)
	}
	if f := s.failure(); f != nil {
		return "failed: " + f.Message
	}
	if reason := s.stopReason(); reason != "" {
		text += ": " + reason
	}
	return text
}

// firing reports whether the run is a named load rather than a search.
func (s *snapshot) firing() bool { return s.start.Verb == "fire" }
