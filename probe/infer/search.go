package infer

import (
	"cmp"
	"math"
	"slices"
)

const (
	shortestT      = 0.0004 // seconds: 2,500 requests a second
	shortestWindow = 0.05   // seconds
	gridStep       = 1.08
	clockGridStep  = 1.035 // windows on a grid are narrower modes
)

// scored is a model and its log-likelihood.
type scored struct {
	Model
	ll float64
}

// search finds the most likely models of a kind, best first. warm are models
// that were good before; wide asks for the whole range to be searched again.
func (e *evidence) search(k Kind, warm []Model, wide bool) []scored {
	switch k {
	case None, Concurrency:
		return e.rank([]Model{{Kind: k}}, 0)
	case ConcurrencyQueue:
		var ms []Model
		for n := 1.0; n <= max(1, e.company-1); n++ {
			ms = append(ms, Model{Kind: k, N: n})
		}
		return e.rank(ms, 0)
	}
	found := e.zoom(warm, fine)
	seeds := slices.Clone(warm)
	if wide {
		grid := append(e.grid(k), e.paced(k)...)
		seeds = append(seeds, models(diverse(e.rank(grid, 0.05), gridModes(k)))...)
		seeds = append(seeds, models(diverse(e.rank(grid, 0), gridModes(k)))...)
	}
	found = append(found, e.zoom(seeds, coarse)...)
	slices.SortStableFunc(found, byLikelihood)
	return diverse(found, gridModes(k))
}

// gridModes is how many modes of a kind are worth following.
func gridModes(k Kind) int {
	if k == FixedClock {
		return 12 // a few boundaries fit many grids
	}
	return 4
}

func models(ss []scored) []Model {
	ms := make([]Model, len(ss))
	for i, s := range ss {
		ms[i] = s.Model
	}
	return ms
}

func byLikelihood(a, b scored) int { return cmp.Compare(b.ll, a.ll) }

// rank scores models, blurred by a share of their T, best first.
func (e *evidence) rank(ms []Model, temper float64) []scored {
	out := make([]scored, len(ms))
	for i, m := range ms {
		out[i].Model, out[i].ll = e.best(m, temper*m.T)
	}
	slices.SortStableFunc(out, byLikelihood)
	return out
}

// grid covers the range of T, and the phases of each T for a clock window.
func (e *evidence) grid(k Kind) []Model {
	from, to, step := shortestT, max(4*e.span, 1), gridStep
	if k.windowed() {
		from = shortestWindow
	}
	if k == FixedClock {
		step = clockGridStep
	}
	var ms []Model
	for t := from; t <= to; t *= step {
		if k != FixedClock {
			ms = append(ms, Model{Kind: k, T: t})
			continue
		}
		for _, p := range e.phases(t) {
			ms = append(ms, Model{Kind: k, T: t, Phase: p})
		}
	}
	return ms
}

// paced are token intervals read off directly: between two refusals with no rest
// between them, a bucket passes one request an interval. Over a long overload the
// likelihood of T is too narrow a peak for any grid.
func (e *evidence) paced(k Kind) []Model {
	if k.windowed() {
		return nil
	}
	type refusal struct {
		at     float64
		passed float64 // accepted before it
	}
	var all []refusal
	passed := 0.0
	for _, o := range e.obs {
		switch {
		case o.Accepted:
			passed++
		case o.Scored:
			all = append(all, refusal{o.Arrive, passed})
		}
	}
	const most = 12 // refusals looked at, evenly chosen
	var ms []Model
	pick := func(i int) refusal { return all[i*(len(all)-1)/max(1, min(most, len(all))-1)] }
	for i := range min(most, len(all)) {
		for j := range i {
			a, b := pick(j), pick(i)
			if t := (b.at - a.at) / (b.passed - a.passed); b.passed > a.passed && t >= shortestT {
				ms = append(ms, Model{Kind: k, T: t})
			}
		}
	}
	return ms
}

// phases are the grid offsets worth trying for a window of t: evenly spread,
// and where a boundary must lie if the limit is a window at all: between a
// refusal and the acceptance after it.
func (e *evidence) phases(t float64) []float64 {
	var ps []float64
	const even = 12
	for i := range even {
		ps = append(ps, t*float64(i)/even)
	}
	for _, b := range e.brackets {
		for _, share := range []float64{0.2, 0.5, 0.8} {
			ps = append(ps, math.Mod(b.Low+share*(b.High-b.Low), t))
		}
	}
	return ps
}

