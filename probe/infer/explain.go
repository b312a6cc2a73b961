package infer

import (
	"cmp"
	"math"
	"slices"
)

// Fit is a kind with its most likely numbers, and how sure they are.
type Fit struct {
	Model
	Probability float64 // among the kinds tried, given the observations
	// Intervals at 95 %. High is +Inf where the observations set no bound.
	TRange, NRange, QueueRange Interval

	loglik float64
	modes  []scored
}

// LogLikelihood tells how well the fit explains the observations.
func (f Fit) LogLikelihood() float64 { return f.loglik }

// RateRange is the 95 % interval of Rate.
func (f Fit) RateRange() Interval {
	m := f.Model
	m.T = f.TRange.High
	low := m.Rate()
	if math.IsInf(f.TRange.High, 1) {
		low = 0
	}
	m.T = f.TRange.Low
	return Interval{low, m.Rate()}
}

// Belief is every kind that still explains the observations, most probable
// first.
type Belief struct {
	Fits   []Fit
	Spread float64 // seconds: the latency that the best fit leaves unexplained
}

// Best is the most probable fit.
func (b Belief) Best() Fit { return b.Fits[0] }

// Find returns the fit of a kind, if it is still alive.
func (b Belief) Find(k Kind) (Fit, bool) {
	i := slices.IndexFunc(b.Fits, func(f Fit) bool { return f.Kind == k })
	if i < 0 {
		return Fit{}, false
	}
	return b.Fits[i], true
}

// Admits reports whether m explains the observations about as well as the best
// of its kind does: whether numbers that one would expect are among those that
// cannot be ruled out.
func (b Belief) Admits(m Model, obs []Observation, base Baseline) bool {
	f, ok := b.Find(m.Kind)
	if !ok {
		return false
	}
	_, ll := newEvidence(obs, base, b.Spread).best(m, 0)
	return ll >= f.loglik-2*drop
}

const (
	fewRefusals = 5    // too few to hold one or two against a kind
	hopeless    = 25.0 // nats behind the best: the kind is dropped for a while
	fullEvery   = 5    // rounds between two searches of the whole range
	tinyWindow  = 0.3  // seconds: limits have longer windows, services shorter times
	tinyPenalty = 4.0  // nats
)

// Explainer fits all kinds to a growing series of observations, each round
// starting from what the round before found. The zero value is ready.
type Explainer struct {
	round  int
	seen   int     // observations of the last round
	spread float64 // latency that the best fit of the last round left unexplained
	memory [kinds]memory
}

// memory is what an Explainer remembers of a kind.
type memory struct {
	modes  []Model // the best of the last round
	loglik float64
	behind float64 // nats behind the best kind
}

// Explain weighs every kind against the observations, of which there must be
// at least one.
func (x *Explainer) Explain(obs []Observation, base Baseline) Belief {
	if x.round == 0 {
		x.spread = base.Noise
	}
	e := newEvidence(obs, base, x.spread)
	full := x.round%fullEvery == 0
	var fits []Fit
	for k := range kinds {
		if e.refused == 0 && k != None && k != LeakyQueue && k != ConcurrencyQueue {
			continue // nothing was refused: nothing to explain
		}
		if !full && k != None && x.memory[k].behind > hopeless {
			continue
		}
		modes := x.search(e, k, full)
		if e.degenerate(modes[0].Model) || k != None && modes[0].ll < e.nothing+k.params() {
			continue // explains no more than no limit does
		}
		fits = append(fits, Fit{Model: modes[0].Model, loglik: modes[0].ll, modes: modes})
	}
	fits = explaining(fits, obs)
	x.weigh(fits, e)
	x.spread = max(e.unexplained(fits[0].Model), 0.03*base.Latency, 0.0005)
	x.round++
	x.seen = len(obs)
	return Belief{Fits: fits, Spread: x.spread}
}

// search finds the modes of a kind. A kind that suddenly explains much less
// has lost a narrow mode, and is looked for everywhere.
func (x *Explainer) search(e *evidence, k Kind, full bool) []scored {
	m := &x.memory[k]
	wide := full || len(m.modes) == 0 || k != FixedClock // whose range is by far the largest
	modes := e.search(k, m.modes, wide)
	if fallen := m.loglik - modes[0].ll; !wide && fallen > 5+0.8*float64(len(e.obs)-x.seen) {
		modes = e.search(k, m.modes, true)
	}
	m.loglik = modes[0].ll
	m.modes = m.modes[:0]
	for _, s := range modes {
		m.modes = append(m.modes, s.Model)
	}
	return modes
}

// explaining drops the kinds that leave more of the refusals unexplained than
// the one that explains most. No latency, however well foretold, makes up for
// that: requests slow each other down for many reasons, but nothing other than a
// limiter refuses. A queue for concurrency, which makes sense of most latencies,
// is held to it from the first refusal on.
func explaining(fits []Fit, obs []Observation) []Fit {
	least := 1.0
	unexplained := make([]float64, len(fits))
	for i, f := range fits {
		unexplained[i] = f.Unexplained(obs)
		least = min(least, unexplained[i])
	}
	few := scoredRefusals(obs) < fewRefusals
	kept := fits[:0]
	for i, f := range fits {
		strict := f.Kind == ConcurrencyQueue
		if over := unexplained[i] - least; strict && over <= 0.1 || !strict && (few || over <= 0.3) {
			kept = append(kept, f)
		}
	}
	return kept
}

// scoredRefusals counts the refusals that are evidence.
func scoredRefusals(obs []Observation) int {
	n := 0
	for _, o := range obs {
		if o.Scored && !o.Accepted {
			n++
		}
	}
	return n
}

