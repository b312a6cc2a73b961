package infer

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// tick is a unit of time in which sums are exact: a decision on the boundary
// is on the same side for everybody.
const tick = 1.0 / 1024

// drawModel draws a limiter whose times are whole ticks.
func drawModel(t *rapid.T, k Kind) Model {
	m := Model{Kind: k}
	m.N = float64(rapid.IntRange(1, 7).Draw(t, "n"))
	switch m.Kind {
	case LeakyQueue, ConcurrencyQueue:
		m.Queue = float64(rapid.IntRange(0, 6).Draw(t, "queue"))
	}
	if m.Kind != None && m.Kind != Concurrency && m.Kind != ConcurrencyQueue {
		m.T = tick * float64(rapid.IntRange(1, 300).Draw(t, "T"))
	}
	if m.Kind == FixedClock {
		m.Phase = tick * float64(rapid.IntRange(0, 300).Draw(t, "phase"))
		m.Phase = math.Mod(m.Phase, m.T)
	}
	return m
}

// eachKind checks a property of every kind.
func eachKind(t *testing.T, property func(*rapid.T, Kind)) {
	for k := range kinds {
		t.Run(fmt.Sprintf("%d %v", k, k), rapid.MakeCheck(func(t *rapid.T) { property(t, k) }))
	}
}

// drawGaps draws times between arrivals: bursts, pauses and what is between.
func drawGaps(t *rapid.T) []int {
	gap := rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 9), rapid.IntRange(0, 400))
	return rapid.SliceOfN(gap, 40, 60).Draw(t, "gaps")
}

// Everything rests on this: shown what a limiter of its kind decided, a state
// agrees with each decision, and foretells each delay.
func TestStatesDecideAsTheLimiterDoes(t *testing.T) {
	eachKind(t, func(t *rapid.T, k Kind) {
		m := drawModel(t, k)
		gaps := drawGaps(t)
		limiter, s := naiveOf(m), m.newState()
		now := 0.0
		for i, gap := range gaps {
			now += tick * float64(gap)
			service := tick * float64(rapid.IntRange(1, 100).Draw(t, "service"))
			accepted, delay := limiter.decide(now, service)
			o := Observation{Arrive: now, Depart: now + delay + service, Accepted: accepted, Company: math.MaxInt32}
			if margin := s.margin(&o, m.capacity()); (margin >= 0) != accepted {
				t.Fatalf("%v: request %d at %v: margin %v, the limiter said accepted=%v", m, i, now, margin, accepted)
			}
			if got := s.delay(&o, m.N); accepted && got != delay {
				t.Fatalf("%v: request %d at %v: delay %v, want %v", m, i, now, got, delay)
			}
			s.update(&o)
		}
	})
}

// N is never searched for, only read off the loads: a request passes if and
// only if there is room for one more. Arrivals are half a tick off the ends of
// windows and services, where load and margin may differ.
func TestLoadsTellTheCapacity(t *testing.T) {
	eachKind(t, func(t *rapid.T, k Kind) {
		m := drawModel(t, k)
		gaps := drawGaps(t)
		limiter, s := naiveOf(m), m.newState()
		now := 0.0
		for i, gap := range gaps {
			// An irrational-like offset: no two differences of times are alike.
			now += tick*float64(gap) + tick*math.Ldexp(float64(2*i+1), -16)
			service := tick * float64(rapid.IntRange(1, 100).Draw(t, "service"))
			accepted, delay := limiter.decide(now, service)
			o := Observation{Arrive: now, Depart: now + delay + service, Accepted: accepted, Company: math.MaxInt32}
			if load := s.load(&o); (load <= m.capacity()-1) != accepted {
				t.Fatalf("%v: request %d at %v: load %v, the limiter said accepted=%v", m, i, now, load, accepted)
			}
			s.update(&o)
		}
	})
}

// The margin is a time: a refused request that came so much later would have
// been accepted, and one that came a little less later would not.
func TestMarginOfARefusalIsTheTimeToWait(t *testing.T) {
	eachKind(t, func(t *rapid.T, k Kind) {
		m := drawModel(t, k)
		gaps := drawGaps(t)
		limiter, s := naiveOf(m), m.newState()
		now := 0.0
		for _, gap := range gaps {
			now += tick * float64(gap)
			accepted, delay := limiter.decide(now, 20*tick)
			o := Observation{Arrive: now, Depart: now + delay + 20*tick, Accepted: accepted, Company: math.MaxInt32}
			if !accepted {
				later := o
				wait := -s.margin(&o, m.capacity())
				if later.Arrive = now + wait; s.margin(&later, m.capacity()) < 0 {
					t.Fatalf("%v: refused at %v, and still after the wait of %v", m, now, wait)
				}
				if later.Arrive = now + wait - tick; s.margin(&later, m.capacity()) >= 0 {
					t.Fatalf("%v: refused at %v, but accepted before the wait of %v is over", m, now, wait)
				}
			}
			s.update(&o)
		}
	})
}

