package probe

import (
	"cmp"
	"context"
	"errors"
	"time"

	"brink/probe/infer"
	"brink/probe/load"
)

// Options say what to probe and how far to go. The zero Budget fields take the
// values of DefaultBudget.
type Options struct {
	Target     Target
	Client     *load.Client
	Budget     Budget
	Seed       uint64
	Version    string
	AllowHTML  bool         // measure a web page, too
	Documented []Documented // what a profile says about this target
}

// Documented is a limit as the vendor's documentation states it. It is compared
// with what was measured and never used to find it.
type Documented struct {
	Name string  // "rate", "day", ...
	Text string  // "15/s, queue of 100"
	Rate float64 // requests a second; 0 when the limit is of another sort
	// Burst and Queue belong to a rate; 0 where nothing is stated.
	Burst, Queue float64
	// Window is the window in seconds of a count limit (a daily quota: 86400);
	// one longer than a run can be is reported as documented, not measured.
	Window float64
	Limit  float64
}

// Prober runs one probe.
type Prober struct{ opt Options }

// New prepares a probe.
func New(opt Options) *Prober {
	b, d := &opt.Budget, DefaultBudget
	b.MaxRequests = cmp.Or(b.MaxRequests, d.MaxRequests)
	b.MaxRefusals = cmp.Or(b.MaxRefusals, d.MaxRefusals)
	b.MaxRate = cmp.Or(b.MaxRate, d.MaxRate)
	b.MaxConcurrency = cmp.Or(b.MaxConcurrency, d.MaxConcurrency)
	b.MaxTime = cmp.Or(b.MaxTime, d.MaxTime)
	return &Prober{opt}
}

// Run probes until the answer is certain, nothing more can be learned within
// the budget, or c says stop. Cancelling ctx also cuts the requests under way.
// The report is never nil; its Failure says why when nothing could be measured.
func (p *Prober) Run(ctx context.Context, c *Control, sinks ...Sink) *Report {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(p.opt.Budget.MaxTime))
	defer cancel()
	s := &session{opt: p.opt, ctx: ctx, ctl: c, sinks: sinks}
	s.engine = load.NewEngine(ctx, p.opt.Client, p.opt.Budget.MaxConcurrency)
	started := time.Now()
	s.emit(Start{Verb: "probe", Target: p.opt.Target, Budget: p.opt.Budget, Seed: p.opt.Seed, StartedAt: started})

	d := &detective{session: s}
	err := d.investigate()
	if errors.Is(err, errCut) {
		cancel()
	}
	// Nothing is abandoned in the API's queue, unless the user cuts it off.
	s.engine.Drain(s.receive)
	d.learn()
	report := d.conclude(err)
	report.StartedAt = started
	s.emit(Done{Report: report})
	return report
}

// detective is a session with a theory.
type detective struct {
	*session
	explainer infer.Explainer
	belief    infer.Belief
	learned   int // samples the belief rests on
	history   int // the first sample that counts: before it, the limiter's state is unknown

	drainStart time.Duration // first request of the burst that met the limit
	gap        time.Duration // from a refusal to the first request that passed
	searched   bool          // the drain came to an end
	unlimited  bool          // without a refusal
	sustained  bool          // an even stretch below the rate met no obstacle
	steady     string        // that stretch in words

	foretelling foretelling // of a full cycle
}

// foretelling is how putting the belief to the test came out.
type foretelling uint8

const (
	untried foretelling = iota
	failed
	succeeded
)

// maxPasses bounds how often the belief is narrowed down and then checked.
const maxPasses = 3

// investigate runs the phases in order.
func (d *detective) investigate() error {
	if err := d.open(); err != nil {
		return err
	}
	if !d.refusedSince(d.history) {
		if err := d.run("drain", "speed up until a limit shows", d.drain); err != nil {
			return err
		}
	}
	d.searched = true
	if !d.refusedSince(d.history) && d.unlimited {
		if err := d.run("parallel", "more and more at the same instant", d.ramp); err != nil {
			return err
		}
	}
	if d.refusedSince(d.history) {
		if err := d.run("recovery", "when does a request pass again?", d.recover); err != nil {
			return err
		}
	}
	if d.learn(); d.belief.Best().Kind == infer.None && !d.refusedSince(d.history) {
		return nil
	}
	// What the last phases show may unsettle the belief: then once more.
	for range maxPasses {
		if err := d.run("narrow", "the experiments that tell most for their cost", d.narrow); err != nil {
			return err
		}
		if err := d.run("sustain", "a steady stretch just below the limit", d.sustain); err != nil {
			return err
		}
		if err := d.run("parallel", "as many at once as the limit lets through", d.parallel); err != nil {
			return err
		}
		if d.learn(); d.stands() {
			break
		}
	}
	return nil
}

// open runs the preflight. If even its few requests are refused, somebody has
// used up the limit before: then it is left to recover, and what was seen so far
// is forgotten, because the limiter's state was unknown.
func (d *detective) open() error {
	const check = "is it there, and how fast is a request that nothing hinders?"
	if err := d.run("preflight", check, d.preflight); err != nil || !d.refusedSince(0) {
		return err
	}
	if err := d.run("recovery", "the limit is used up: when does a request pass again?", d.recover); err != nil {
		return err
	}
	rest := min(max(10*time.Second, 30*d.gap), d.timeLeft()/4)
	d.notice(Info, "resting %v, so that the limit is whole", rest.Round(time.Millisecond))
	if err := d.pause(rest); err != nil {
		return err
	}
	d.history = len(d.samples)
	return d.run("preflight", check, d.preflight)
}

// observations are the samples as the limiter met them.
func (d *detective) observations() []infer.Observation {
	return infer.Observe(d.samples[d.history:], d.base)
}

// learn brings the belief up to date with the samples.
func (d *detective) learn() {
	if d.learned == len(d.samples) && d.learned > 0 {
		return
	}
	obs := d.observations()
	if len(obs) == 0 {
		return
	}
	d.belief = d.explainer.Explain(obs, d.base)
	d.learned = len(d.samples)
	if limits := d.limits(); len(limits) > 0 {
		d.emit(Finding{limits})
	}
}
