package probe

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"brink/probe/load"
	"brink/probe/metric"
)

// fireTally collects a load's samples.
type fireTally struct {
	sent, refused int
	notSent       map[string]int
	samples       []load.Sample
	fastest       time.Duration // the shortest latency of an accepted request
}

func newFireTally() *fireTally { return &fireTally{notSent: map[string]int{}} }

// add counts s and returns its delay as far as can be told by now.
func (t *fireTally) add(s load.Sample) time.Duration {
	t.samples = append(t.samples, s)
	switch s.Outcome {
	case load.Refused:
		t.refused++
	case load.Accepted:
		if t.fastest == 0 || s.Latency() < t.fastest {
			t.fastest = s.Latency()
		}
		return delayOf(s, t.fastest)
	}
	return 0
}

// String says in a few words what came back.
func (t *fireTally) String() string {
	accepted := 0
	for _, s := range t.samples {
		if s.Outcome == load.Accepted {
			accepted++
		}
	}
	return fmt.Sprintf("%d sent, %d accepted, %d refused", t.sent, accepted, t.refused)
}

// slack is what a busy machine or network may add to any answer. A queue that
// releases 15 a second holds its first request back by 67 ms.
const slack = 25 * time.Millisecond

// delayOf is how long an accepted request was held back, given the latency of
// one that was not. Service times vary, so half as much again and the slack are
// no delay.
func delayOf(s load.Sample, unhindered time.Duration) time.Duration {
	if s.Latency() <= unhindered*3/2+slack {
		return 0
	}
	return s.Latency() - unhindered
}

// judge tells which of the accepted requests, sorted by latency, were delayed,
// by their N, and the latency of one that was not. Where all were sent at the
// same instant, an even queue is recognized. Otherwise a request is judged
// against the median of the fastest tenth, and of no fewer than five: the very
// fastest alone would be an outlier, and the median of all a delayed one as soon
// as most are. In a stream of requests, a slow one between two that were not is
// a hiccup: a queue does not come and go so fast.
func judge(accepted []load.Sample) (delayed map[uint64]bool, unhindered time.Duration) {
	delayed = map[uint64]bool{}
	if len(accepted) == 0 {
		return delayed, 0
	}
	var took []time.Duration
	together := true
	for _, s := range accepted {
		took = append(took, s.Latency())
		together = together && s.Due == accepted[0].Due
	}
	if together {
		if immediate, base, ok := evenQueue(took); ok {
			for _, s := range accepted[immediate:] {
				delayed[s.N] = true
			}
			return delayed, base
		}
	}
	fast := min(len(took), max(5, len(took)/10))
	base := took[(fast-1)/2]
	slow := func(s load.Sample) bool { return delayOf(s, base) > 0 }
	inOrder := slices.SortedFunc(slices.Values(accepted), func(a, b load.Sample) int { return cmp.Compare(a.N, b.N) })
	for i, s := range inOrder {
		alone := (i == 0 || !slow(inOrder[i-1])) && (i+1 == len(inOrder) || !slow(inOrder[i+1]))
		if slow(s) && (together || !alone) {
			delayed[s.N] = true
		}
	}
	return delayed, base
}

