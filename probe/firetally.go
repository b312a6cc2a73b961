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

const (
	// blockSize is how many accepted requests are judged together. A burst fits
	// in; of a longer load no more are ever kept.
	blockSize = 10_000
	// queueKept and valuesKept bound what a report lists.
	queueKept  = 5_000
	valuesKept = 100
)

// fireTally sums up a load's samples in bounded memory, a line for each second
// aside. Whether an accepted request was delayed is told for a block of them at
// a time.
type fireTally struct {
	sent, accepted, refused, denied, failed int

	notSent  map[string]int
	statuses map[int]int
	retry    map[string]int // Retry-After of refusals
	fruit    load.Sample    // the first sample, or the first denied one
	seconds  []SecondCounts

	fromDue, fromSent, late, atOnce *metric.Latency

	block    []load.Sample // accepted and not yet judged
	fastest  time.Duration // the shortest latency of an accepted request
	base     time.Duration // the unhindered latency; 0 before the first block
	delayed  int
	shortest time.Duration // of the delays
	longest  time.Duration
	queue    []Queued // one of every stride that were delayed
	stride   int
}

func newFireTally() *fireTally {
	return &fireTally{
		notSent: map[string]int{}, statuses: map[int]int{}, retry: map[string]int{}, stride: 1,
		fromDue: metric.NewLatency(), fromSent: metric.NewLatency(), late: metric.NewLatency(), atOnce: metric.NewLatency(),
	}
}

// add counts s and returns its delay as far as can be told by now.
func (t *fireTally) add(s load.Sample) time.Duration {
	if first := t.accepted+t.refused+t.denied+t.failed == 0; first || s.Outcome == load.Denied && t.denied == 0 {
		t.fruit = s
	}
	t.statuses[s.Status]++
	t.late.Add(s.Lateness())
	t.second(s.Sent).Sent++
	switch s.Outcome {
	case load.Accepted:
		t.accepted++
		t.fromDue.Add(s.Done - s.Due)
		t.fromSent.Add(s.Latency())
		if t.fastest == 0 || s.Wait() < t.fastest {
			t.fastest = s.Wait()
		}
		if t.block = append(t.block, s); len(t.block) == blockSize {
			t.settle()
		}
		return delayOf(s, t.fastest)
	case load.Refused:
		t.refused++
		t.second(s.Done).Refused++
		if _, known := t.retry[s.RetryAfter]; s.RetryAfter != "" && (known || len(t.retry) < valuesKept) {
			t.retry[s.RetryAfter]++
		}
	case load.Denied:
		t.denied++
		t.second(s.Done).Failed++
	default:
		t.failed++
		t.second(s.Done).Failed++
	}
	return 0
}

// second is the count of the second that d is in.
func (t *fireTally) second(d time.Duration) *SecondCounts {
	s := int(max(0, d) / time.Second)
	for len(t.seconds) <= s {
		t.seconds = append(t.seconds, SecondCounts{S: len(t.seconds)})
	}
	return &t.seconds[s]
}

// settle tells the delayed requests of a block from the others. The quietest
// block knows best what an unhindered request takes.
func (t *fireTally) settle() {
	slices.SortFunc(t.block, func(a, b load.Sample) int { return cmp.Compare(a.Wait(), b.Wait()) })
	waited, base := judge(t.block, t.base)
	t.base = base
	for _, s := range t.block {
		if !waited[s.N] {
			t.atOnce.Add(s.Latency())
			t.second(s.Done).AtOnce++
			continue
		}
		delay := s.Wait() - base
		if t.delayed%t.stride == 0 {
			t.queue = append(t.queue, Queued{N: s.N, SentS: roundS(s.Sent), DelayS: roundS(delay)})
		}
		if t.delayed == 0 || delay < t.shortest {
			t.shortest = delay
		}
		t.longest = max(t.longest, delay)
		t.delayed++
		t.second(s.Done).Delayed++
		if len(t.queue) > queueKept {
			t.thin()
		}
	}
	t.block = t.block[:0]
}

