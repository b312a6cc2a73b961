package infer

import (
	"math"
)

// drop is how far, in nats, the log-likelihood may fall below its top within a
// 95 % interval (Wilks: 3.84/2).
const drop = 1.92

// Interval is a range of values; High is +Inf where nothing bounds it.
type Interval struct{ Low, High float64 }

// Width is the relative width of the interval around v.
func (i Interval) Width(v float64) float64 { return (i.High - i.Low) / v }

// span widens the interval to hold x.
func (i *Interval) span(x float64) { i.Low, i.High = min(i.Low, x), max(i.High, x) }

// interval is where the profile likelihood of T, with everything else solved
// anew, stays within drop of the top, joined over all modes that reach it.
func (e *evidence) interval(modes []scored) Interval {
	top := modes[0]
	iv := Interval{top.T, top.T}
	for _, m := range modes {
		if m.ll < top.ll-drop {
			continue
		}
		iv.span(e.edge(m, top.ll, -1))
		iv.span(e.edge(m, top.ll, +1))
	}
	return iv
}

// edge walks from a mode in one direction, doubling its step, to where the
// likelihood has fallen, and bisects that point.
func (e *evidence) edge(m scored, top, direction float64) float64 {
	inside := 0.0
	step := 2e-6
	for ; ; step *= 2 {
		t := m.T * (1 + direction*step)
		switch {
		case t < m.T/8:
			return m.T / 8
		case t > 8*m.T:
			return math.Inf(1)
		}
		if e.profile(m.Model, t, step) < top-drop {
			break
		}
		inside = step
	}
	// Boundaries of a grid leave islands of likelihood: look a little further.
	outside := step
	if m.Kind == FixedClock {
		for further := 2 * step; further < 0.06; further *= 1.5 {
			if e.profile(m.Model, m.T*(1+direction*further), further) >= top-drop {
				inside, outside = further, 1.5*further
			}
		}
	}
	for range 12 {
		middle := (inside + outside) / 2
		if e.profile(m.Model, m.T*(1+direction*middle), middle) < top-drop {
			outside = middle
		} else {
			inside = middle
		}
	}
	return m.T * (1 + direction*outside)
}

// profile is the best log-likelihood with T held at t.
func (e *evidence) profile(m Model, t, reach float64) float64 {
	best := math.Inf(-1)
	for _, p := range e.phasesNear(m, t, min(reach, 0.2)) {
		_, ll := e.best(Model{Kind: m.Kind, T: t, Phase: p}, 0)
		best = max(best, ll)
	}
	return best
}

// counts is the range of a whole number of m, set by vary, that stays within
// drop of the top and at or above least. A range that never ends upward is open: nothing was refused
// that would bound it.
func (e *evidence) counts(top scored, value, least float64, vary func(Model, float64) Model) Interval {
	iv := Interval{value, value}
	for x := value - 1; x >= least && e.loglik(vary(top.Model, x)) >= top.ll-drop; x-- {
		iv.Low = x
	}
	if e.loglik(vary(top.Model, value+1e5)) >= top.ll-drop {
		iv.High = math.Inf(1)
		return iv
	}
	for x := value + 1; e.loglik(vary(top.Model, x)) >= top.ll-drop; x++ {
		iv.High = x
	}
	return iv
}