// report sums the load up.
func (f *fire) report(failure *Failure) *FireReport {
	t, elapsed := f.tally, time.Since(f.start)
	r := &FireReport{
		Schema: FireSchema, Tool: Tool{"brink", f.opt.Version}, Target: f.opt.Target,
		Load: f.opt.Pacer.String(), Expected: scheduleSize(f.opt.Pacer),
		StartedAt: f.start, ElapsedS: roundS(elapsed), StopReason: f.stop, Failure: failure,
		Budget: f.opt.Budget,
		Spent:  Spent{Requests: t.sent, Refused: t.refused, ElapsedS: roundS(elapsed)},
	}
	var accepted []load.Sample
	statuses, retry := map[int]int{}, map[string]int{}
	fromDue, fromSent, late := metric.NewLatency(), metric.NewLatency(), metric.NewLatency()
	for _, s := range t.samples {
		statuses[s.Status]++
		late.Add(s.Lateness())
		switch s.Outcome {
		case load.Accepted:
			accepted = append(accepted, s)
			fromDue.Add(s.Done - s.Due)
			fromSent.Add(s.Latency())
		case load.Refused:
			r.Refused++
			if s.RetryAfter != "" {
				retry[s.RetryAfter]++
			}
		case load.Denied:
			r.Denied++
		default:
			r.Failed++
		}
	}
	r.Spent.Accepted, r.Spent.Failed = len(accepted), r.Failed+r.Denied
	slices.SortFunc(accepted, func(a, b load.Sample) int { return cmp.Compare(a.Latency(), b.Latency()) })
	r.fill(t.samples, accepted)
	r.LatencyMS = FireLatency{FromDue: QuantilesOf(fromDue), FromSent: QuantilesOf(fromSent)}
	r.LatenessMS = QuantilesOf(late)
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		r.Statuses = append(r.Statuses, StatusCount{status, statuses[status]})
	}
	for _, value := range slices.Sorted(maps.Keys(retry)) {
		r.RetryAfter = append(r.RetryAfter, ValueCount{value, retry[value]})
	}
	left := r.Expected - t.sent
	for _, reason := range slices.Sorted(maps.Keys(t.notSent)) {
		r.NotSent = append(r.NotSent, ReasonCount{reason, t.notSent[reason]})
		left -= t.notSent[reason]
	}
	if left > 0 {
		r.NotSent = append(r.NotSent, ReasonCount{"stopped", left})
	}
	if r.Failure == nil {
		r.Failure = r.fruitless(t.samples)
	}
	return r
}

// fill tells the delayed requests from the others, among the accepted ones in
// the order of their latency, and counts what happened in each second.
func (r *FireReport) fill(samples, accepted []load.Sample) {
	waited, base := judge(accepted)
	r.BaselineMS = roundMS(base)
	r.Accepted.Delayed = len(waited)
	r.Accepted.AtOnce = len(accepted) - len(waited)
	var passed []load.Sample
	for _, s := range accepted {
		if waited[s.N] {
			r.Queue = append(r.Queue, Queued{N: s.N, SentS: roundS(s.Sent), DelayS: roundS(s.Latency() - base)})
		} else {
			passed = append(passed, s)
		}
	}
	if n := len(passed); n > 0 {
		r.Accepted.AtOnceMS = roundMS(passed[n/2].Latency())
	}
	if n := len(r.Queue); n > 0 {
		r.DelayS = &DelayRange{r.Queue[0].DelayS, r.Queue[n-1].DelayS}
	}
	slices.SortStableFunc(r.Queue, func(a, b Queued) int { return cmp.Compare(a.SentS+a.DelayS, b.SentS+b.DelayS) })

	at := func(d time.Duration) *SecondCounts {
		s := int(max(0, d) / time.Second)
		for len(r.PerSecond) <= s {
			r.PerSecond = append(r.PerSecond, SecondCounts{S: len(r.PerSecond)})
		}
		return &r.PerSecond[s]
	}
	for _, s := range samples {
		at(s.Sent).Sent++
		switch done := at(s.Done); {
		case waited[s.N]:
			done.Delayed++
		case s.Outcome == load.Accepted:
			done.AtOnce++
		case s.Outcome == load.Refused:
			done.Refused++
		default:
			done.Failed++
		}
	}
}

// fruitless explains a load of which no answer says anything about limits.
func (r *FireReport) fruitless(samples []load.Sample) *Failure {
	if len(samples) == 0 || r.Spent.Accepted+r.Refused > 0 || r.StopReason == interrupted {
		return nil
	}
	for _, s := range samples {
		if s.Outcome == load.Denied {
			return &Failure{
				Kind:    "denied",
				Message: fmt.Sprintf("%s answers %d to every request", r.Target.URL, s.Status),
				Hint:    "give a credential: --auth bearer:env:NAME, basic:env:NAME or header:X-Api-Key:env:NAME",
			}
		}
	}
	first := samples[0]
	what := first.Err
	if what == "" {
		what = fmt.Sprintf("status %d", first.Status)
	}
	return &Failure{
		Kind:    "server_error",
		Message: fmt.Sprintf("%s failed every request: %s", r.Target.URL, what),
		Hint:    "try one request by hand first, for example with curl",
	}
}

// roundS and roundMS keep microseconds: finer is noise.
func roundS(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e6 }

func roundMS(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e3 }
