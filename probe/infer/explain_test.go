package infer

import (
	"fmt"
	"math"
	"testing"
	"time"

	"brink/probe/load"
)

// limiters are one of each kind, of the sizes that are met in the wild.
var limiters = []Model{
	{Kind: TokenBucket, N: 20, T: 0.1},
	{Kind: TokenBucket, N: 1, T: 0.5}, // a minimum spacing
	{Kind: LeakyQueue, N: 5, T: 0.05, Queue: 20},
	{Kind: FixedFirst, N: 20, T: 2},
	{Kind: FixedClock, N: 20, T: 2, Phase: 0.7},
	{Kind: SlidingLog, N: 15, T: 3},
	{Kind: Concurrency, N: 6},
	{Kind: ConcurrencyQueue, N: 4, Queue: 12},
	{Kind: None},
}

// The promise of the package: shown a limiter of a kind it knows, it names the
// kind, counts exactly, and its interval holds the truth.
func TestExplainRecognizesEachKind(t *testing.T) {
	for _, m := range limiters {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := cycled(m, 1, 2)
			obs := s.observe()
			var x Explainer
			b := x.Explain(obs, s.base)
			f := b.Best()
			if f.Kind != m.Kind || f.Probability < 0.9 {
				t.Fatalf("%v with probability %.3f, want %v", f.Model, f.Probability, m)
			}
			if m.Kind == None {
				return
			}
			if f.N != m.N || f.Queue != m.Queue {
				t.Errorf("N %v, queue %v; want exactly %v, %v", f.N, f.Queue, m.N, m.Queue)
			}
			if !f.NRange.holds(m.N) || !f.QueueRange.holds(m.Queue) {
				t.Errorf("ranges of N %v and queue %v do not hold %v, %v", f.NRange, f.QueueRange, m.N, m.Queue)
			}
			if m.T > 0 {
				if !f.TRange.holds(m.T) || !f.TRange.holds(f.T) {
					t.Errorf("T %v in %v, want the interval to hold it and the true %v", f.T, f.TRange, m.T)
				}
				if w := f.TRange.Width(f.T); w > 0.05 {
					t.Errorf("T is known to %.1f %%, want 5: every cycle brackets it within 2", 100*w)
				}
				if r := f.RateRange(); !r.holds(m.Rate()) {
					t.Errorf("rate in %v, want it to hold %v", r, m.Rate())
				}
			}
			if m.Kind == FixedClock {
				if off := circular(f.Phase-m.Phase, m.T); off > 0.1 {
					t.Errorf("phase %v, want %v", f.Phase, m.Phase)
				}
			}
			if decided, wrong := f.Explains(obs); wrong > 0 || decided == 0 {
				t.Errorf("%d of %d decisions contradict the fit", wrong, decided)
			}
		})
	}
}

// holds reports whether x is in the interval.
func (i Interval) holds(x float64) bool { return i.Low <= x && x <= i.High }

func TestProbabilitiesSumToOneAndFall(t *testing.T) {
	for _, m := range limiters[:4] {
		s := cycled(m, 2, 1) // too little to be sure: several kinds are left
		var x Explainer
		b := x.Explain(s.observe(), s.base)
		sum, last := 0.0, 1.0
		for _, f := range b.Fits {
			sum += f.Probability
			if f.Probability > last {
				t.Errorf("%v: %v comes after a less probable kind", m, f.Model)
			}
			last = f.Probability
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%v: probabilities sum to %v", m, sum)
		}
		if b.Best().Kind != b.Fits[0].Kind {
			t.Errorf("%v: Best is not the first fit", m)
		}
		if f, ok := b.Find(b.Fits[len(b.Fits)-1].Kind); !ok || f.Kind != b.Fits[len(b.Fits)-1].Kind {
			t.Errorf("%v: Find does not find a kind that is there", m)
		}
		if _, ok := b.Find(kinds); ok {
			t.Errorf("%v: Find finds a kind that does not exist", m)
		}
	}
}

