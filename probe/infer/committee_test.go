package infer

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// fast is a path on which nothing but the limiter takes time.
var fast = Baseline{RTT: 0.001, Latency: 0.002, Noise: 0.0003}

// The forecast is what the prober would meet if the model were right.
func TestForecast(t *testing.T) {
	bucket := Model{Kind: TokenBucket, N: 5, T: 1}
	slots := Model{Kind: Concurrency, N: 3}
	slow := Baseline{RTT: 0.001, Latency: 0.1, Noise: 0.001}
	for _, tt := range []struct {
		name              string
		model             Model
		base              Baseline
		steps             []Step
		requests, refused float64
	}{
		{"a burst ends with the first refusal", bucket, fast, []Step{{Count: 20, UntilRefused: true, InFlight: 1}}, 6, 1},
		{"or with its count", bucket, fast, []Step{{Count: 4, UntilRefused: true, InFlight: 1}}, 4, 0},
		{"at once, nobody knows of a refusal in time", bucket, fast, []Step{{Count: 8, InFlight: 8}}, 8, 3},
		{"after a pause, what came back passes", bucket, fast, []Step{{Count: 5, InFlight: 1}, {After: 2.1, Count: 9, UntilRefused: true, InFlight: 1}}, 8, 1},
		{"a wait counts from the beginning of the step before", bucket, fast, []Step{{Count: 5, InFlight: 1, Gap: 0.3}, {After: 2.1, Count: 9, UntilRefused: true, InFlight: 1}}, 8, 1},
		{"spread by a gap, a rate keeps up", bucket, fast, []Step{{Count: 12, InFlight: 12, Gap: 1.01}}, 12, 0},
		{"one after the other, a limit on concurrency is not met", slots, slow, []Step{{Count: 9, InFlight: 1}}, 9, 0},
		{"nor with as many in flight as it allows", slots, slow, []Step{{Count: 9, InFlight: 3}}, 9, 0},
		{"but beyond", slots, slow, []Step{{Count: 9, InFlight: 9}}, 9, 6},
		{"no limit refuses nothing", Model{Kind: None}, fast, []Step{{Count: 50, InFlight: 50}}, 50, 0},
	} {
		f := tt.model.forecast(Experiment{Steps: tt.steps}, tt.model.newState(), 10, tt.base)
		if f.requests != tt.requests || f.refused != tt.refused {
			t.Errorf("%s: %v requests, %v refused; want %v, %v", tt.name, f.requests, f.refused, tt.requests, tt.refused)
		}
	}
}

func TestForecastTakesTime(t *testing.T) {
	slow := Baseline{RTT: 0.001, Latency: 0.1, Noise: 0.001}
	none := Model{Kind: None}
	for _, tt := range []struct {
		steps   []Step
		seconds float64
	}{
		{[]Step{{Count: 1, InFlight: 1}}, 0.1},
		{[]Step{{Count: 10, InFlight: 1}}, 1},
		{[]Step{{Count: 10, InFlight: 5}}, 0.2},
		{[]Step{{Count: 10, InFlight: 10}}, 0.1},
		{[]Step{{Count: 10, InFlight: 10, Gap: 0.05}}, 0.55},
		{[]Step{{After: 3, Count: 1, InFlight: 1}}, 3.1},
		{[]Step{{After: 3, Count: 1, InFlight: 1}, {After: 2, Count: 1, InFlight: 1}}, 5.1},
	} {
		f := none.forecast(Experiment{Steps: tt.steps}, none.newState(), 7, slow)
		if math.Abs(f.seconds-tt.seconds) > 0.02 {
			t.Errorf("%+v: %v s, want about %v", tt.steps, f.seconds, tt.seconds)
		}
	}
	queue := Model{Kind: LeakyQueue, N: 1, T: 1, Queue: 5}
	if f := queue.forecast(Experiment{Steps: []Step{{Count: 6, InFlight: 6}}}, queue.newState(), 0, fast); math.Abs(f.seconds-5) > 0.02 {
		t.Errorf("six at once through a queue of one a second: %v s, want about 5", f.seconds)
	}
}

