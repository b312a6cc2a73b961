package infer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// member is one opinion in a committee: a model that still explains the
// observations, its state now, and its weight.
type member struct {
	Model
	state  state
	weight float64
}

// Choice is the experiment that promises most, and how much.
type Choice struct {
	Experiment
	Info     float64 // nats it is expected to teach
	Requests float64 // expected cost
	Refusals float64
	Seconds  float64
}

// Limits bound what an experiment may cost, and rule out families.
type Limits struct {
	Requests, Refusals, Concurrency int
	Seconds                         float64
	Rate                            float64         // requests in any one second; 0: no bound
	Except                          map[string]bool // families
}

// Next chooses the next experiment by committee: all models that still explain
// the observations forecast each candidate, and the one whose outcomes divide
// them best for its cost is taken (Seung, Opper, Sompolinsky 1992; information
// gain after Lindley 1956). Info is zero when nothing is left to learn.
func (b Belief) Next(obs []Observation, base Baseline, now float64, limits Limits) Choice {
	members := b.committee(obs, base)
	if len(members) < 2 {
		return Choice{}
	}
	best, utility := Choice{}, 0.0
	for _, x := range candidates(members, now, base, limits) {
		if limits.Except[x.Family] {
			continue
		}
		c := weigh(x, members, now, base)
		if c.Requests > float64(limits.Requests) || c.Refusals > float64(limits.Refusals) || c.Seconds > limits.Seconds ||
			limits.Rate > 0 && c.Requests > limits.Rate*(1+c.Seconds) {
			continue
		}
		patience := 0.05*min(members[0].Recovery(), 60) + 0.05
		if u := c.Info / (1 + c.Requests + 2*c.Refusals + c.Seconds/patience); u > utility {
			best, utility = c, u
		}
	}
	return best
}

// committee lists the models in the running: for each kind its best numbers
// and the ends of their intervals.
func (b Belief) committee(obs []Observation, base Baseline) []member {
	e := newEvidence(obs, base, b.Spread)
	var ms []member
	top := math.Inf(-1)
	for _, f := range b.Fits {
		top = max(top, f.weakScore(e))
	}
	for _, f := range b.Fits {
		w := math.Exp(f.weakScore(e) - top)
		if w < 0.003 {
			continue
		}
		models := f.variants(e)
		for _, m := range models {
			ms = append(ms, member{m, m.after(obs), w / float64(len(models))})
		}
	}
	sum := 0.0
	for _, m := range ms {
		sum += m.weight
	}
	for i := range ms {
		ms[i].weight /= sum
	}
	slices.SortStableFunc(ms, func(a, b member) int { return cmp.Compare(b.weight, a.weight) })
	return ms
}

// weakScore prices the freedom of a kind less than score does: a few nats of
// prior must not look like a decision while there is still budget to decide.
func (f Fit) weakScore(e *evidence) float64 { return f.loglik - 0.7*f.Kind.params() - f.unlikely(e) }

// variants spreads a fit over its intervals.
func (f Fit) variants(e *evidence) []Model {
	ms := []Model{f.Model}
	if f.T > 0 && f.TRange.High > 0 {
		high := f.TRange.High
		if math.IsInf(high, 1) {
			high = 4 * max(f.T, e.span)
		}
		// Evenly spread: within a bracket between two decisions, all T are
		// equally likely, wherever the search happened to end.
		const most = 4
		for i := range most + 1 {
			t := f.TRange.Low * math.Pow(high/f.TRange.Low, float64(i)/most)
			// At the ends of a wide interval N is just what was accepted so far,
			// and nothing is explained any more.
			if m, ll := e.held(f.Model, t); math.Abs(t/f.T-1) > 1e-4 && ll > e.nothing+f.Kind.params() {
				ms = append(ms, m)
			}
		}
	}
	for _, n := range []float64{f.NRange.Low, min(f.NRange.High, 2*f.N+1)} {
		if n != f.N && n >= 1 {
			m := f.Model
			m.N = n
			ms = append(ms, m)
		}
	}
	for _, q := range []float64{f.QueueRange.Low, min(f.QueueRange.High, 2*f.Queue+1)} {
		if q != f.Queue && (f.Kind == LeakyQueue || f.Kind == ConcurrencyQueue) {
			m := f.Model
			m.Queue = q
			ms = append(ms, m)
		}
	}
	return ms
}

// held is the best model of m's kind with T held at t, and its log-likelihood.
func (e *evidence) held(m Model, t float64) (Model, float64) {
	best, top := m, math.Inf(-1)
	for _, p := range e.phasesNear(m, t, min(math.Abs(t/m.T-1), 0.2)) {
		if c, ll := e.best(Model{Kind: m.Kind, T: t, Phase: p}, 0); ll > top {
			best, top = c, ll
		}
	}
	return best, top
}

// Recovery is how long, in seconds, a drained limiter takes to be whole again.
func (m Model) Recovery() float64 {
	switch {
	case m.Kind.windowed():
		return m.T
	case m.T > 0:
		return m.T * (m.N + m.Queue)
	}
	return 0.1
}

