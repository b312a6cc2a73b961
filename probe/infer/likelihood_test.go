package infer

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The further an arrival is from the flip, on the right side, the likelier the
// decision; but no decision is ever certain, for or against.
func TestDecisionTermIsMonotoneAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.Float64Range(1e-4, 1).Draw(t, "scale")
		a := rapid.Float64Range(-500, 500).Draw(t, "a") * scale
		b := rapid.Float64Range(-500, 500).Draw(t, "b") * scale
		if a > b {
			a, b = b, a
		}
		if p, q := decisionTerm(true, a, scale), decisionTerm(true, b, scale); p > q {
			t.Fatalf("accepted: %v at margin %v, only %v at %v", p, a, q, b)
		}
		if p, q := decisionTerm(false, a, scale), decisionTerm(false, b, scale); p < q {
			t.Fatalf("refused: %v at margin %v, more (%v) at %v", p, a, q, b)
		}
		if p := decisionTerm(true, a, scale); p < math.Log(outlier) || p > math.Log(1-outlier) {
			t.Fatalf("%v at margin %v is outside [%v, %v]", p, a, math.Log(outlier), math.Log(1-outlier))
		}
	})
}

func TestDecisionTermIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		margin := rapid.Float64Range(-3, 3).Draw(t, "margin")
		accepted, refused := decisionTerm(true, margin, 0.01), decisionTerm(false, -margin, 0.01)
		if math.Abs(accepted-refused) > 0.05 { // one entry of the table
			t.Fatalf("margin %v: accepted %v, the mirrored refusal %v", margin, accepted, refused)
		}
		// One of the two decisions must be taken.
		if sum := math.Exp(decisionTerm(true, margin, 0.01)) + math.Exp(decisionTerm(false, margin, 0.01)); math.Abs(sum-1) > 0.02 {
			t.Fatalf("margin %v: accepted or refused with probability %v", margin, sum)
		}
	})
	if p := math.Exp(decisionTerm(true, 0, 1)); math.Abs(p-0.5) > 0.01 {
		t.Errorf("on the boundary: accepted with probability %v, want a half", p)
	}
	// What no limit says of a refusal is the worst that can be said.
	if got, want := decisionTerm(false, never, 1), math.Log(outlier); got != want {
		t.Errorf("a refusal where nothing limits: %v, want %v", got, want)
	}
}

// Decisions far from every boundary tell N exactly, whatever the other numbers,
// as long as those are right.
func TestBestSolvesTheCapacity(t *testing.T) {
	for _, m := range limiters {
		if m.Kind == None {
			continue
		}
		for n := 1.0; n <= 40; n = math.Ceil(1.7 * n) {
			m.N = n
			s := cycled(m, 1, 2)
			e := newEvidence(s.observe(), s.base, s.base.Noise)
			ask := Model{Kind: m.Kind, T: m.T, Phase: m.Phase}
			if m.Kind == ConcurrencyQueue {
				ask.N = m.N // the one kind whose N is tried, not solved
			}
			got, ll := e.best(ask, 0)
			if got != m {
				t.Errorf("%v: solved for %v", m, got)
			}
			if again := e.loglik(got); math.Abs(again-ll) > 1e-6 {
				t.Errorf("%v: best says its log-likelihood is %v, a replay %v", m, ll, again)
			}
		}
	}
}

// One arrival placed wrongly must not drag the capacity with it: the second
// tightest bound is tried as well.
func TestBestSurvivesAnOutlier(t *testing.T) {
	m := Model{Kind: TokenBucket, N: 10, T: 0.1}
	s := cycled(m, 2, 3)
	obs := s.observe()
	obs[5].Accepted = false // with the bucket nearly full: the API's own trouble
	e := newEvidence(obs, s.base, s.base.Noise)
	if got, _ := e.best(Model{Kind: TokenBucket, T: m.T}, 0); got.N != m.N {
		t.Errorf("burst %v with one stray refusal, want %v", got.N, m.N)
	}
}

// A leaky queue's burst is read off the delays: what passes before they begin.
func TestFreeBurst(t *testing.T) {
	for n := 1.0; n <= 30; n++ {
		m := Model{Kind: LeakyQueue, N: n, T: 0.05, Queue: 12}
		s := cycled(m, uint64(n), 1)
		e := newEvidence(s.observe(), s.base, s.base.Noise)
		if got := e.freeBurst(m); got != n {
			t.Errorf("free burst %v, want %v", got, n)
		}
	}
	none := cycled(Model{Kind: None}, 1, 1)
	e := newEvidence(none.observe(), none.base, none.base.Noise)
	if got := e.freeBurst(Model{Kind: LeakyQueue, T: 0.05}); got != 1 {
		t.Errorf("free burst %v where nothing was delayed, want 1: no wait was seen", got)
	}
}