// degenerate reports whether m cannot be told from a simpler kind, which then
// stands for both.
func (e *evidence) degenerate(m Model) bool {
	switch m.Kind {
	case FixedFirst, SlidingLog:
		return m.N < 2 // a token bucket of burst 1
	case LeakyQueue:
		// Delays within the noise of the service: a token bucket. (The order of
		// a burst is taken from its answers, which makes a ladder of any noise.)
		return m.Queue*m.T < max(0.6*e.base.Latency, 4*e.base.Noise)
	case ConcurrencyQueue:
		return e.refused > 0 && m.Queue < 1 // one that refuses
	}
	return false
}

// weigh turns log-likelihoods into probabilities, most probable first, with
// intervals for those that matter.
func (x *Explainer) weigh(fits []Fit, e *evidence) {
	top := math.Inf(-1)
	for _, f := range fits {
		top = max(top, f.score(e))
	}
	sum := 0.0
	for i := range fits {
		f := &fits[i]
		x.memory[f.Kind].behind = top - f.score(e)
		f.Probability = math.Exp(f.score(e) - top)
		sum += f.Probability
	}
	for i := range fits {
		f := &fits[i]
		if f.Probability /= sum; f.Probability > 1e-3 {
			f.setRanges(e)
		}
	}
	slices.SortStableFunc(fits, func(a, b Fit) int { return cmp.Compare(b.Probability, a.Probability) })
}

// score is the log-likelihood less the price of the numbers a kind was free to
// choose (Schwarz), and of an unlikely window.
func (f Fit) score(e *evidence) float64 {
	return f.loglik - 0.5*f.Kind.params()*math.Log(float64(len(e.obs))) - f.unlikely(e)
}

// unlikely is the prior, in nats, against a window shorter than limits have.
// One as long as a request takes would be a coincidence: a limit on what is
// under way looks just like it.
func (f Fit) unlikely(e *evidence) float64 {
	switch l := e.base.service(); {
	case !f.Kind.windowed() || f.T > tinyWindow && f.T > 1.5*l:
		return 0
	case f.T > 0.5*l && f.T < 1.5*l:
		return 2 * tinyPenalty
	}
	return tinyPenalty
}

func (f *Fit) setRanges(e *evidence) {
	top := f.modes[0]
	if f.Kind == None {
		return
	}
	if f.T > 0 {
		f.TRange = e.interval(f.modes)
		f.center(e)
		f.blur(e)
	}
	switch f.Kind {
	case LeakyQueue, ConcurrencyQueue:
		f.NRange = e.counts(top, f.N, 1, func(m Model, n float64) Model {
			m.Queue += m.N - n // the capacity is known apart from N
			m.N = n
			return m
		})
		f.QueueRange = e.counts(top, f.Queue, 0, func(m Model, q float64) Model { m.Queue = q; return m })
	default:
		f.NRange = e.counts(top, f.N, 1, func(m Model, n float64) Model { m.N = n; return m })
	}
}

// center moves T to the middle of its interval where that is as likely as the
// top: between two decisions that bracket it, every T is, and the middle is
// wrong by least.
func (f *Fit) center(e *evidence) {
	if middle := math.Sqrt(f.TRange.Low * f.TRange.High); !math.IsInf(middle, 1) {
		if m, ll := e.held(f.Model, middle); ll > f.loglik-0.5 {
			f.Model = m
		}
	}
}

// blur keeps the interval of T from being narrower than the arrivals allow: their
// typical error at either end, over all the time observed.
func (f *Fit) blur(e *evidence) {
	if e.span <= 0 {
		return
	}
	sigmas := make([]float64, len(e.obs))
	for i, o := range e.obs {
		sigmas[i] = o.Sigma
	}
	slack := 2 * e.median(sigmas) / e.span * f.T
	f.TRange.Low = min(f.TRange.Low, f.T-slack)
	f.TRange.High = max(f.TRange.High, f.T+slack)
}

// unexplained is the spread of the latencies around the delays of m (1.2 times
// the median absolute deviation).
func (e *evidence) unexplained(m Model) float64 {
	s := m.newState()
	var residuals []float64
	for i := range e.obs {
		o := &e.obs[i]
		if o.Accepted && !math.IsNaN(o.Excess) {
			residuals = append(residuals, o.Excess-s.delay(o, m.N))
		}
		s.update(o)
	}
	center := e.median(residuals)
	for i, r := range residuals {
		residuals[i] = math.Abs(r - center)
	}
	return 1.2 * e.median(residuals)
}

// Explains counts the decisions that m had to foretell, and those it got wrong
// by more than the arrival's uncertainty allows.
func (m Model) Explains(obs []Observation) (decided, wrong int) {
	m.replay(obs, func(_ *Observation, right bool) {
		decided++
		if !right {
			wrong++
		}
	})
	return decided, wrong
}

// Unexplained is the share of the refusals that m gets wrong, zero when
// there are none.
func (m Model) Unexplained(obs []Observation) float64 {
	refused, wrong := 0.0, 0.0
	m.replay(obs, func(o *Observation, right bool) {
		if !o.Accepted {
			refused++
			if !right {
				wrong++
			}
		}
	})
	return wrong / max(1, refused)
}

// replay tells of each scored decision whether m foretold it, within the
// uncertainty of its arrival.
func (m Model) replay(obs []Observation, tell func(o *Observation, right bool)) {
	s := m.newState()
	// A stall of the machine is no fault of the model, as long as it is short
	// against the limiter's own time.
	stall := 0.02
	if m.T > 0 {
		stall = min(stall, 0.3*m.T)
	}
	for i := range obs {
		o := &obs[i]
		if o.Scored {
			margin := s.margin(o, m.capacity())
			tell(o, o.Accepted == (margin >= 0) || math.Abs(margin) <= 4*m.Kind.tolerance(o)+stall)
		}
		s.update(o)
	}
}
