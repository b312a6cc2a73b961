package probe

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"brink/probe/infer"
	"brink/probe/load"
	"brink/probe/metric"
)

const (
	// mostSure caps a stated confidence: the limiter may be of a sort that is
	// not among those tried.
	mostSure = 0.99
	// enough is the confidence below which a run is inconclusive.
	enough = 0.9
	// margin is the share of a limit that the advice leaves free.
	margin = 0.05
)

// conclude writes the report of a session that ended with err.
func (d *detective) conclude(err error) *Report {
	r := &Report{
		Schema:     ReportSchema,
		Tool:       Tool{"brink", d.opt.Version},
		Target:     d.opt.Target,
		Seed:       d.opt.Seed,
		Failure:    d.failure,
		Limits:     d.limits(),
		Refusal:    d.refusal(),
		Scope:      []Scope{},
		NotReached: []Reach{},
		NotTested:  d.notTested(),
		Budget:     d.opt.Budget,
	}
	d.spent.ElapsedS = d.engine.Now().Seconds()
	r.Spent, r.ElapsedS = d.spent, d.spent.ElapsedS
	r.LatencyMS, r.LatenessMS = d.quantiles()
	r.Verdict, r.StopReason = d.verdict(err, r.Limits)
	if r.Failure == nil {
		d.reach(r)
		r.Notes = d.notes()
		r.Advice = d.advise(r.Limits)
	}
	return r
}

// verdict puts the run in one word.
func (d *detective) verdict(err error, limits []Limit) (Verdict, string) {
	found := len(limits) > 0 && limits[0].Confidence >= enough
	switch {
	case d.failure != nil, errors.Is(err, errCut), errors.Is(err, errStop), errors.Is(err, errUnsafe):
		return Stopped, d.halted
	case found && d.settledEnough():
		return Limited, d.halted
	case err == nil && d.searched && d.spent.Refused == 0 && len(limits) == 0:
		return Unlimited, ""
	case !d.searched:
		return Stopped, d.halted
	}
	return Inconclusive, d.halted
}

// settledEnough reports whether the numbers are known well enough to stand
// behind them.
func (d *detective) settledEnough() bool {
	best := d.belief.Best()
	return best.T == 0 || best.TRange.Width(best.T) < 0.1
}

// claimable reports whether the best explanation is a limit, and not the pace
// of a server. Delay alone, without a refusal, is a limit only if it comes at
// a pace that the unhindered latency does not explain, and is gone just below
// the rate.
func (d *detective) claimable() bool {
	if len(d.belief.Fits) == 0 {
		return false
	}
	best := d.belief.Best()
	switch {
	case best.Kind == infer.None:
		return false
	case d.spent.Refused > 0:
		return d.spent.Accepted > 0
	case best.Kind != infer.LeakyQueue:
		return false
	}
	pool, _ := d.belief.Find(infer.ConcurrencyQueue)
	likePool := pool.Probability > 0.01
	likeWorker := best.T > 0.7*d.base.Latency && best.T < 1.4*d.base.Latency
	return !likePool && !likeWorker && d.sustained
}

// limits states the belief as limits, the probable one first. Empty: no limit
// was met.
func (d *detective) limits() []Limit {
	if !d.claimable() {
		return []Limit{}
	}
	best := d.belief.Best()
	l := Limit{Kind: best.Kind.String(), Confidence: min(d.confidence(best), d.trust(best))}
	n := measured(best.N, best.NRange)
	switch best.Kind {
	case infer.TokenBucket:
		l.Burst = n
	case infer.LeakyQueue:
		l.Burst = n
		if d.spent.Refused > 0 {
			l.QueueDepth = measured(best.Queue, best.QueueRange)
		}
	case infer.FixedFirst, infer.FixedClock, infer.SlidingLog:
		l.Limit = n
		l.WindowS = measured(best.T, best.TRange)
		l.Alignment = d.alignment(best)
	case infer.Concurrency:
		l.Concurrency = n
	case infer.ConcurrencyQueue:
		l.Concurrency = n
		l.QueueDepth = measured(best.Queue, best.QueueRange)
	}
	if rate := best.Rate(); rate > 0 && best.RateRange().Low > 0 {
		l.RatePerS = measured(rate, best.RateRange())
	}
	seen := map[string]bool{l.Kind: true}
	for _, f := range d.belief.Fits {
		if name := f.Kind.String(); !seen[name] && d.confidence(f) >= 0.005 {
			seen[name] = true
			l.Alternatives = append(l.Alternatives, Alternative{name, round(d.confidence(f), 3)})
		}
	}
	l.Confidence = round(l.Confidence, 3)
	l.Evidence = d.evidence(best)
	d.compare(&l)
	return []Limit{l}
}

