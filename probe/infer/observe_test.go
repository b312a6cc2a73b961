package infer

import (
	"math"
	"slices"
	"testing"
	"time"

	"brink/probe/load"
)

var path = Baseline{RTT: 0.010, Latency: 0.030, Noise: 0.001}

// sample spells a sample in milliseconds.
func sample(sent, done float64, o load.Outcome) load.Sample {
	status := map[load.Outcome]int{load.Accepted: 200, load.Refused: 429, load.Failed: 500, load.Denied: 403}[o]
	ms := float64(time.Millisecond)
	return load.Sample{Sent: time.Duration(sent * ms), Done: time.Duration(done * ms), Status: status, Outcome: o}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestObservePutsRequestsInOrderOfArrival(t *testing.T) {
	obs := Observe([]load.Sample{
		sample(500, 530, load.Accepted), // answers come back in another order than requests go out
		sample(0, 900, load.Accepted),
		sample(200, 230, load.Accepted),
	}, path)
	var got []float64
	for _, o := range obs {
		got = append(got, o.Arrive)
	}
	if want := []float64{0.005, 0.205, 0.505}; !slices.EqualFunc(got, want, near) {
		t.Errorf("arrivals %v, want %v: half a round trip after the write", got, want)
	}
	if want := 0.895; !near(obs[0].Depart, want) {
		t.Errorf("departure %v, want %v: half a round trip before the answer", obs[0].Depart, want)
	}
	if want := 0.870; !near(obs[0].Excess, want) {
		t.Errorf("excess %v, want %v: 900 ms but for the 30 of the baseline", obs[0].Excess, want)
	}
}

// A refusal takes no work, so what it takes beyond the round trip was lost on
// the way: half of it before the decision. The accepted lose the same unseen.
func TestObserveSharesTheOverheadOfRefusals(t *testing.T) {
	obs := Observe([]load.Sample{
		sample(0, 30, load.Accepted),
		sample(100, 114, load.Refused), // 4 ms over
		sample(300, 314, load.Refused),
		sample(500, 520, load.Refused), // 10 ms over
	}, path)
	for i, want := range []float64{0.007, 0.107, 0.307, 0.510} {
		if !near(obs[i].Arrive, want) {
			t.Errorf("arrival %d at %v, want %v", i, obs[i].Arrive, want)
		}
	}
	if obs[3].Sigma <= obs[1].Sigma {
		t.Errorf("the arrival of a refusal with more overhead is as sure (%v) as the others' (%v)", obs[3].Sigma, obs[1].Sigma)
	}
	if !math.IsNaN(obs[1].Excess) {
		t.Errorf("a refusal has an excess latency of %v: it says nothing of delay", obs[1].Excess)
	}
}

// A slow answer may have been slow on the way in.
func TestObserveDoubtsSlowRequests(t *testing.T) {
	obs := Observe([]load.Sample{sample(0, 30, load.Accepted), sample(500, 600, load.Accepted)}, path)
	if obs[1].Sigma <= obs[0].Sigma {
		t.Errorf("sigma %v of a slow request, %v of a quick one: want more", obs[1].Sigma, obs[0].Sigma)
	}
	if limit := 0.01; obs[1].Sigma > limit {
		t.Errorf("sigma %v of a slow request, want at most %v: a queue makes every request slow", obs[1].Sigma, limit)
	}
}

// An error or a denial is no decision of the limiter, but it took a place. So did
// a request that nobody waited for long enough; one that was never written did
// not.
func TestObserveKeepsWhatIsNoEvidence(t *testing.T) {
	silent := sample(300, 330, load.Failed)
	silent.Status = 0 // no answer came
	unsent := sample(350, 350, load.Failed)
	unsent.Status = 0
	obs := Observe([]load.Sample{
		sample(0, 30, load.Accepted),
		sample(100, 130, load.Failed),
		sample(200, 230, load.Denied),
		silent,
		unsent,
		sample(400, 410, load.Refused),
	}, path)
	if len(obs) != 5 {
		t.Fatalf("%d observations, want 5: one request was never written", len(obs))
	}
	for i, want := range []struct{ accepted, scored bool }{{true, true}, {true, false}, {true, false}, {true, false}, {false, true}} {
		if o := obs[i]; o.Accepted != want.accepted || o.Scored != want.scored {
			t.Errorf("observation %d: accepted %v, scored %v; want %v, %v", i, o.Accepted, o.Scored, want.accepted, want.scored)
		}
	}
	for _, i := range []int{1, 2, 3} {
		if !math.IsNaN(obs[i].Excess) {
			t.Errorf("observation %d: excess %v: the latency of an error says nothing", i, obs[i].Excess)
		}
	}
}

// Requests sent at the same instant overtake each other. Their answers know
// the order in which a queue took them in.
func TestObserveUnscramblesABurst(t *testing.T) {
	obs := Observe([]load.Sample{
		sample(0, 330, load.Accepted), // third in the queue
		sample(0.1, 10.1, load.Refused),
		sample(0.2, 130, load.Accepted), // first
		sample(0.3, 230, load.Accepted), // second
	}, path)
	var departs []float64
	for i, o := range obs {
		if o.Accepted != (i < 3) {
			t.Fatalf("place %d: accepted %v; want the accepted before the refused", i, o.Accepted)
		}
		if i > 0 && o.Arrive < obs[i-1].Arrive {
			t.Errorf("place %d arrives at %v, before place %d", i, o.Arrive, i-1)
		}
		if o.Accepted {
			departs = append(departs, o.Depart)
			// What the latency adds up to has not changed.
			if want := o.Depart + path.RTT/2 - (o.Arrive - path.RTT/2) - path.Latency; !near(o.Excess, want) {
				t.Errorf("place %d: excess %v, want %v", i, o.Excess, want)
			}
		}
	}
	if !slices.IsSorted(departs) {
		t.Errorf("departures %v, want them rising", departs)
	}
}

// What is further apart than the arrivals are uncertain keeps its order, even
// where a limiter would then have to have refused before it accepted.
func TestObserveLeavesDistinctArrivalsAlone(t *testing.T) {
	obs := Observe([]load.Sample{
		sample(0, 10, load.Refused),
		sample(20, 50, load.Accepted),
	}, path)
	if obs[0].Accepted || !obs[1].Accepted {
		t.Error("two requests 20 ms apart changed places")
	}
}

func TestOnlyTheLastOfARunOfRefusalsIsEvidence(t *testing.T) {
	obs := Observe([]load.Sample{
		sample(0, 30, load.Accepted),
		sample(100, 110, load.Refused),
		sample(200, 210, load.Refused),
		sample(300, 310, load.Refused),
		sample(400, 430, load.Accepted),
		sample(500, 510, load.Refused),
	}, path)
	for i, want := range []bool{true, false, false, true, true, true} {
		if obs[i].Scored != want {
			t.Errorf("observation %d: scored %v, want %v", i, obs[i].Scored, want)
		}
	}
}

// Only what was sent before a request can have arrived, and was not yet
// answered when it went out, can have been under way when it was let in.
func TestCompanyIsCausal(t *testing.T) {
	obs := Observe([]load.Sample{
		sample(0, 100, load.Accepted),
		sample(50, 150, load.Accepted),  // meets the first
		sample(60, 70, load.Refused),    // meets both, and takes no place itself
		sample(120, 220, load.Accepted), // meets the second: the first is answered
		sample(400, 430, load.Accepted),
	}, path)
	for i, want := range []int{1, 2, 3, 2, 1} {
		if obs[i].Company != want {
			t.Errorf("request %d, which arrived at %.3f: company %d, want %d", i, obs[i].Arrive, obs[i].Company, want)
		}
	}
}

func TestObserveNothing(t *testing.T) {
	if obs := Observe(nil, Baseline{}); len(obs) != 0 {
		t.Errorf("%d observations of no samples", len(obs))
	}
}