// The committee forecasts on clones: nothing it tries may touch the original.
func TestClonesAreIndependent(t *testing.T) {
	eachKind(t, func(t *rapid.T, k Kind) {
		m := drawModel(t, k)
		s := m.newState()
		feed := func(s state, from float64) {
			for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 90), 8, 20).Draw(t, "gaps") {
				from += tick * float64(gap)
				o := Observation{Arrive: from, Depart: from + 9*tick, Accepted: rapid.Bool().Draw(t, "accepted"), Company: 50}
				s.update(&o)
			}
		}
		feed(s, 0)
		look := Observation{Arrive: 3, Company: 50}
		was := [3]float64{s.load(&look), s.margin(&look, m.capacity()), s.delay(&look, m.N)}
		c := s.clone()
		if is := [3]float64{c.load(&look), c.margin(&look, m.capacity()), c.delay(&look, m.N)}; is != was {
			t.Fatalf("%v: a clone gives %v, its original %v", m, is, was)
		}
		feed(c, 2)
		if is := [3]float64{s.load(&look), s.margin(&look, m.capacity()), s.delay(&look, m.N)}; is != was {
			t.Fatalf("%v: using a clone changed its original from %v to %v", m, was, is)
		}
		was = [3]float64{c.load(&look), c.margin(&look, m.capacity()), c.delay(&look, m.N)}
		feed(s, 2)
		if is := [3]float64{c.load(&look), c.margin(&look, m.capacity()), c.delay(&look, m.N)}; is != was {
			t.Fatalf("%v: using the original changed a clone from %v to %v", m, was, is)
		}
	})
}

// A request sent the moment an answer arrived sits on the boundary of a full
// house. If it can have met no more than the limit allows, it is no evidence.
func TestCompanyBoundsConcurrency(t *testing.T) {
	m := Model{Kind: Concurrency, N: 2}
	s := m.newState()
	for range 2 {
		s.update(&Observation{Arrive: 0, Depart: 1, Accepted: true, Company: 2})
	}
	early := Observation{Arrive: 0.9, Depart: 2, Accepted: true}
	for _, tt := range []struct {
		company int
		margin  float64
		load    float64
	}{
		{2, never, 1}, // with one other at most, whatever the estimates say
		{3, -0.1, 2},  // may have met both: 0.1 s too early for two
		{50, -0.1, 2}, // a loose bound says nothing
		{1, never, 0}, // alone
	} {
		o := early
		o.Company = tt.company
		if got := s.margin(&o, m.N); math.Abs(got-tt.margin) > 1e-9 {
			t.Errorf("in company of %d: margin %v, want %v", tt.company, got, tt.margin)
		}
		if got := s.load(&o); got != tt.load {
			t.Errorf("in company of %d: load %v, want %v", tt.company, got, tt.load)
		}
	}
	// What was refused was refused: there the bound is not asked.
	o := Observation{Arrive: 0.9, Company: 1}
	if got := s.margin(&o, m.N); math.Abs(got+0.1) > 1e-9 {
		t.Errorf("a refusal: margin %v, want -0.1", got)
	}
}

// Arrivals are estimates: one may fall a little before the end of the window
// in which the one before it was counted.
func TestClockWindowToleratesAStepBack(t *testing.T) {
	m := Model{Kind: FixedClock, N: 1, T: 1}
	s := m.newState()
	s.update(&Observation{Arrive: 1.001, Accepted: true})
	o := Observation{Arrive: 0.999}
	if got := s.margin(&o, m.N); math.Abs(got+1.001) > 1e-9 {
		t.Errorf("margin %v, want -1.001: the place of the window from 1 is taken", got)
	}
}

func TestModelRates(t *testing.T) {
	for _, tt := range []struct {
		model    Model
		rate     float64
		recovery float64
		text     string
	}{
		{Model{Kind: None}, 0, 0.1, "no limit"},
		{Model{Kind: TokenBucket, N: 5, T: 0.1}, 10, 0.5, "token bucket 10/s burst 5"},
		{Model{Kind: LeakyQueue, N: 5, T: 0.1, Queue: 10}, 10, 1.5, "leaky queue 10/s burst 5 queue 10"},
		{Model{Kind: FixedFirst, N: 30, T: 60}, 0.5, 60, "fixed_window 30 per 60 s"},
		{Model{Kind: FixedClock, N: 30, T: 60, Phase: 3}, 0.5, 60, "fixed_window 30 per 60 s"},
		{Model{Kind: SlidingLog, N: 30, T: 60}, 0.5, 60, "sliding_log 30 per 60 s"},
		{Model{Kind: Concurrency, N: 4}, 0, 0.1, "4 at once"},
		{Model{Kind: ConcurrencyQueue, N: 4, Queue: 8}, 0, 0.1, "4 at once, queue 8"},
	} {
		if got := tt.model.Rate(); math.Abs(got-tt.rate) > 1e-9 {
			t.Errorf("%v: rate %v, want %v", tt.model, got, tt.rate)
		}
		if got := tt.model.Recovery(); math.Abs(got-tt.recovery) > 1e-9 {
			t.Errorf("%v: recovery %v s, want %v", tt.model, got, tt.recovery)
		}
		if got := tt.model.String(); got != tt.text {
			t.Errorf("String() = %q, want %q", got, tt.text)
		}
	}
}