// trust caps the confidence in a belief. Probabilities compare the kinds that
// were tried; that the best of them failed to foretell a full cycle, or leaves
// refusals unexplained, says that it may be none of them.
func (d *detective) trust(best infer.Fit) float64 {
	const doubtful, tolerable = 0.6, 0.1
	switch {
	case best.Unexplained(d.observations()) > tolerable:
		return doubtful
	case !d.refusedSince(d.history) || d.foretelling == succeeded:
		return mostSure
	case d.foretelling == failed:
		return doubtful
	}
	return enough // not put to the test
}

// measured is nil where the observations set no upper bound.
func measured(v float64, r infer.Interval) *Measured {
	if math.IsInf(r.High, 1) || math.IsNaN(r.High) || v == 0 && r.High == 0 {
		return nil
	}
	return &Measured{round(v, 6), round(min(r.Low, v), 6), round(max(r.High, v), 6)}
}

// round keeps so many significant digits.
func round(x float64, digits int) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	scale := math.Pow(10, float64(digits-1)-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

// unknownAlignment is that of a fixed window that may be of either sort.
const unknownAlignment = "unknown"

// alignment says what a fixed window is anchored to; "" for all other kinds. A
// grid is that of the wall clock if a whole number of seconds, with boundaries on
// its multiples, explains the answers as well.
func (d *detective) alignment(f infer.Fit) string {
	switch {
	case f.Kind != infer.FixedFirst && f.Kind != infer.FixedClock:
		return ""
	case f.Probability < enough*d.confidence(f):
		return unknownAlignment
	case f.Kind == infer.FixedFirst:
		return "first_request"
	}
	whole := math.Round(f.T)
	if whole < 1 || math.Abs(f.T/whole-1) > 0.02 {
		return "grid"
	}
	start := float64(d.engine.Start().UnixMicro()) / 1e6
	clock := infer.Model{Kind: infer.FixedClock, T: whole, Phase: -math.Mod(start, whole)}
	if d.belief.Admits(clock, d.observations(), d.base) {
		return "clock"
	}
	return "grid"
}

// evidence says what the belief rests on.
func (d *detective) evidence(f infer.Fit) []Evidence {
	var es []Evidence
	decided, against := f.Explains(d.observations())
	es = append(es, Evidence{fmt.Sprintf("%d of %d decisions explained", decided-against, decided), decided})
	if d.foretelling == succeeded {
		es = append(es, Evidence{"a full cycle was foretold and checked", 1})
	}
	if d.steady != "" {
		es = append(es, Evidence{d.steady, 1})
	}
	return es
}

// compare sets what the profile claims of a rate limit beside what was found. A
// claim agrees if each number it has is within the interval, or the rate within
// 2 %.
func (d *detective) compare(l *Limit) {
	within := func(claim float64, m *Measured) bool {
		return claim == 0 || m != nil && claim >= m.Low && claim <= m.High
	}
	for _, doc := range d.opt.Documented {
		if doc.Rate == 0 || l.RatePerS == nil {
			continue
		}
		agrees := (math.Abs(l.RatePerS.Value/doc.Rate-1) <= 0.02 || within(doc.Rate, l.RatePerS)) &&
			within(doc.Burst, l.Burst) && within(doc.Queue, l.QueueDepth)
		l.Claimed, l.Agrees = &Claimed{Profile: doc.Text}, &agrees
		return
	}
}

// notTested lists what this run could not measure, with what is documented.
func (d *detective) notTested() []NotTested {
	list := []NotTested{{What: "scope", Why: "one credential, one endpoint and one source address were used"}}
	for _, doc := range d.opt.Documented {
		if doc.Rate != 0 {
			continue
		}
		why := "no sign of it was met"
		if doc.Window > time.Duration(d.opt.Budget.MaxTime).Seconds() {
			why = "its window is longer than a run may last"
		}
		list = append(list, NotTested{What: doc.Name, Why: why, Documented: doc.Text})
	}
	return list
}

// reach fills in what was looked for and not met.
func (d *detective) reach(r *Report) {
	concurrency := len(r.Limits) > 0 && r.Limits[0].Concurrency != nil
	if n := d.together(); !concurrency && n > 0 {
		r.NotReached = append(r.NotReached, Reach{"concurrency", float64(n)})
	}
	if r.Verdict == Unlimited || concurrency {
		r.NotReached = append(r.NotReached, Reach{"rate_per_s", float64(d.busiest())})
	}
	if len(r.Limits) > 0 && r.Limits[0].Kind == infer.LeakyQueue.String() && r.Limits[0].QueueDepth == nil {
		r.NotReached = append(r.NotReached, Reach{"queue_depth", float64(d.together())})
	}
}

// busiest is the most requests that the API answered, accepting them, within one
// second.
func (d *detective) busiest() int {
	var done []time.Duration
	for _, s := range d.samples {
		if s.Outcome == load.Accepted {
			done = append(done, s.Done)
		}
	}
	slices.Sort(done)
	most, from := 0, 0
	for i, t := range done {
		for done[from] <= t-time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// notes are remarks that belong in the report.
func (d *detective) notes() []string {
	var notes []string
	if n := d.spent.Failed - d.aborted; n > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d requests failed for reasons of their own (not counted as refusals)", n, d.spent.Requests))
	}
	if d.aborted > 0 {
		notes = append(notes, fmt.Sprintf("%d requests were given up when the run was cut off", d.aborted))
	}
	if d.unlimited && d.spent.Refused == 0 && d.busiest() < int(d.opt.Budget.MaxRate)*9/10 {
		notes = append(notes, fmt.Sprintf("half of the budget of %d requests did not reach the rate budget of %v; --max-requests allows more", d.opt.Budget.MaxRequests, d.opt.Budget.MaxRate))
	}
	if len(d.belief.Fits) > 0 && d.spent.Refused == 0 {
		if best := d.belief.Best(); best.Kind == infer.ConcurrencyQueue || best.Kind == infer.LeakyQueue && !d.claimable() {
			text := "answers slow down under load, as those of a server at its capacity do"
			if best.Kind == infer.ConcurrencyQueue {
				text += fmt.Sprintf(" (at about %g at a time)", best.N)
			} else {
				text += fmt.Sprintf(" (about %.3g/s)", best.Rate())
			}
			notes = append(notes, text+"; no limit refused or paced them")
		}
	}
	return notes
}

// refusal describes the form of the refusals seen.
func (d *detective) refusal() Refusal {
	r := Refusal{Form: "none", Statuses: []int{}}
	seen := map[int]bool{}
	for _, s := range d.samples {
		if s.Outcome == load.Refused && !seen[s.Status] {
			seen[s.Status] = true
			r.Statuses = append(r.Statuses, s.Status)
		}
	}
	switch {
	case d.firstRefusal != nil:
		r.Form = "http"
		r.RetryAfter = d.firstRefusal.RetryAfter
		r.BodySample = strings.TrimSpace(d.firstRefusal.Body)
	case d.claimable():
		r.Form = "delayed"
	}
	return r
}

// quantiles summarize the latency of the accepted and the lateness of all.
func (d *detective) quantiles() (latency, lateness Quantiles) {
	lat, late := metric.NewLatency(), metric.NewLatency()
	for _, s := range d.samples {
		if s.Outcome == load.Accepted {
			lat.Add(s.Latency())
		}
		late.Add(s.Lateness())
	}
	return QuantilesOf(lat), QuantilesOf(late)
}

// QuantilesOf reads the quantiles of a report off a histogram.
func QuantilesOf(l *metric.Latency) Quantiles {
	ms := func(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }
	return Quantiles{ms(l.Quantile(0.5)), ms(l.Quantile(0.9)), ms(l.Quantile(0.99)), ms(l.Max())}
}

// advise turns the limit into settings for a client.
func (d *detective) advise(limits []Limit) *Advice {
	if len(limits) == 0 || limits[0].Confidence < enough {
		return nil
	}
	l := limits[0]
	a := &Advice{Margin: margin}
	if l.RatePerS != nil {
		a.RatePerS = round((1-margin)*l.RatePerS.Low, 4)
	}
	switch {
	case l.Concurrency != nil:
		a.Concurrency = int(l.Concurrency.Low)
	case l.Burst != nil:
		a.Burst = int(l.Burst.Low)
	case l.Limit != nil:
		a.Burst = 1 // evenly spread, the window's edges do not matter
	}
	slowest := d.longest.Seconds()
	if l.QueueDepth != nil && l.RatePerS != nil && l.RatePerS.Low > 0 {
		slowest = max(slowest, l.QueueDepth.High/l.RatePerS.Low+d.base.Latency)
	}
	a.TimeoutS = math.Ceil(1.2*slowest + 1)
	return a
}
