package probe

import (
	"math"
	"time"

	"brink/probe/infer"
)

const (
	maxRounds = 60
	maxChecks = 3    // full cycles to foretell
	patience  = 8    // experiments in a row that teach nothing: what they would, a budget forbids
	sure      = 0.99 // probability of a kind that needs no further evidence
	precise   = 0.01 // relative width of the interval of T
	worthless = 0.02 // nats: not worth a request
)

// narrow experiments until the belief is sure and precise, or nothing more can
// be learned. A sure belief must still foretell a full cycle rightly.
func (d *detective) narrow() (string, error) {
	d.foretelling = untried
	var foretold *infer.Fit // the belief that was put to the test last
	checks, fruitless := 0, 0
	before := d.belief
	tried := map[string]bool{} // families that taught nothing lately
	for range maxRounds {
		d.learn()
		best := d.belief.Best()
		if fruitless++; d.wiser(before) {
			fruitless = 0
			clear(tried)
		}
		if before = d.belief; fruitless > patience {
			break
		}
		if d.settled() {
			if foretold != nil {
				d.foretelling = failed
				if agree(*foretold, best) {
					d.foretelling = succeeded
				}
			}
			if d.foretelling == succeeded || checks == maxChecks || !d.refusedSince(d.history) {
				break
			}
			foretold = &best
			checks++
			if err := d.validate(best); err != nil {
				return best.String(), err
			}
			continue
		}
		if err := d.patient(); err != nil {
			return best.String(), err
		}
		if best.Kind == infer.None && d.refusedSince(d.history) {
			// Too little was seen to explain the refusals: provoke some more.
			if err := d.provoke(); err != nil {
				return best.String(), err
			}
			continue
		}
		obs := d.observations()
		left := infer.Limits{
			Requests:    d.opt.Budget.MaxRequests - d.spent.Requests,
			Refusals:    d.opt.Budget.MaxRefusals - d.spent.Refused,
			Concurrency: d.opt.Budget.MaxConcurrency,
			Rate:        float64(d.opt.Budget.MaxRate),
			Except:      tried,
			Seconds:     0.8 * d.timeLeft().Seconds(),
		}
		x := d.belief.Next(obs, d.base, d.engine.Now().Seconds(), left)
		if x.Info < worthless {
			break
		}
		tried[x.Family] = true
		d.notice(Info, "next: %s (so far, %.0f %%: %v)", x.Name, 100*best.Probability, best.Model)
		if err := d.experiment(x.Experiment); err != nil {
			return best.String(), err
		}
	}
	return d.belief.Best().String(), nil
}

// wiser reports whether the belief gained by more than noise on an earlier one.
func (d *detective) wiser(before infer.Belief) bool {
	was, is := before.Best(), d.belief.Best()
	return was.Kind != is.Kind || is.Probability > was.Probability+0.005 ||
		is.TRange.Width(is.T) < 0.97*was.TRange.Width(was.T) ||
		is.NRange != was.NRange || is.QueueRange != was.QueueRange
}

// agree reports whether a full cycle left the belief as it was.
func agree(before, after infer.Fit) bool {
	return before.Kind == after.Kind && before.N == after.N && before.Queue == after.Queue &&
		before.T >= after.TRange.Low*(1-precise) && before.T <= after.TRange.High*(1+precise)
}

// provoke drains the limit once more, as wide as it was when it first refused.
func (d *detective) provoke() error {
	width := 1
	if d.firstRefusal != nil {
		width = d.firstRefusal.InFlight
	}
	most := min(d.opt.Budget.MaxRequests/4, d.opt.Budget.MaxRequests-d.spent.Requests)
	d.notice(Info, "next: up to %d requests, %d at a time, to be refused again", most, width)
	if err := d.pause(duration(5 * d.base.Latency)); err != nil {
		return err
	}
	if most < 1 {
		return d.spend("requests", d.opt.Budget.MaxRequests)
	}
	return d.perform(infer.Step{Count: most, UntilRefused: true, InFlight: min(width, d.opt.Budget.MaxConcurrency)})
}

// experiment carries out the steps of x.
func (d *detective) experiment(x infer.Experiment) error {
	begin := d.engine.Now()
	for _, step := range x.Steps {
		begin = max(d.engine.Now(), begin+duration(step.After))
		if err := d.until(begin); err != nil {
			return err
		}
		if err := d.perform(step); err != nil {
			return err
		}
	}
	return nil
}

// settled reports whether the belief is sure of its kind and numbers.
func (d *detective) settled() bool {
	best := d.belief.Best()
	if d.confidence(best) < sure || best.Kind == infer.None && d.refusedSince(d.history) {
		return false
	}
	if d.alignment(best) == unknownAlignment {
		return false
	}
	if best.T > 0 && best.TRange.Width(best.T) > precise {
		return false
	}
	return best.NRange.Low == best.NRange.High || math.IsInf(best.NRange.High, 1)
}

// stands reports whether the belief has survived the phases that test it.
func (d *detective) stands() bool {
	best := d.belief.Best()
	return d.settled() || d.sustained && d.confidence(best) >= sure && best.TRange.Width(best.T) < 5*precise
}

// confidence is the probability of the kind as reports name it: the two fixed
// windows together.
func (d *detective) confidence(f infer.Fit) float64 {
	sum := 0.0
	for _, g := range d.belief.Fits {
		if g.Kind.String() == f.Kind.String() {
			sum += g.Probability
		}
	}
	return sum
}

// validate lets the limiter recover fully, and drains it again.
func (d *detective) validate(f infer.Fit) error {
	full := 1.05 * f.Recovery()
	d.notice(Info, "confirming: %v", f.Model)
	if err := d.pause(duration(full) + 50*time.Millisecond); err != nil {
		return err
	}
	capacity := int(f.N + f.Queue)
	switch f.Kind {
	case infer.LeakyQueue:
		if duration(f.T*f.Queue) > d.timeLeft()*9/10 {
			return d.outOfTime()
		}
		if d.refusedSince(d.history) {
			_, err := d.overflow(capacity-2, capacity+20)
			return err
		}
		_, err := d.overflow(0, min(d.opt.Budget.MaxConcurrency, int(f.N)+20))
		return err
	case infer.Concurrency, infer.ConcurrencyQueue:
		return d.perform(infer.Step{Count: capacity + 1, InFlight: capacity + 1})
	}
	burst := infer.Step{Count: 2*capacity + 8, UntilRefused: true, InFlight: max(1, capacity/10)}
	x := infer.Experiment{Steps: []infer.Step{burst}}
	if f.Kind != infer.TokenBucket {
		one := infer.Step{Count: 1, InFlight: 1}
		half, whole := one, burst
		half.After, whole.After = 0.5*f.T, 0.54*f.T
		x.Steps = append(x.Steps, half, whole)
	}
	return d.experiment(x)
}