func TestBoundsKeepTheTightest(t *testing.T) {
	var b bounds
	for _, load := range []float64{3, 5, 1, 5, 2, 4} {
		b.add(load, true)
	}
	for _, load := range []float64{9, 7, 8, 10} {
		b.add(load, false)
	}
	// At least 5, less than 7: the answer is among the candidates.
	found := map[float64]bool{}
	for _, c := range b.candidates(Model{Kind: TokenBucket}) {
		found[c] = true
		if c != math.Trunc(c) || c < 1 {
			t.Errorf("candidate %v is no capacity", c)
		}
	}
	if !found[5] || !found[6] {
		t.Errorf("candidates %v, want 5 and 6 among them", found)
	}
	// The tightest on either side may be a mistake: the next ones are kept.
	var doubtful bounds
	for _, load := range []float64{10, 14} {
		doubtful.add(load, true)
	}
	for _, load := range []float64{12, 3} {
		doubtful.add(load, false)
	}
	if got := doubtful.candidates(Model{Kind: TokenBucket}); !slices.Contains(got, 10) || !slices.Contains(got, 11) {
		t.Errorf("candidates %v, want 10 and 11 in spite of an outlier on either side", got)
	}
	var nothing bounds
	if got := nothing.candidates(Model{Kind: LeakyQueue, N: 4}); len(got) != 1 || got[0] != 4 {
		t.Errorf("candidates %v without any evidence, want only the free burst of 4", got)
	}
}

// The interval is what is said to be true of 19 reports in 20.
func TestIntervalsHoldTheTruth(t *testing.T) {
	for _, m := range limiters {
		runs, allowed := 12, 1 // two misses or more have a chance of 1 in 9
		switch {
		case m.T == 0:
			continue
		case m.Kind == FixedClock:
			runs, allowed = 2, 0 // its search is by far the slowest
		}
		missed := 0
		for seed := range runs {
			m := m
			m.T *= 0.9 + 0.017*float64(seed) // not on the grid of the search
			s := cycled(m, uint64(seed), 2)
			e := newEvidence(s.observe(), s.base, s.base.Noise)
			if iv := e.interval(e.search(m.Kind, nil, true)); !iv.holds(m.T) {
				missed++
				t.Logf("%v: T %v not in %v", m, m.T, iv)
			}
		}
		if missed > allowed {
			t.Errorf("%v: %d of %d intervals miss the truth", m, missed, runs)
		}
	}
}

// A limit that was reached and never lifted: the window may be of any length.
func TestIntervalIsOpenWhenNothingBoundsIt(t *testing.T) {
	s := newSim(Model{Kind: FixedFirst, N: 10, T: 3600}, 1)
	s.perform(Step{Count: 30, InFlight: 1, UntilRefused: true})
	for _, wait := range []float64{1, 2, 4} {
		s.perform(Step{After: wait, Count: 1, InFlight: 1})
	}
	e := newEvidence(s.observe(), s.base, s.base.Noise)
	iv := e.interval(e.search(FixedFirst, nil, true))
	if !math.IsInf(iv.High, 1) {
		t.Errorf("window in %v, want no upper end: nothing has passed again yet", iv)
	}
	if iv.Low > 7.2 {
		t.Errorf("window at least %v s, although only 7 s were watched", iv.Low)
	}
	f := Fit{Model: Model{Kind: FixedFirst, N: 10, T: 100}, TRange: iv}
	if r := f.RateRange(); r.Low != 0 || math.IsInf(r.High, 0) || r.High <= 0 {
		t.Errorf("rate in %v, want it to begin at 0 and be bounded", r)
	}
}

// A count that no refusal bounds is open above; one that refusals bound on all
// sides is exact.
func TestCounts(t *testing.T) {
	m := Model{Kind: TokenBucket, N: 10, T: 0.1}
	vary := func(m Model, n float64) Model { m.N = n; return m }
	s := cycled(m, 1, 2)
	e := newEvidence(s.observe(), s.base, s.base.Noise)
	top := scored{m, e.loglik(m)}
	if iv := e.counts(top, m.N, 1, vary); iv != (Interval{10, 10}) {
		t.Errorf("burst in %v, want exactly 10", iv)
	}

	free := newSim(Model{Kind: TokenBucket, N: 1000, T: 0.1}, 1)
	free.perform(Step{Count: 25, InFlight: 1})
	e = newEvidence(free.observe(), free.base, free.base.Noise)
	m = Model{Kind: TokenBucket, N: 25, T: 0.1}
	top = scored{m, e.loglik(m)}
	if iv := e.counts(top, m.N, 1, vary); !math.IsInf(iv.High, 1) || iv.Low < 20 || iv.Low > 25 {
		t.Errorf("burst in %v, want from about 24 up: 25 passed within two tokens' time", iv)
	}
	if iv := e.counts(top, m.N, 25, vary); iv.Low != 25 {
		t.Errorf("burst in %v, want nothing below the least", iv)
	}
}

func TestIntervalWidth(t *testing.T) {
	if got := (Interval{9, 11}).Width(10); math.Abs(got-0.2) > 1e-9 {
		t.Errorf("width %v, want 0.2", got)
	}
}
