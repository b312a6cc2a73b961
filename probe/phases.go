package probe

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"brink/probe/infer"
	"brink/probe/load"
)

// preflight checks that the target can be measured, and learns the latency of
// single, spaced requests.
func (d *detective) preflight() (string, error) {
	ctx, done := d.ctl.until(d.ctx)
	defer done()
	open, err := d.opt.Client.Warm(ctx, 2)
	if open == 0 && err != nil && d.stopping() {
		d.halted = d.ctl.Reason()
		return "", errStop
	}
	if open == 0 && err != nil {
		return "", d.fail(connectFailure(d.opt.Target.URL, err))
	}
	d.warm = open
	due := d.engine.Now()
	for _, pause := range []time.Duration{0, 350, 350, 650} {
		due = max(d.engine.Now(), due+pause*time.Millisecond)
		if err := d.send(due); err != nil {
			return "", err
		}
		if err := d.idle(); err != nil {
			return "", err
		}
		if err := d.inspect(d.samples); err != nil {
			return "", err
		}
		if d.refusedSince(d.history) {
			break // the limit is so low that this met it
		}
	}
	d.calibrate()
	if d.spent.Accepted == 0 {
		return "refused from the first request on", nil
	}
	return fmt.Sprintf("%.1f ms unhindered", 1000*d.base.Latency), nil
}

// calibrate derives the baseline from the samples so far: from those near the
// fastest, because a cold start or a queue only ever slows.
func (d *detective) calibrate() {
	d.base.RTT = d.opt.Client.RTT().Seconds()
	var ls, bodies []float64
	for _, s := range d.samples {
		if s.Outcome == load.Accepted {
			ls = append(ls, s.Wait().Seconds())
			bodies = append(bodies, (s.Done - s.FirstByte).Seconds())
		}
	}
	if len(ls) == 0 {
		d.base.Latency = d.base.RTT
		return
	}
	slices.Sort(ls)
	near := slices.IndexFunc(ls, func(l float64) bool { return l > 1.5*ls[0]+0.002 })
	if near > 0 {
		ls = ls[:near]
	}
	d.base.RTT = min(d.base.RTT, ls[0])
	d.base.Latency = ls[len(ls)/2]
	slices.Sort(bodies)
	d.base.Body = bodies[len(bodies)/2]
	d.base.Noise = max((ls[len(ls)-1]-ls[0])/2, 0.05*d.base.Latency, 0.0003)
}

// drain sends each request on the answers of others, an eighth more in flight
// per answer, until one is refused: about n/8 too many are sent at a limit of
// n. Answers that grow slow instead point to a queue, which is then filled.
func (d *detective) drain() (string, error) {
	from := len(d.samples)
	d.drainStart = d.engine.Now()
	most := d.opt.Budget.MaxRequests / 2
	for sent := 0; sent < most && !d.refusedSince(from); sent++ {
		width := min(max(1, (len(d.samples)-from+7)/8), d.opt.Budget.MaxConcurrency)
		if err := d.await(d.engine.Now()+time.Hour, func() bool { return d.engine.InFlight() < width }); err != nil {
			return "", err
		}
		if d.collect(); d.refusedSince(from) {
			break
		}
		if d.slowing(from) {
			return d.fill()
		}
		if err := d.send(d.engine.Now()); err != nil {
			return "", err
		}
	}
	if err := d.idle(); err != nil {
		return "", err
	}
	passed := 0
	for _, s := range d.samples[from:] {
		if s.Outcome == load.Accepted {
			passed++
		}
	}
	if d.refusedSince(from) {
		return fmt.Sprintf("refused after %d", passed), nil
	}
	if d.slowing(from) {
		return d.fill()
	}
	d.unlimited = true
	return fmt.Sprintf("%d requests, none refused", passed), nil
}

// slowing reports whether the last answers came so late that a queue must be
// before the API.
func (d *detective) slowing(from int) bool {
	const enough = 3
	if len(d.samples)-from < enough {
		return false
	}
	for _, s := range d.samples[len(d.samples)-enough:] {
		if s.Outcome != load.Accepted || s.Wait().Seconds()-d.base.Latency < d.delayed() {
			return false
		}
	}
	return true
}