// thin drops every second of the delayed requests kept.
func (t *fireTally) thin() {
	for i := 0; 2*i < len(t.queue); i++ {
		t.queue[i] = t.queue[2*i]
	}
	t.queue = t.queue[:(len(t.queue)+1)/2]
	t.stride *= 2
}

// String says in a few words what came back.
func (t *fireTally) String() string {
	return fmt.Sprintf("%d sent, %d accepted, %d refused", t.sent, t.accepted, t.refused)
}

// slack is what a busy machine or network may add to any answer. A queue that
// releases 15 a second holds its first request back by 67 ms.
const slack = 25 * time.Millisecond

// delayOf is how long an accepted request was held back, given the latency of
// one that was not. Service times vary, so half as much again and the slack are
// no delay.
func delayOf(s load.Sample, unhindered time.Duration) time.Duration {
	if s.Wait() <= unhindered*3/2+slack {
		return 0
	}
	return s.Wait() - unhindered
}

// judge tells which of the accepted requests, sorted by latency, were delayed,
// by their N, and the latency of one that was not: the one known from before,
// unless that is zero or more. Where all were sent at the
// same instant, an even queue is recognized. Otherwise a request is judged
// against the median of the fastest tenth, and of no fewer than five: the very
// fastest alone would be an outlier, and the median of all a delayed one as soon
// as most are. In a stream of requests, a slow one between two that were not is
// a hiccup: a queue does not come and go so fast.
func judge(accepted []load.Sample, known time.Duration) (delayed map[uint64]bool, unhindered time.Duration) {
	delayed = map[uint64]bool{}
	if len(accepted) == 0 {
		return delayed, known
	}
	var took []time.Duration
	together := true
	for _, s := range accepted {
		took = append(took, s.Wait())
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
	if known > 0 {
		base = min(base, known)
	}
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
	t.settle()
	r.Refused, r.Denied, r.Failed = t.refused, t.denied, t.failed
	r.Spent.Accepted, r.Spent.Failed = t.accepted, t.failed+t.denied
	r.Accepted = FireAccepted{AtOnce: t.accepted - t.delayed, AtOnceMS: roundMS(t.atOnce.Quantile(0.5)), Delayed: t.delayed}
	r.BaselineMS = roundMS(t.base)
	r.Queue, r.PerSecond = t.queue, t.seconds
	slices.SortStableFunc(r.Queue, func(a, b Queued) int { return cmp.Compare(a.SentS+a.DelayS, b.SentS+b.DelayS) })
	if t.delayed > 0 {
		r.DelayS = &DelayRange{roundS(t.shortest), roundS(t.longest)}
	}
	r.LatencyMS = FireLatency{FromDue: QuantilesOf(t.fromDue), FromSent: QuantilesOf(t.fromSent)}
	r.LatenessMS = QuantilesOf(t.late)
	for _, status := range slices.Sorted(maps.Keys(t.statuses)) {
		r.Statuses = append(r.Statuses, StatusCount{status, t.statuses[status]})
	}
	for _, value := range slices.Sorted(maps.Keys(t.retry)) {
		r.RetryAfter = append(r.RetryAfter, ValueCount{value, t.retry[value]})
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
		r.Failure = r.fruitless(t.fruit)
	}
	return r
}

// fruitless explains a load of which no answer says anything about limits by one
// of its samples.
func (r *FireReport) fruitless(s load.Sample) *Failure {
	if r.Spent.Failed == 0 || r.Spent.Accepted+r.Refused > 0 || r.StopReason == interrupted {
		return nil
	}
	if s.Outcome == load.Denied {
		return &Failure{
			Kind:    "denied",
			Message: fmt.Sprintf("%s answers %d to every request", r.Target.URL, s.Status),
			Hint:    "give a credential: --auth bearer:env:NAME, basic:env:NAME or header:X-Api-Key:env:NAME",
		}
	}
	what := s.Err
	if what == "" {
		what = fmt.Sprintf("status %d", s.Status)
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
