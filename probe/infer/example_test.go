package infer_test

import (
	"fmt"
	"time"

	"brink/probe/infer"
	"brink/probe/load"
)

// Three requests pass, the fourth is refused, and from then on one passes every
// 500 ms or so: what limits them?
func ExampleExplainer() {
	var samples []load.Sample
	answer := func(at time.Duration, o load.Outcome, took time.Duration) {
		samples = append(samples, load.Sample{Sent: at, Done: at + took, Status: 200, Outcome: o})
	}
	accepted := func(at time.Duration) { answer(at, load.Accepted, 10*time.Millisecond) }
	refused := func(at time.Duration) { answer(at, load.Refused, time.Millisecond) }

	const ms = time.Millisecond
	accepted(0)
	accepted(20 * ms)
	accepted(40 * ms)
	refused(60 * ms)
	refused(490 * ms) // too early
	accepted(510 * ms)
	refused(990 * ms)
	accepted(1010 * ms)
	for at := 6000 * ms; at < 6060*ms; at += 20 * ms {
		accepted(at) // after a rest, three again
	}
	refused(6060 * ms)
	accepted(6510 * ms)
	refused(6980 * ms)
	accepted(7010 * ms)

	base := infer.Baseline{RTT: 0.001, Latency: 0.010, Noise: 0.0005}
	var x infer.Explainer
	best := x.Explain(infer.Observe(samples, base), base).Best()
	fmt.Printf("%v, burst %.0f\n", best.Kind, best.N)
	fmt.Printf("%.1f/s, 95 %% between %.2f and %.2f\n", best.Rate(), best.RateRange().Low, best.RateRange().High)
	// Output:
	// token_bucket, burst 3
	// 2.0/s, 95 % between 1.98 and 2.02
}

// Ten requests pass and the next is refused: a bucket, a window, or what else?
// The committee of all that would do so proposes what to send next.
func ExampleBelief_Next() {
	var samples []load.Sample
	for i := range 11 {
		s := load.Sample{Sent: time.Duration(i) * 5 * time.Millisecond, Status: 200}
		s.Done = s.Sent + 4*time.Millisecond
		if i == 10 {
			s.Status, s.Outcome = 429, load.Refused
		}
		samples = append(samples, s)
	}
	base := infer.Baseline{RTT: 0.001, Latency: 0.004, Noise: 0.0003}
	obs := infer.Observe(samples, base)

	var x infer.Explainer
	belief := x.Explain(obs, base)
	const now = 0.060 // seconds since the start of the run
	next := belief.Next(obs, base, now, infer.Limits{Requests: 50, Refusals: 5, Concurrency: 10, Seconds: 30})
	fmt.Println("worth its cost:", next.Info > 0)
	fmt.Println("within limits:", next.Requests <= 50 && next.Refusals <= 5 && next.Seconds <= 30)
	// Output:
	// worth its cost: true
	// within limits: true
}
