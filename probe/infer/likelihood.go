package infer

import (
	"math"
	"slices"
)

const (
	outlier    = 1e-3 // the share of decisions no model need explain
	worstDelay = 6.0  // nats: the most that one latency can speak against a model
	crowding   = 1e-4 // seconds: what each request under way may slow the others, by its work alone
)

// The log-probabilities of a decision that was sure, and of one that a model
// rules out.
var (
	logSure    = math.Log(1 - outlier)
	logOutlier = math.Log(outlier)
)

// evidence is a series of observations made ready for scoring many models.
type evidence struct {
	obs     []Observation
	base    Baseline
	spread  float64 // scale of unexplained latency, seconds
	span    float64 // seconds from the first arrival to the last
	refused int
	company float64 // the most accepted requests that shared the server
	plain   float64 // the latency term of a model that never delays
	nothing float64 // the log-likelihood of there being no limit

	brackets []Interval // where a refusing limiter began to accept again

	// Scratch, reused by every replay.
	residuals, scales, sorted []float64
}

func newEvidence(obs []Observation, base Baseline, spread float64) *evidence {
	e := &evidence{obs: obs, base: base, spread: max(spread, 0.03*base.Latency, 0.0005)}
	if n := len(obs); n > 0 {
		e.span = obs[n-1].Arrive - obs[0].Arrive
	}
	for _, o := range obs {
		if !o.Accepted {
			e.refused++
		}
		e.company = max(e.company, float64(o.Company))
	}
	e.brackets = findBrackets(obs)
	e.plain = e.latencyTerm(func(*Observation) float64 { return 0 }, 0)
	_, e.nothing = e.best(Model{Kind: None}, 0)
	return e
}

// tolerance is how sharply the arrival of o is known, as seen by a model.
func (k Kind) tolerance(o *Observation) float64 {
	t := 1.5 * o.Sigma
	if k == Concurrency || k == ConcurrencyQueue {
		t += 0.001 + o.Sigma // departures are noisy as well
	}
	return t
}

// decisionTerm is the log-probability of a decision whose flip was margin
// seconds before the arrival.
func decisionTerm(accepted bool, margin, scale float64) float64 {
	if !accepted {
		margin = -margin
	}
	x := margin / scale
	switch {
	case x >= widest:
		return logSure
	case x <= -widest:
		return logOutlier
	}
	return logProbability[min(int((x+widest)*perUnit), len(logProbability)-1)]
}

const (
	widest  = 100.0 // scales: a decision further from its flip is sure
	perUnit = 50    // entries of the table to one scale
)

// logProbability tabulates decisionTerm, which is most of the work of a fit. The
// logistic stands for the normal distribution function (it differs by less than
// 0.01 at slope 1.702). A stalled scheduler, at either end, makes some arrivals
// much less certain than the others: a share of them, at ten times the scale.
var logProbability = func() (table [2 * widest * perUnit]float64) {
	const stalls, stalled = 0.05, 10
	for i := range table {
		x := 1.702 * ((float64(i)+0.5)/perUnit - widest)
		p := (1-stalls)/(1+math.Exp(-x)) + stalls/(1+math.Exp(-x/stalled))
		table[i] = math.Log(outlier + (1-2*outlier)*p)
	}
	return table
}()

// latencyTerm scores the observed latencies against the delays of a model. A
// heavy-tailed density, because servers stall for reasons of their own; a
// common offset is taken out, because the baseline is an estimate too.
func (e *evidence) latencyTerm(delay func(*Observation) float64, temper float64) float64 {
	e.residuals, e.scales = e.residuals[:0], e.scales[:0]
	for i := range e.obs {
		o := &e.obs[i]
		d := delay(o)
		if o.Accepted && !math.IsNaN(o.Excess) {
			e.residuals = append(e.residuals, o.Excess-d)
			e.scales = append(e.scales, e.spread+crowding*float64(o.Company)+0.002*d+temper/2)
		}
	}
	offset := e.median(e.residuals)
	offset = min(max(offset, -0.25*e.base.Latency), 0.25*e.base.Latency)
	sum := 0.0
	for i, r := range e.residuals {
		x := (r - offset) / e.scales[i]
		sum -= min(worstDelay, math.Log1p(x*x/2))
	}
	return sum
}

func (e *evidence) median(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	e.sorted = append(e.sorted[:0], xs...)
	slices.Sort(e.sorted)
	return e.sorted[len(e.sorted)/2]
}