// candidates lists the experiments worth weighing for this committee.
func candidates(members []member, now float64, base Baseline, limits Limits) []Experiment {
	top := members[0].Model
	scale := top.Recovery()
	n := int(top.capacity())
	drain := Step{Count: min(2*n+8, limits.Requests), UntilRefused: true, InFlight: min(max(1, n/10), limits.Concurrency)}
	if top.Kind == LeakyQueue || top.Kind == ConcurrencyQueue {
		drain.InFlight = limits.Concurrency
	}
	at := func(after float64, s Step) Step { s.After = after; return s }
	single := Step{Count: 1, InFlight: 1}

	var xs []Experiment
	add := func(family string, after float64, steps ...Step) {
		name := family
		if after > 0 {
			name = fmt.Sprintf("%s after %.3g s", family, after)
		}
		xs = append(xs, Experiment{family, name, steps})
	}
	for _, w := range flips(members, now) {
		add("one request", w, at(w, single))
	}
	for _, idle := range []float64{0, 1.1, 3.3} {
		first := at(idle*scale, drain)
		for _, w := range flips(drained(members, first, now, base), now+idle*scale) {
			add(idling(idle)+"drain, one request", w, first, at(w, single))
		}
	}
	for _, x := range []float64{0.3, 0.5, 0.97, 1.04, 1.5, 2.2} {
		add("burst", x*scale, at(x*scale, drain))
		add("drain, burst", x*scale, drain, at(x*scale, drain))
	}
	for _, idle := range []float64{1.1, 1.35, 1.6} {
		for _, x := range []float64{0.4, 0.7, 0.97, 1.04} {
			add(idling(idle)+"drain, burst", x*scale, at(idle*scale, drain), at(x*scale, drain))
		}
	}
	if half := n / 2; half > 0 && half < limits.Requests {
		clump := Step{Count: half, InFlight: min(max(1, half/4), limits.Concurrency)}
		for _, x := range []float64{0.3, 0.55} {
			add("a clump, another", x*scale, at(1.05*scale, clump), at(x*scale, drain), at((1.04-x)*scale, drain))
		}
	}
	for k := 2; k <= min(64, 2*n+2, limits.Concurrency); k *= 2 {
		all := Step{Count: k, InFlight: k}
		add(fmt.Sprintf("%d at once", k), 0, all)
		add(fmt.Sprintf("%d at once", k), 1.05*scale, at(1.05*scale, all))
	}
	// As many as the limit holds, but spread over the time one of them takes: a
	// limit on what is under way sees them together, a rate sees them apart.
	for _, k := range []int{n + 2, n + 2 + n/4, 2 * n} {
		if k <= limits.Concurrency {
			gap := 0.7 * base.service() / float64(k)
			add(fmt.Sprintf("%d within one answer's time", k), 0, at(2*base.service(), Step{Count: k, InFlight: k, Gap: gap}))
		}
	}
	if k := n + 2; k <= limits.Concurrency {
		add(fmt.Sprintf("%d at once", k), 1.05*scale, at(1.05*scale, Step{Count: k, InFlight: k}))
	}
	return xs
}

// idling names a rest of so many recoveries.
func idling(idle float64) string {
	if idle == 0 {
		return ""
	}
	return "rest, "
}

// drained returns the members as the first step would leave them.
func drained(members []member, first Step, now float64, base Baseline) []member {
	after := make([]member, len(members))
	for i, m := range members {
		after[i] = m
		_, after[i].state = m.foresee(Experiment{Steps: []Step{first}}, m.state, now, base)
	}
	return after
}

// flips are the waits between two members' opinions of when the next request
// would pass: there a single request tells them apart.
func flips(members []member, now float64) []float64 {
	var at []float64
	for _, m := range members {
		o := Observation{Arrive: now, Company: math.MaxInt32}
		if w := -m.state.margin(&o, m.capacity()); w > 0 && w < never/2 {
			at = append(at, w)
		}
	}
	slices.Sort(at)
	var between []float64
	for i := 1; i < len(at); i++ {
		if at[i]-at[i-1] > 0.0005 {
			between = append(between, (at[i]+at[i-1])/2)
		}
	}
	if len(between) > 12 {
		thin := make([]float64, 12)
		for i := range thin {
			thin[i] = between[i*len(between)/12]
		}
		between = thin
	}
	return between
}

// weigh forecasts an experiment with every member and measures how much its
// outcome would tell about the kind (which counts double) and the numbers.
func weigh(x Experiment, members []member, now float64, base Baseline) Choice {
	c := Choice{Experiment: x}
	type group struct {
		members []float64      // weights
		kinds   [kinds]float64 // weights
	}
	index := map[string]int{}
	var all group
	var groups []group // the members that agree, in order of appearance
	for _, m := range members {
		f := m.forecast(x, m.state, now, base)
		c.Requests += m.weight * f.requests
		c.Refusals += m.weight * f.refused
		c.Seconds += m.weight * f.seconds
		i, seen := index[f.outcome]
		if !seen {
			i = len(groups)
			index[f.outcome] = i
			groups = append(groups, group{})
		}
		for _, g := range []*group{&groups[i], &all} {
			g.members = append(g.members, m.weight)
			g.kinds[m.Kind] += m.weight
		}
	}
	c.Info = 2*unnormalizedEntropy(all.kinds[:]) + unnormalizedEntropy(all.members)
	for _, g := range groups {
		c.Info -= 2*unnormalizedEntropy(g.kinds[:]) + unnormalizedEntropy(g.members)
	}
	return c
}

// unnormalizedEntropy is the entropy, in nats, of weights that sum to W, times
// W: the part an outcome of probability W adds to an expected entropy.
func unnormalizedEntropy(ws []float64) float64 {
	total, h := 0.0, 0.0
	for _, w := range ws {
		total += w
	}
	for _, w := range ws {
		if w > 0 {
			h -= w * math.Log(w/total)
		}
	}
	return h
}