// Where nothing was refused, a limit that refuses is no explanation, and where
// nothing was held up, neither is a queue.
func TestNoneWinsWhenNothingIsRefused(t *testing.T) {
	s := cycled(Model{Kind: None}, 3, 2)
	var x Explainer
	for _, f := range x.Explain(s.observe(), s.base).Fits {
		if f.Kind != None {
			t.Errorf("%v is thought possible (%.2f)", f.Model, f.Probability)
		}
	}
}

// A refusal in calm traffic, and none when it is ten times as dense: no limit
// would do that.
func TestKindsThatExplainNoMoreAreDropped(t *testing.T) {
	s := newSim(Model{Kind: None}, 4)
	s.perform(Step{Count: 20, InFlight: 1, Gap: 1})
	s.samples[19].Outcome, s.samples[19].Status = load.Refused, 429
	s.perform(Step{Count: 60, InFlight: 1, Gap: 0.1})
	var x Explainer
	for _, f := range x.Explain(s.observe(), s.base).Fits {
		if f.Kind != None {
			t.Errorf("%v (%.2f) is kept, although it explains no more than no limit does", f.Model, f.Probability)
		}
	}
}

// Each round starts from the one before. That may not cost the answer, however
// the observations come.
func TestExplainerKeepsItsAnswerWhileItLearns(t *testing.T) {
	m := Model{Kind: FixedClock, N: 8, T: 1, Phase: 0.4}
	s := cycled(m, 5, 2)
	obs := s.observe()
	var x Explainer
	for n := len(obs) / 2; n < len(obs); n += len(obs) / 6 {
		x.Explain(obs[:n], s.base)
	}
	f := x.Explain(obs, s.base).Best()
	var y Explainer
	fresh := y.Explain(obs, s.base).Best()
	if f.Kind != fresh.Kind || f.N != fresh.N || math.Abs(f.T/fresh.T-1) > 0.01 {
		t.Errorf("in steps: %v; at once: %v", f.Model, fresh.Model)
	}
}

func TestExplainIsDeterministic(t *testing.T) {
	s := cycled(limiters[0], 6, 1)
	obs := s.observe()
	run := func() string {
		var x Explainer
		b := x.Explain(obs, s.base)
		return fmt.Sprintf("%+v %+v", b, b.Next(obs, s.base, s.now, ample))
	}
	if a, b := run(), run(); a != b {
		t.Errorf("two runs over the same observations differ:\n%s\n%s", a, b)
	}
}

// Left alone with a limiter, the committee finds out what it is.
func TestCommitteeFindsTheLimiter(t *testing.T) {
	for _, m := range []Model{
		{Kind: TokenBucket, N: 20, T: 0.1},
		{Kind: TokenBucket, N: 1, T: 0.5},
		{Kind: Concurrency, N: 6},
	} {
		s := newSim(m, 1)
		for range 3 {
			s.perform(Step{After: 0.35, Count: 1, InFlight: 1})
		}
		s.perform(Step{Count: 100, UntilRefused: true, InFlight: 2 * int(m.N)})
		var x Explainer
		var f Fit
		for range 20 {
			obs := s.observe()
			b := x.Explain(obs, s.base)
			f = b.Best()
			c := b.Next(obs, s.base, s.now, ample)
			if c.Info < 0.02 || f.Probability > 0.99 && f.TRange.Width(f.T) < 0.02 {
				break
			}
			for _, step := range c.Steps {
				s.perform(step)
			}
		}
		if f.Kind != m.Kind || f.N != m.N || m.T > 0 && !f.TRange.holds(m.T) {
			t.Errorf("after %d requests: %v, T in %v; want %v", len(s.samples), f.Model, f.TRange, m)
		}
	}
}

// ample limits let any experiment through.
var ample = Limits{Requests: 1000, Refusals: 100, Concurrency: 100, Seconds: 100}