// best replays the observations through m and returns m with the capacity (N,
// and Queue for the kinds that have one) under which they are most likely, and
// that log-likelihood. Of m only Kind, T and Phase are read, and N for
// ConcurrencyQueue. A temper above zero (seconds) blurs the decisions, so that
// a coarse search does not step over a narrow optimum.
func (e *evidence) best(m Model, temper float64) (Model, float64) {
	if m.Kind == None {
		sum := e.plain
		for i := range e.obs {
			if e.obs[i].Scored {
				sum += decisionTerm(e.obs[i].Accepted, never, 1)
			}
		}
		return m, sum
	}
	latency := e.plain
	var b bounds
	s := m.newState()
	if m.Kind == LeakyQueue {
		m.N = e.freeBurst(m)
	}
	for i := range e.obs {
		o := &e.obs[i]
		if o.Scored {
			b.add(s.load(o)+1, o.Accepted)
		}
		s.update(o)
	}
	if m.Kind == LeakyQueue || m.Kind == ConcurrencyQueue {
		s = m.newState()
		latency = e.latencyTerm(func(o *Observation) float64 {
			d := s.delay(o, m.N)
			s.update(o)
			return d
		}, temper)
	}
	capacities := b.candidates(m)
	sums := make([]float64, len(capacities))
	s = m.newState()
	for i := range e.obs {
		o := &e.obs[i]
		if o.Scored {
			scale := m.Kind.tolerance(o) + temper
			for j, c := range capacities {
				sums[j] += decisionTerm(o.Accepted, s.margin(o, c), scale)
			}
		}
		s.update(o)
	}
	top := 0
	for j := range sums {
		if sums[j] > sums[top] {
			top = j
		}
	}
	return m.withCapacity(capacities[top]), sums[top] + latency
}

// loglik is the log-likelihood of m as it stands, its capacity included.
func (e *evidence) loglik(m Model) float64 {
	s := m.newState()
	capacity, sum := m.capacity(), 0.0
	sum += e.latencyTerm(func(o *Observation) float64 {
		if o.Scored {
			sum += decisionTerm(o.Accepted, s.margin(o, capacity), m.Kind.tolerance(o))
		}
		d := s.delay(o, m.N)
		s.update(o)
		return d
	}, 0)
	return sum
}

// withCapacity sets N, or Queue where N is what passes without a wait.
func (m Model) withCapacity(c float64) Model {
	if m.Kind == LeakyQueue || m.Kind == ConcurrencyQueue {
		m.Queue = max(0, c-m.N)
	} else {
		m.N = c
	}
	return m
}

// freeBurst is how many requests a leaky queue lets through before it delays:
// each delayed request tells load+1-delay/T.
func (e *evidence) freeBurst(m Model) float64 {
	s := m.newState()
	e.residuals = e.residuals[:0]
	for i := range e.obs {
		o := &e.obs[i]
		if o.Accepted && o.Excess > 4*e.spread && o.Excess > 0.5*m.T {
			e.residuals = append(e.residuals, s.load(o)+1-o.Excess/m.T)
		}
		s.update(o)
	}
	return max(1, math.Round(e.median(e.residuals)))
}

// bounds collects what the loads say of the capacity: at least the need of
// each accepted request, less than that of each refused one. The three
// tightest of either side are kept, because one may be an outlier.
type bounds struct {
	atLeast, below []float64
}

func (b *bounds) add(need float64, accepted bool) {
	if accepted {
		b.atLeast = keep(b.atLeast, need, func(x, y float64) bool { return x > y })
	} else {
		b.below = keep(b.below, need, func(x, y float64) bool { return x < y })
	}
}

// keep inserts x into the (at most three) values that come first.
func keep(tight []float64, x float64, before func(x, y float64) bool) []float64 {
	i := 0
	for i < len(tight) && !before(x, tight[i]) {
		if tight[i] == x {
			return tight
		}
		i++
	}
	if i == 3 {
		return tight
	}
	tight = slices.Insert(tight, i, x)
	return tight[:min(3, len(tight))]
}

// candidates lists the whole capacities worth trying, at least one.
func (b *bounds) candidates(m Model) []float64 {
	least := 1.0
	if m.Kind == LeakyQueue || m.Kind == ConcurrencyQueue {
		least = m.N
	}
	var c []float64
	add := func(x float64) {
		if x = max(x, least); !slices.Contains(c, x) {
			c = append(c, x)
		}
	}
	for _, x := range b.atLeast {
		add(math.Ceil(x))
		add(math.Round(x)) // just above a whole number: an arrival placed too early
	}
	for _, x := range b.below {
		add(math.Ceil(x) - 1)
		add(math.Round(x) - 1)
		add(math.Round(x))
	}
	if len(c) == 0 {
		add(1)
	}
	return c
}
