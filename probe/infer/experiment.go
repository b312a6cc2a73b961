package infer

import (
	"fmt"
	"math"
	"strings"
)

// Step is one move of an experiment: requests sent a given time after the step
// before began (the first step: after now), or at once where that has passed.
type Step struct {
	After        float64 // seconds
	Count        int     // requests at most
	UntilRefused bool    // stop at the first refusal
	InFlight     int     // requests under way at most; Count for all at once
	Gap          float64 // seconds from one request to the next, at least
}

// Experiment is a short series of steps, carried out without a pause for
// thought.
type Experiment struct {
	Family string // experiments of a family differ only in their waits
	Name   string
	Steps  []Step
}

// forecast is what a model says an experiment will give.
type forecast struct {
	outcome  string // equal strings: outcomes that cannot be told apart
	requests float64
	refused  float64
	seconds  float64
}

// after replays the observations and returns the model's state.
func (m Model) after(obs []Observation) state {
	s := m.newState()
	for i := range obs {
		s.update(&obs[i])
	}
	return s
}

// forecast runs an experiment on a model in the given state, in virtual time.
func (m Model) forecast(x Experiment, s state, now float64, base Baseline) forecast {
	f, _ := m.foresee(x, s, now, base)
	return f
}

// foresee is forecast that also returns the state the experiment leaves.
func (m Model) foresee(x Experiment, s state, now float64, base Baseline) (forecast, state) {
	s = s.clone()
	capacity := m.capacity()
	const gap = 0.0002 // seconds between two requests sent back to back
	var out strings.Builder
	var f forecast
	begin, t := now, now
	for _, step := range x.Steps {
		begin = max(t, begin+step.After)
		t = begin
		var busy []float64 // when the requests under way come back, rising
		accepted, refused, held := 0, 0, 0.0
		for i := range step.Count {
			if i > 0 {
				t += max(gap, step.Gap)
			}
			if len(busy) >= step.InFlight {
				t = max(t, busy[0])
				busy = busy[1:]
			}
			o := Observation{Arrive: t + base.RTT/2, Company: math.MaxInt32}
			back := t + base.RTT
			f.requests++
			if s.margin(&o, capacity) >= 0 {
				d := s.delay(&o, m.N)
				o.Accepted = true
				o.Depart = o.Arrive + d + base.service()
				back = t + d + max(base.service(), base.RTT)
				accepted++
				held = max(held, d)
			} else {
				refused++
				f.refused++
			}
			s.update(&o)
			busy = insert(busy, back)
			if refused > 0 && step.UntilRefused {
				break
			}
		}
		if len(busy) > 0 {
			t = max(t, busy[len(busy)-1])
		}
		fmt.Fprintf(&out, "%d/%d/%d ", rough(accepted), min(refused, 1), delayBucket(held, base))
	}
	f.outcome, f.seconds = out.String(), t-now
	return f, s
}

// rough puts counts that a disturbed run might confuse into one bucket: 4 %.
func rough(n int) int {
	if n < 25 {
		return n
	}
	return 25 + int(math.Log(float64(n)/25)/0.04)
}

// delayBucket is the power of two of a delay, 0 where it drowns in the latency.
func delayBucket(d float64, base Baseline) int {
	if d < 0.5*base.Latency+0.002 {
		return 0
	}
	return 20 + int(math.Log2(d))
}

func insert(sorted []float64, x float64) []float64 {
	i := len(sorted)
	for i > 0 && sorted[i-1] > x {
		i--
	}
	sorted = append(sorted, 0)
	copy(sorted[i+1:], sorted[i:])
	sorted[i] = x
	return sorted
}