// fill adds to a queue faster than it drains until it overflows, and then
// waits until it is empty again.
func (d *detective) fill() (string, error) {
	if err := d.idle(); err != nil {
		return "", err
	}
	// The answers of a busy queue come at its pace.
	pace := d.pace()
	if err := d.pause(duration(20*pace) + 100*time.Millisecond); err != nil {
		return "", err
	}
	// Never so many that the last would be waited for too long, and given up.
	longest := min(0.7*d.opt.Client.AnswerTimeout().Seconds(), 0.8*d.timeLeft().Seconds())
	most := min(int(longest/pace), d.opt.Budget.MaxConcurrency, d.opt.Budget.MaxRequests-d.spent.Requests)
	if most < 1 {
		return "", d.outOfTime()
	}
	d.notice(Info, "answers slow down: filling the queue, at most %d", most)
	return d.overflow(0, most)
}

// overflow sends the first requests at once and then adds a tenth of what is in
// flight at a time until one is refused or most are in flight.
func (d *detective) overflow(first, most int) (string, error) {
	from := len(d.samples)
	if first > 0 {
		if err := d.ready(first); err != nil {
			return "", err
		}
	}
	step := duration(1.3*d.base.RTT) + 3*time.Millisecond
	// An API that works off all we may send has no queue to fill.
	enough := d.spent.Requests + d.opt.Budget.MaxRequests/3
	for !d.refusedSince(from) && d.engine.InFlight() < most && d.spent.Requests < enough {
		chunk := max(1, first, d.engine.InFlight()/10)
		if d.engine.InFlight() > 0 && first > 0 {
			chunk = 1 // nearly there: one at a time
		}
		for range min(chunk, most-d.engine.InFlight()) {
			if err := d.send(d.engine.Now()); err != nil {
				return "", err
			}
		}
		if err := d.await(d.engine.Now()+step, func() bool { return d.refusedSince(from) }); err != nil {
			return "", err
		}
	}
	inFlight := d.engine.InFlight()
	refused := d.refusedSince(from)
	if err := d.idle(); err != nil {
		return "", err
	}
	if refused {
		return fmt.Sprintf("queue full with %d in flight", inFlight), nil
	}
	return fmt.Sprintf("%d in flight, none refused", inFlight), nil
}

// pace is the median interval, in seconds, at which the last answers came.
func (d *detective) pace() float64 {
	var done, gaps []float64
	for _, s := range d.samples[max(0, len(d.samples)-10):] {
		done = append(done, s.FirstByte.Seconds())
	}
	slices.Sort(done)
	for i := 1; i < len(done); i++ {
		gaps = append(gaps, done[i]-done[i-1])
	}
	slices.Sort(gaps)
	return max(0.0005, gaps[len(gaps)/2])
}

// niceWindows are the windows, in seconds, that vendors choose.
var niceWindows = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600}

// recover polls until a request passes after the first refusal: at times that
// grow by half, and just after each window that a vendor would choose, counted
// from the first request of the drain. An API that says when to come back is
// asked just before that time, to see whether it tells the truth, and then at
// it.
func (d *detective) recover() (string, error) {
	refused := d.engine.Now()
	// The limit lets through no less than it did so far, which bounds the wait
	// of a limiter that gives back one request at a time.
	next := max((refused-d.drainStart).Seconds()/float64(max(1, d.spent.Accepted)), 2*d.base.RTT, 0.002)
	asked := d.retryAt - refused
	if err := d.bearable(); err != nil {
		return "", err
	}
	for early := true; ; early = false {
		due := refused + duration(next)
		for _, w := range niceWindows {
			if at := d.drainStart + duration(1.01*w+0.02); at > d.engine.Now() && at < due {
				due = at
				break
			}
		}
		if due >= refused+duration(next) {
			next *= 1.5
		}
		if asked > 0 {
			if early {
				due = max(due, refused+asked*9/10)
			} else {
				due = max(due, d.retryAt+10*time.Millisecond)
			}
		}
		from := len(d.samples)
		if err := d.send(due); err != nil {
			return fmt.Sprintf("no request passed in %.3g s", (d.engine.Now() - refused).Seconds()), err
		}
		if err := d.idle(); err != nil {
			return "", err
		}
		if s := d.samples[len(d.samples)-1]; len(d.samples) > from && s.Outcome == load.Accepted {
			d.gap = s.Sent - refused
			return fmt.Sprintf("passed again after %.3g s", d.gap.Seconds()), nil
		}
	}
}