// What cannot be told apart must not count as a difference, and what can, must.
func TestForecastOutcomes(t *testing.T) {
	outcome := func(m Model, s Step) string {
		return m.forecast(Experiment{Steps: []Step{s}}, m.newState(), 0, fast).outcome
	}
	burst := Step{Count: 500, UntilRefused: true, InFlight: 1}
	five, six := Model{Kind: TokenBucket, N: 5, T: 9}, Model{Kind: TokenBucket, N: 6, T: 9}
	if outcome(five, burst) == outcome(six, burst) {
		t.Error("bursts of 5 and 6 have the same outcome")
	}
	if outcome(five, Step{Count: 5, InFlight: 5}) != outcome(six, Step{Count: 5, InFlight: 5}) {
		t.Error("5 at once have different outcomes under limits of 5 and 6")
	}
	if outcome(Model{Kind: TokenBucket, N: 201, T: 9}, burst) != outcome(Model{Kind: TokenBucket, N: 202, T: 9}, burst) {
		t.Error("bursts of 201 and 202 have different outcomes: one lost request would decide")
	}
	refusing, queueing := Model{Kind: TokenBucket, N: 1, T: 1}, Model{Kind: LeakyQueue, N: 1, T: 1, Queue: 3}
	if outcome(refusing, Step{Count: 2, InFlight: 2}) == outcome(queueing, Step{Count: 2, InFlight: 2}) {
		t.Error("a refusal and a wait of a second have the same outcome")
	}
}

func TestForecastLeavesTheStateAlone(t *testing.T) {
	m := Model{Kind: TokenBucket, N: 5, T: 1}
	s := m.newState()
	x := Experiment{Steps: []Step{{Count: 9, InFlight: 9}}}
	first := m.forecast(x, s, 0, fast)
	if second := m.forecast(x, s, 0, fast); second != first {
		t.Errorf("the same forecast twice: %+v, then %+v", first, second)
	}
	f, left := m.foresee(x, s, 0, fast)
	if f != first {
		t.Errorf("foresee gives %+v, forecast %+v", f, first)
	}
	if load := left.load(&Observation{Arrive: 0.01}); load < 4.9 {
		t.Errorf("load %v after the burst, want a bucket with all 5 out", load)
	}
}

// pair is a belief that wavers between two models of equal standing, and the
// drain that both explain.
func pair(a, b Model) (Belief, []Observation, float64) {
	s := newSim(a, 1)
	s.base = fast
	s.perform(Step{Count: int(a.N) + 1, InFlight: 1})
	return Belief{Fits: []Fit{certain(a), certain(b)}, Spread: 0.001}, s.observe(), s.now
}

// certain is a fit that has no doubt about its numbers.
func certain(m Model) Fit {
	exact := func(x float64) Interval { return Interval{x, x} }
	return Fit{Model: m, Probability: 0.5, NRange: exact(m.N), QueueRange: exact(m.Queue)}
}

// Ten at once and then nothing: a bucket gives back one after 0.1 s, a window
// all after 1 s. Whatever is chosen, the two must come out differently.
func TestNextSeparatesTwoKinds(t *testing.T) {
	for _, b := range []Model{
		{Kind: FixedFirst, N: 10, T: 1},
		{Kind: SlidingLog, N: 10, T: 1},
		{Kind: TokenBucket, N: 10, T: 0.2},
		{Kind: FixedFirst, N: 10, T: 0.1},
	} {
		a := Model{Kind: TokenBucket, N: 10, T: 0.1}
		belief, obs, now := pair(a, b)
		c := belief.Next(obs, fast, now, ample)
		if c.Info <= 0 || len(c.Steps) == 0 {
			t.Errorf("%v or %v: nothing to learn (%+v)", a, b, c)
			continue
		}
		fa := a.forecast(c.Experiment, a.after(obs), now, fast)
		fb := b.forecast(c.Experiment, b.after(obs), now, fast)
		if fa.outcome == fb.outcome {
			t.Errorf("%v or %v: %q gives %q with both", a, b, c.Name, fa.outcome)
		}
		// With two opinions of equal weight, an answer is worth ln 2, and thrice
		// that if it tells the kind as well.
		want := math.Ln2
		if a.Kind != b.Kind {
			want *= 3
		}
		if c.Info > want+1e-9 {
			t.Errorf("%v or %v: %q promises %v nats, at most %v can be learned", a, b, c.Name, c.Info, want)
		}
	}
}

func TestNextHasNothingToTeachTheSure(t *testing.T) {
	a := Model{Kind: TokenBucket, N: 10, T: 0.1}
	belief, obs, now := pair(a, a)
	belief.Fits = belief.Fits[:1]
	if c := belief.Next(obs, fast, now, ample); c.Info != 0 || len(c.Steps) != 0 {
		t.Errorf("one opinion, and still %q promises %v nats", c.Name, c.Info)
	}
	// Two that agree in everything are one.
	belief, _, _ = pair(a, a)
	if c := belief.Next(obs, fast, now, ample); c.Info > 1e-9 {
		t.Errorf("two equal opinions, and still %q promises %v nats", c.Name, c.Info)
	}
}

