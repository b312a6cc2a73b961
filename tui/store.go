package tui

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"brink/probe"
	"brink/probe/load"
	"brink/probe/metric"
)

// What a store keeps at most, so that a run of any length fits in memory.
const (
	maxLog     = 200
	maxPhases  = 64
	maxAnswers = 12
)

// Store folds the records of a run into what the screen shows of it. It is the
// one reader of the run on the screen's side: Handle takes a few hundred
// nanoseconds and never waits for a frame to be drawn, so the screen cannot bend
// the measurement. The zero Store is empty and ready to use; its memory is
// bounded whatever the length of the run.
type Store struct {
	mu   sync.Mutex
	s    snapshot // but for what is computed when a copy is taken
	bins metric.Series
	heat heat

	latency, waited, late *metric.Latency
	summary               string // of the last finding, to log changes only
}

var _ probe.Sink = (*Store)(nil)

// Handle takes in one record.
func (st *Store) Handle(r probe.Record) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.s.version++
	st.s.elapsed = max(st.s.elapsed, r.Elapsed)
	switch e := r.Event.(type) {
	case probe.Start:
		st.s.start = e
		st.s.began = time.Now().Add(-r.Elapsed)
	case probe.Sample:
		st.sample(e)
	case probe.PhaseStart:
		st.openPhase(r.Elapsed, e)
	case probe.PhaseEnd:
		st.closePhase(r.Elapsed, e)
	case probe.Progress:
		st.progress(r.Elapsed, e)
	case probe.Finding:
		st.s.limits = e.Limits
		if text := summarize(e.Limits); text != st.summary {
			st.summary = text
			st.log(entry{at: r.Elapsed, kind: "finding", text: text})
		}
	case probe.Notice:
		st.log(entry{at: r.Elapsed, kind: "note", text: e.Text, warn: e.Level == probe.Warn})
	case probe.Done:
		st.finish(r.Elapsed, e)
	}
}

func (st *Store) sample(e probe.Sample) {
	if st.latency == nil {
		st.latency, st.waited, st.late = metric.NewLatency(), metric.NewLatency(), metric.NewLatency()
	}
	s := &st.s
	first := s.count.refused == 0
	queued := e.Outcome == load.Accepted && e.Delay > 0
	s.count.finished++
	st.progress(e.Sent, probe.Progress{Sent: int(min(e.N, math.MaxInt32)) + 1, InFlight: e.InFlight})
	s.last = e.Sample
	st.late.Add(e.Lateness())

	var bin metric.Counts
	var cell heatCell
	switch {
	case queued:
		bin.Queued, cell.queued = 1, 1
		s.count.accepted++
		s.count.queued++
		st.waited.Add(e.Delay)
	case e.Outcome == load.Accepted:
		bin.OK, cell.ok = 1, 1
		s.count.accepted++
	case e.Outcome == load.Refused:
		bin.Refused, cell.refused = 1, 1
		s.count.refused++
		s.lastRefusal = e.Sample
	default:
		bin.Failed = 1
		s.count.failed++
	}
	st.bins.Add(e.Done, bin)
	if cell != (heatCell{}) {
		st.heat.add(e.Done, e.Latency(), cell)
		s.dist[bucketOf(e.Latency())].add(cell)
	}
	if e.Outcome == load.Accepted {
		st.latency.Add(e.Latency())
	}
	st.countAnswer(answer{status: e.Status, outcome: e.Outcome, queued: queued, n: 1})
	if e.Outcome == load.Refused && first && s.firing() { // a probe tells so itself
		st.log(entry{at: e.Done, kind: "refused", text: refusalText(e.Sample, s.count.accepted)})
	}
}

// progress counts what was sent since it was last told.
func (st *Store) progress(at time.Duration, e probe.Progress) {
	since := max(0, e.Sent-st.s.count.nextN)
	st.s.count.nextN += since
	st.bins.Add(at, metric.Counts{Sent: since, MaxInFlight: e.InFlight})
}