// findBrackets lists the times between a refusal and the acceptance after it,
// the narrowest few, which tell most.
func findBrackets(obs []Observation) []Interval {
	var bs []Interval
	for i := 1; i < len(obs); i++ {
		if a, b := obs[i-1], obs[i]; !a.Accepted && b.Accepted {
			bs = append(bs, Interval{a.Arrive, b.Arrive})
		}
	}
	slices.SortStableFunc(bs, func(a, b Interval) int { return cmp.Compare(a.High-a.Low, b.High-b.Low) })
	return bs[:min(4, len(bs))]
}

// diverse keeps the best of a ranking that differ by more than a tenth in T or
// in phase.
func diverse(ranked []scored, most int) []scored {
	var kept []scored
next:
	for _, s := range ranked {
		for _, k := range kept {
			if math.Abs(math.Log(s.T/k.T)) < 0.1 && circular(s.Phase-k.Phase, s.T) < 0.1*s.T {
				continue next
			}
		}
		if kept = append(kept, s); len(kept) == most {
			break
		}
	}
	return kept
}

// circular is the distance of two phases on a circle of circumference t.
func circular(d, t float64) float64 {
	if t <= 0 {
		return 0
	}
	d = math.Mod(math.Abs(d), t)
	return min(d, t-d)
}

// lens is one magnification of a zoom, as shares of T: how far to look to
// either side, and the blur. Only the best so many modes are looked at through
// the next one.
type lens struct {
	reach, temper float64
	keep          int
}

var (
	coarse = []lens{{0.08, 0.006, 8}, {0.012, 0.0008, 6}, {0.0018, 0.0001, 6}, {0.0004, 0, 6}, {0.00005, 0, 6}}
	fine   = coarse[2:] // for a mode that was found before
)

// zoom climbs from each seed to the top of its mode, on ever finer grids with
// ever less blur.
func (e *evidence) zoom(seeds []Model, lenses []lens) []scored {
	for _, l := range lenses {
		tops := make([]scored, len(seeds))
		for i, m := range seeds {
			tops[i] = e.look(m, l)
		}
		slices.SortStableFunc(tops, byLikelihood)
		seeds = models(tops[:min(l.keep, len(tops))])
	}
	return e.rank(seeds, 0)
}

// look finds the best model near m.
func (e *evidence) look(m Model, l lens) scored {
	const steps = 6
	top := scored{m, math.Inf(-1)}
	for i := -steps; i <= steps; i++ {
		t := m.T * (1 + l.reach*float64(i)/steps)
		for _, p := range e.phasesNear(m, t, l.reach) {
			c, ll := e.best(Model{Kind: m.Kind, T: t, Phase: p}, l.temper*t)
			if ll > top.ll || ll == top.ll && math.Abs(t-m.T) < math.Abs(top.T-m.T) {
				top = scored{c, ll}
			}
		}
	}
	return top
}

// phasesNear are the phases to try when the T of a clock window is moved to t.
// The boundary in the middle of the observations is held, so that T and phase
// move independently.
func (e *evidence) phasesNear(m Model, t, reach float64) []float64 {
	if m.Kind != FixedClock {
		return []float64{0}
	}
	middle := e.obs[0].Arrive + e.span/2
	pivot := m.Phase + math.Round((middle-m.Phase)/m.T)*m.T
	var ps []float64
	const steps = 3
	for i := -steps; i <= steps; i++ {
		p := math.Mod(pivot+reach*t*float64(i)/steps, t)
		ps = append(ps, p)
	}
	return append(ps, e.phaseBetween(m, t))
}

// phaseBetween is the phase at which a grid of t has a boundary in as many of
// the brackets as possible, going by which boundary of m each one holds. The
// phases that fit may be fewer than any even spread would find.
func (e *evidence) phaseBetween(m Model, t float64) float64 {
	low, high := math.Inf(-1), math.Inf(1)
	for _, b := range e.brackets {
		k := math.Round(((b.Low+b.High)/2 - m.Phase) / m.T)
		if x := m.Phase + k*m.T; x < b.Low-0.05*m.T || x > b.High+0.05*m.T {
			continue // not one of its boundaries
		}
		low, high = max(low, b.Low-k*t), min(high, b.High-k*t)
	}
	if math.IsInf(low, -1) {
		return m.Phase
	}
	return math.Mod((low+high)/2, t)
}