// A budget is a promise: an experiment expected to break it is not proposed.
func TestNextRespectsLimits(t *testing.T) {
	a, b := Model{Kind: TokenBucket, N: 10, T: 0.1}, Model{Kind: FixedFirst, N: 10, T: 1}
	belief, obs, now := pair(a, b)
	rapid.Check(t, func(t *rapid.T) {
		l := Limits{
			Requests:    rapid.IntRange(0, 40).Draw(t, "requests"),
			Refusals:    rapid.IntRange(0, 4).Draw(t, "refusals"),
			Concurrency: rapid.IntRange(1, 20).Draw(t, "concurrency"),
			Seconds:     rapid.Float64Range(0, 5).Draw(t, "seconds"),
		}
		c := belief.Next(obs, fast, now, l)
		if c.Requests > float64(l.Requests) || c.Refusals > float64(l.Refusals) || c.Seconds > l.Seconds {
			t.Fatalf("%+v: %q costs %v requests, %v refusals, %v s", l, c.Name, c.Requests, c.Refusals, c.Seconds)
		}
		for _, s := range c.Steps {
			if s.InFlight > l.Concurrency {
				t.Fatalf("%+v: %q has %d in flight", l, c.Name, s.InFlight)
			}
		}
	})
	if c := belief.Next(obs, fast, now, Limits{}); c.Info != 0 {
		t.Errorf("without any budget, %q is proposed", c.Name)
	}
}

// A member of low weight is heard as long as it explains what was seen; one
// that does not has no seat.
func TestCommitteeSeatsWhatExplains(t *testing.T) {
	a, b := Model{Kind: TokenBucket, N: 10, T: 0.1}, Model{Kind: FixedFirst, N: 10, T: 1}
	belief, obs, _ := pair(a, b)
	belief.Fits[1].loglik = -50
	members := belief.committee(obs, fast)
	if len(members) != 1 || members[0].Model != a {
		t.Errorf("%d members, want only %v: the other is 50 nats behind", len(members), a)
	}
	belief.Fits[1].loglik = -3
	members = belief.committee(obs, fast)
	sum := 0.0
	for _, m := range members {
		sum += m.weight
	}
	if len(members) != 2 || members[0].Model != a || math.Abs(sum-1) > 1e-9 {
		t.Errorf("%d members of weight %v in all, want two with a total of 1, %v first", len(members), sum, a)
	}
}

// What is uncertain about a fit is represented by members across its interval.
func TestCommitteeSpansTheInterval(t *testing.T) {
	a := Model{Kind: TokenBucket, N: 10, T: 0.1}
	belief, obs, _ := pair(a, a)
	f := certain(a)
	f.TRange, f.NRange = Interval{0.05, 0.2}, Interval{10, math.Inf(1)}
	belief.Fits = []Fit{f}
	low, high, most := math.Inf(1), 0.0, 0.0
	for _, m := range belief.committee(obs, fast) {
		low, high, most = min(low, m.T), max(high, m.T), max(most, m.N)
	}
	if !near(low, 0.05) || !near(high, 0.2) {
		t.Errorf("members have T from %v to %v, want the whole interval from 0.05 to 0.2", low, high)
	}
	if most <= a.N || math.IsInf(most, 1) {
		t.Errorf("the largest burst is %v, want one above %v: nothing bounds it", most, a.N)
	}
}

func TestFlipsAreBetweenOpinions(t *testing.T) {
	var members []member
	for _, interval := range []float64{1, 2, 2.0001, 5} {
		m := Model{Kind: TokenBucket, N: 1, T: interval}
		s := m.newState()
		s.update(&Observation{Accepted: true})
		members = append(members, member{Model: m, state: s})
	}
	got := fmt.Sprintf("%.2f", flips(members, 0))
	if want := "[1.50 3.50]"; got != want { // 2 and 2.0001 cannot be told apart
		t.Errorf("flips at %s, want %s", got, want)
	}
	if got := flips(members, 10); len(got) != 0 {
		t.Errorf("flips at %v when all would let a request pass", got)
	}
}

func TestEntropy(t *testing.T) {
	for _, tt := range []struct {
		weights []float64
		want    float64
	}{
		{nil, 0},
		{[]float64{1}, 0},
		{[]float64{0.5, 0.5}, math.Ln2},
		{[]float64{0.25, 0.25}, 0.5 * math.Ln2}, // times their sum
		{[]float64{0.5, 0, 0.5}, math.Ln2},
	} {
		if got := unnormalizedEntropy(tt.weights); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("entropy of %v: %v, want %v", tt.weights, got, tt.want)
		}
	}
}