// sustain sends a little below the rate found, evenly. A refusal there is one
// that the belief cannot explain.
func (d *detective) sustain() (string, error) {
	best := d.belief.Best()
	const share, atMost, forSeconds = 0.92, 60, 8
	rate := share * best.Rate()
	n := int(min(atMost, forSeconds*rate))
	if n < 5 || d.confidence(best) < 0.5 {
		return "skipped: the rate is too low or unknown", nil
	}
	if err := d.pause(duration(2 / rate)); err != nil {
		return "", err
	}
	from, refusedBefore := len(d.samples), d.spent.Refused
	begin := d.engine.Now()
	for i := range n {
		if err := d.send(begin + duration(float64(i)/rate)); err != nil {
			return "", err
		}
	}
	if err := d.idle(); err != nil {
		return "", err
	}
	refused, delayed := d.spent.Refused-refusedBefore, 0
	for _, s := range d.samples[from:] {
		if s.Outcome == load.Accepted && s.Wait().Seconds()-d.base.Latency > d.delayed() {
			delayed++
		}
	}
	d.sustained = refused == 0 && delayed <= n/4
	d.steady = fmt.Sprintf("%d requests at 92 %% of the rate, evenly: %d refused, %d delayed", n, refused, delayed)
	return fmt.Sprintf("%d at %v: %d refused, %d delayed", n, load.Rate(rate), refused, delayed), nil
}

// parallel sends as many at once as the rate limit lets through, so that the
// report can say what concurrency was reached.
func (d *detective) parallel() (string, error) {
	best := d.belief.Best()
	n := min(int(best.N), d.opt.Budget.MaxConcurrency, d.opt.Budget.MaxRequests-d.spent.Requests)
	if best.Kind == infer.Concurrency || best.Kind == infer.ConcurrencyQueue || best.Queue > 0 || n < 2 {
		return fmt.Sprintf("%d were under way together", d.together()), nil
	}
	if err := d.pause(duration(1.05 * best.Recovery())); err != nil {
		return "", err
	}
	if err := d.perform(infer.Step{Count: n, InFlight: n}); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d were under way together", d.together()), nil
}

// ramp doubles the number of simultaneous requests until one is refused.
func (d *detective) ramp() (string, error) {
	for n := 2; ; n *= 2 {
		n = min(n, d.opt.Budget.MaxConcurrency)
		if n > d.opt.Budget.MaxRequests-d.spent.Requests {
			break
		}
		from := len(d.samples)
		if err := d.perform(infer.Step{Count: n, InFlight: n}); err != nil {
			return "", err
		}
		if d.refusedSince(from) {
			d.unlimited = false
			return fmt.Sprintf("refused with %d at once", n), nil
		}
		if n == d.opt.Budget.MaxConcurrency {
			break
		}
	}
	return fmt.Sprintf("%d were under way together, none refused", d.together()), nil
}

// together is the most accepted requests that were under way at one time.
func (d *detective) together() int {
	type edge struct {
		at    time.Duration
		delta int
	}
	var edges []edge
	for _, s := range d.samples {
		if s.Outcome == load.Accepted {
			edges = append(edges, edge{s.Sent, +1}, edge{s.Done, -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), a.delta-b.delta) })
	most, now := 0, 0
	for _, e := range edges {
		now += e.delta
		most = max(most, now)
	}
	return most
}
