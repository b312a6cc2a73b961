package infer

import (
	"cmp"
	"math"
	"slices"

	"brink/probe/load"
)

// Observation is one request as the limiter is believed to have met it.
type Observation struct {
	Arrive   float64 // when it reached the server, estimated
	Depart   float64 // when its answer left the server, estimated
	Sigma    float64 // standard error of Arrive
	Accepted bool    // let through by the limiter, whatever the API said then
	Scored   bool    // false: part of the history, but its decision is no evidence
	Excess   float64 // time to the first byte beyond the unhindered one; NaN where that says nothing
	Company  int     // at most so many accepted requests, itself included, shared the server with it
}

// Baseline is what an unhindered request looks like on this path.
type Baseline struct {
	RTT     float64 // network round trip, from opening connections
	Latency float64 // median time to the first byte of single, spaced requests
	Body    float64 // median time from there to the end of the answer
	Noise   float64 // spread of that latency (standard deviation, robust)
}

// service is how long a request keeps the server busy.
func (b Baseline) service() float64 { return b.Latency + b.Body }

// Observe turns samples into observations, in order of arrival.
//
// The arrival of a request lies between the write and the answer. What a
// refused one takes beyond the network's round trip is overhead, since refusing
// takes no work; half of it is put before the decision. An accepted request
// cannot show its own overhead and is given the typical one.
//
// A request whose outcome says nothing about limits stays in the history, as one
// the limiter let through: refusals come at once, so what was cut off or timed
// out was most likely waiting in a queue, and keeps its place there. Only what
// was never written is left out.
func Observe(samples []load.Sample, base Baseline) []Observation {
	obs := make([]Observation, 0, len(samples))
	placed := make([]load.Sample, 0, len(samples))
	for _, s := range samples {
		if s.Status != 0 || s.Sent < s.Done {
			placed = append(placed, s)
		}
	}
	typical, spread := overhead(placed, base)
	for _, s := range placed {
		rtt := s.Wait().Seconds()
		o := Observation{
			Arrive:   s.Sent.Seconds() + base.RTT/2,
			Depart:   s.Done.Seconds() - base.RTT/2,
			Sigma:    0.0002 + 0.05*base.RTT,
			Accepted: s.Outcome != load.Refused,
			Scored:   s.Outcome == load.Accepted || s.Outcome == load.Refused,
			Excess:   math.NaN(),
		}
		if o.Accepted {
			// A slow answer may have been slow on the way in.
			slow := max(0, rtt-base.Latency-1.2*base.Noise)
			o.Arrive += typical / 2
			o.Sigma += spread/2 + min(0.35*slow, 0.25*base.RTT+0.001)
		} else {
			over := max(0, rtt-base.RTT)
			o.Arrive += over / 2
			o.Sigma += 0.3 * over
		}
		if s.Outcome == load.Accepted {
			o.Excess = rtt - base.Latency
		}
		obs = append(obs, o)
	}
	countCompany(obs, placed)
	slices.SortStableFunc(obs, func(a, b Observation) int { return cmp.Compare(a.Arrive, b.Arrive) })
	unscramble(obs)
	lastOfEachRefusal(obs)
	return obs
}

// lastOfEachRefusal leaves of each run of refusals only the last as evidence.
// With time a limiter only becomes more willing, so that one implies the
// others; and an error in what was accepted before would count once for each.
func lastOfEachRefusal(obs []Observation) {
	for i := 1; i < len(obs); i++ {
		if !obs[i-1].Accepted && !obs[i].Accepted {
			obs[i-1].Scored = false
		}
	}
}

// overhead is what refusals take beyond a round trip: the median, and the
// distance from there to the upper decile.
func overhead(samples []load.Sample, base Baseline) (typical, spread float64) {
	var over []float64
	for _, s := range samples {
		if s.Outcome == load.Refused {
			over = append(over, max(0, s.Wait().Seconds()-base.RTT))
		}
	}
	if len(over) == 0 {
		return 0, 0
	}
	slices.Sort(over)
	typical = over[len(over)/2]
	return typical, over[len(over)*9/10] - typical
}

// countCompany sets the causal bound on concurrency: only requests that were
// sent before this one can have arrived, and that were not yet answered when it
// was sent, can have been under way when it was let in.
func countCompany(obs []Observation, samples []load.Sample) {
	for i, s := range samples {
		latest := obs[i].Arrive + 3*obs[i].Sigma
		for j, other := range samples {
			if i != j && (!obs[j].Accepted || other.Sent.Seconds() >= latest || other.Done <= s.Sent) {
				continue
			}
			obs[i].Company++
		}
	}
}

// unscramble puts arrivals that are too close to tell apart in the order that
// the answers suggest: accepted before refused, and the accepted as they were
// answered. Their order of sending is no evidence, since requests of one burst
// overtake each other on the way.
func unscramble(obs []Observation) {
	const longest = 0.005 // seconds that one cluster may span
	for from := 0; from < len(obs); {
		to := from + 1
		for to < len(obs) && obs[to].Arrive-obs[to-1].Arrive < 3*max(obs[to].Sigma, obs[to-1].Sigma) &&
			obs[to].Arrive-obs[from].Arrive < longest {
			to++
		}
		cluster := obs[from:to]
		arrivals := make([]float64, len(cluster))
		for i, o := range cluster {
			arrivals[i] = o.Arrive
		}
		slices.SortStableFunc(cluster, func(a, b Observation) int {
			if a.Accepted != b.Accepted {
				if a.Accepted {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.Depart, b.Depart)
		})
		for i := range cluster {
			// The latency stays what it was: the answer is late by as much as
			// the request is now taken to have arrived earlier.
			cluster[i].Excess += cluster[i].Arrive - arrivals[i]
			cluster[i].Arrive = arrivals[i]
		}
		from = to
	}
}