// countAnswer keeps the first few kinds of answer apart and counts the rest with
// the last of them.
func (st *Store) countAnswer(a answer) {
	for i := range st.s.answers {
		b := &st.s.answers[i]
		if b.status == a.status && b.outcome == a.outcome && b.queued == a.queued {
			b.n++
			return
		}
	}
	if len(st.s.answers) < maxAnswers {
		st.s.answers = append(st.s.answers, a)
		return
	}
	st.s.answers[maxAnswers-1].n++
}

func (st *Store) openPhase(at time.Duration, e probe.PhaseStart) {
	st.s.phases = appendBounded(st.s.phases, maxPhases,
		phase{index: e.Index, name: e.Name, why: e.Why, begin: at})
	text := e.Name
	if e.Why != "" {
		text += ": " + e.Why
	}
	st.log(entry{at: at, kind: "phase", text: text})
}

func (st *Store) closePhase(at time.Duration, e probe.PhaseEnd) {
	for i := len(st.s.phases) - 1; i >= 0; i-- {
		if p := &st.s.phases[i]; p.index == e.Index && !p.ended {
			p.end, p.ended, p.text = at, true, e.Text
			break
		}
	}
	if e.Text != "" {
		st.log(entry{at: at, kind: "phase", text: e.Name + " → " + e.Text})
	}
}

func (st *Store) finish(at time.Duration, e probe.Done) {
	s := &st.s
	s.done, s.report, s.fire = true, e.Report, e.Fire
	if e.Report != nil {
		s.limits = e.Report.Limits
	}
	for i := range s.phases { // a run cut short may leave its last phase open
		if p := &s.phases[i]; !p.ended {
			p.end = at
		}
	}
	st.log(entry{at: at, kind: "done", text: s.verdict(), warn: s.failure() != nil})
}

func (st *Store) log(e entry) { st.s.log = appendBounded(st.s.log, maxLog, e) }

// appendBounded appends to a list that drops its oldest element when it is full.
func appendBounded[T any](list []T, limit int, v T) []T {
	if len(list) == limit {
		copy(list, list[1:])
		list = list[:limit-1]
	}
	return append(list, v)
}

// status is what must be shown as it is now even while the picture is frozen.
func (st *Store) status() status {
	st.mu.Lock()
	defer st.mu.Unlock()
	s := &st.s
	return status{
		version: s.version, began: s.began, elapsed: s.elapsed,
		done: s.done, failed: s.failure() != nil, stopped: s.done && s.stopped(),
		sent: s.count.sent(), inFlight: s.count.inFlight(),
	}
}

// snapshot copies the present state into dst, reusing dst's memory.
func (st *Store) snapshot(dst *snapshot) {
	st.mu.Lock()
	defer st.mu.Unlock()
	old := *dst
	*dst = st.s
	dst.phases = append(old.phases[:0], st.s.phases...)
	dst.log = append(old.log[:0], st.s.log...)
	dst.answers = append(old.answers[:0], st.s.answers...)
	dst.bins = append(old.bins[:0], st.bins.Bins()...)
	dst.binWidth = st.bins.Width()
	dst.heat = append(old.heat[:0], st.heat.columns...)
	dst.heatWidth = st.heat.columnWidth()
	if st.latency != nil {
		dst.latency, dst.waited = quantilesOf(st.latency), quantilesOf(st.waited)
		dst.late = st.late.Quantile(0.99)
	}
}

func quantilesOf(l *metric.Latency) quantiles {
	return quantiles{l.Quantile(0.5), l.Quantile(0.9), l.Quantile(0.99), l.Max()}
}

// summarize puts what was found in one line.
func summarize(limits []probe.Limit) string {
	text := ""
	for _, l := range limits {
		if text != "" {
			text += "; "
		}
		text += words(l.Kind)
		for _, n := range numbersOf(l) {
			text += fmt.Sprintf(", %s %s", n.name, n.value)
		}
		text += fmt.Sprintf(" (%s)", percent(l.Confidence))
	}
	if text == "" {
		return "no limit seen so far"
	}
	return text
}

func refusalText(s load.Sample, accepted int) string {
	text := "first refusal: "
	if s.Status != 0 {
		text += strconv.Itoa(s.Status)
	} else {
		text += "no answer"
	}
	text += " after " + integer(accepted) + " accepted"
	if s.RetryAfter != "" {
		text += ", Retry-After " + s.RetryAfter
	}
	return text
}