// FuzzExplain feeds series that no limiter would give. Three bytes make a
// sample: the pause before it, its latency, what became of it.
func FuzzExplain(f *testing.F) {
	f.Add([]byte{}, uint16(0), uint16(0))
	f.Add([]byte{0, 0, 0}, uint16(0), uint16(0))                                        // one, instantaneous
	f.Add([]byte{0, 9, 0, 0, 9, 1, 0, 9, 1, 0, 9, 0}, uint16(1), uint16(9))             // all at the same time
	f.Add([]byte{5, 9, 1, 90, 9, 1}, uint16(1), uint16(9))                              // nothing but refusals
	f.Add([]byte{9, 9, 2, 9, 9, 3, 9, 9, 4}, uint16(1), uint16(9))                      // nothing that is evidence
	f.Add([]byte{9, 8, 0, 9, 8, 0, 9, 8, 1, 255, 8, 0, 9, 8, 1}, uint16(2), uint16(60)) // a limit
	f.Fuzz(func(t *testing.T, data []byte, rtt, latency uint16) {
		const most = 30 // samples, for speed
		var samples []load.Sample
		now := time.Duration(0)
		for i := 0; i+2 < len(data) && len(samples) < most; i += 3 {
			now += time.Duration(data[i]) * time.Duration(data[i]) * 100 * time.Microsecond // to 6.5 s
			outcome := load.Outcome(data[i+2] % 5)
			status := 200
			if outcome == load.Failed && data[i+2] > 127 {
				status = 0
			}
			samples = append(samples, load.Sample{
				Sent: now, Done: now + time.Duration(data[i+1])*time.Millisecond, Outcome: outcome, Status: status,
			})
		}
		base := Baseline{RTT: float64(rtt) / 1e5, Latency: float64(latency) / 1e5, Noise: float64(latency) / 1e6}
		obs := Observe(samples, base)
		if len(obs) == 0 {
			return
		}
		var x Explainer
		for range 2 {
			b := x.Explain(obs, base)
			sum := 0.0
			for _, f := range b.Fits {
				sum += f.Probability
				finite(t, f.Model.String(), f.Probability, f.LogLikelihood(), f.N, f.T, f.Phase, f.Queue, f.Rate(), f.Recovery())
				for _, r := range []Interval{f.TRange, f.NRange, f.QueueRange} {
					finite(t, f.Model.String()+" low", r.Low)
					if math.IsNaN(r.High) || r.High < r.Low {
						t.Errorf("%v: interval %v", f.Model, r)
					}
				}
			}
			if math.Abs(sum-1) > 1e-6 {
				t.Errorf("probabilities sum to %v", sum)
			}
			c := b.Next(obs, base, now.Seconds()+1, ample)
			finite(t, c.Name, c.Info, c.Requests, c.Refusals, c.Seconds, b.Spread)
			for _, s := range c.Steps {
				if finite(t, c.Name, s.After, s.Gap); s.After < 0 || s.Count < 1 || s.InFlight < 1 {
					t.Errorf("%s: no step to carry out: %+v", c.Name, s)
				}
			}
		}
	})
}

func finite(t *testing.T, what string, xs ...float64) {
	t.Helper()
	for i, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("%s: number %d is %v", what, i, x)
		}
	}
}

// BenchmarkExplain is one round over a long run.
func BenchmarkExplain(b *testing.B) {
	s := cycled(Model{Kind: TokenBucket, N: 20, T: 0.1}, 1, 10)
	obs := s.observe()[:300]
	b.Run("from scratch", func(b *testing.B) {
		for b.Loop() {
			var x Explainer
			x.Explain(obs, s.base)
		}
	})
	// A later round, warm, with the hopeless kinds left out.
	b.Run("next round", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			var x Explainer
			x.Explain(obs[:len(obs)-1], s.base)
			b.StartTimer()
			x.Explain(obs, s.base)
		}
	})
}
