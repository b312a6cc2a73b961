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
	Excess   float64 // latency beyond the unhindered one; NaN where that says nothing
	Company  int     // at most so many accepted requests, itself included, shared the server with it
}

// Baseline is what an unhindered request looks like on this path.
type Baseline struct {
	RTT     float64 // network round trip, from opening connections
	Latency float64 // median latency of single, spaced requests
	Noise   float64 // spread of that latency (standard deviation, robust)
}

// Observe turns samples into observations, in order of arrival.
//
// The arrival of a request lies between the write and the answer. An accepted
// one is placed half a round trip after the write; a refused one, whose
// processing takes no time, midway between. A request whose outcome says
// nothing about limits stays in the history, as one the limiter let through.
func Observe(samples []load.Sample, base Baseline) []Observation {
	obs := make([]Observation, 0, len(samples))
	order := make([]load.Sample, 0, len(samples))
	for _, s := range samples {
		if s.Outcome != load.Failed || s.Status != 0 { // without an answer there is nothing to place
			order = append(order, s)
		}
	}
	for _, s := range order {
		rtt := s.Latency().Seconds()
		sent := s.Sent.Seconds()
		over := max(0, rtt-base.RTT)
		o := Observation{
			Arrive:   sent + base.RTT/2,
			Depart:   s.Done.Seconds() - base.RTT/2,
			Accepted: s.Outcome != load.Refused,
			Scored:   s.Outcome == load.Accepted || s.Outcome == load.Refused,
			Excess:   math.NaN(),
		}
		o.Sigma = 0.0002 + 0.05*base.RTT
		if o.Accepted {
			// A slow answer may have been slow on the way in.
			o.Sigma += min(0.35*max(0, rtt-base.Latency-1.2*base.Noise), 0.25*base.RTT+0.001)
		} else {
			o.Arrive += over / 2
			o.Sigma += 0.3 * over
		}
		if s.Outcome == load.Accepted {
			o.Excess = rtt - base.Latency
		}
		obs = append(obs, o)
	}
	countCompany(obs, order)
	slices.SortStableFunc(obs, func(a, b Observation) int { return cmp.Compare(a.Arrive, b.Arrive) })
	unscramble(obs)
	return obs
}

// countCompany sets the causal bound on concurrency: only requests that were
// sent before this one's answer came and answered after it was sent can have
// been on the server together with it.
func countCompany(obs []Observation, samples []load.Sample) {
	for i, s := range samples {
		for j, other := range samples {
			if i != j && (!obs[j].Accepted || other.Sent >= s.Done || other.Done <= s.Sent) {
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
