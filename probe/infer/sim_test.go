package infer

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"brink/probe/load"
)

// naive is a limiter as its documentation would define it, with no thought for
// inference. All of them start idle, and are asked in order of arrival.
type naive interface {
	// decide says whether a request that arrives at t and takes the given time
	// to serve passes, and how long it is held.
	decide(t, service float64) (accepted bool, delay float64)
}

// naiveOf builds the limiter that m describes.
func naiveOf(m Model) naive {
	switch m.Kind {
	case None:
		return naiveNone{}
	case TokenBucket:
		return &naiveBucket{n: m.N, interval: m.T, level: m.N * m.T}
	case LeakyQueue:
		return &naiveBucket{n: m.N, interval: m.T, level: m.N * m.T, places: int(m.Queue)}
	case FixedFirst:
		return &naiveFirst{n: int(m.N), window: m.T}
	case FixedClock:
		return &naiveClock{n: int(m.N), window: m.T, phase: m.Phase, counts: map[int]int{}}
	case SlidingLog:
		return &naiveLog{n: int(m.N), window: m.T}
	case Concurrency, ConcurrencyQueue:
		return &naiveSlots{n: int(m.N), places: int(m.Queue)}
	}
	panic(fmt.Sprintf("no limiter for %v", m))
}

type naiveNone struct{}

func (naiveNone) decide(float64, float64) (bool, float64) { return true, 0 }

// naiveBucket holds at most n tokens and gains one every interval. Its level is
// kept in seconds of refill, so that times which are multiples of a power of
// two are added without rounding. Requests that find no token wait in line.
type naiveBucket struct {
	n, interval, level float64
	places, waiting    int
	now                float64
}

func (b *naiveBucket) decide(t, _ float64) (bool, float64) {
	for b.waiting > 0 && b.now+b.interval-b.level <= t {
		b.now += b.interval - b.level
		b.level = 0
		b.waiting--
	}
	b.level = min(b.n*b.interval, b.level+t-b.now)
	b.now = t
	switch {
	case b.waiting == 0 && b.level >= b.interval:
		b.level -= b.interval
		return true, 0
	case b.waiting < b.places:
		b.waiting++
		return true, float64(b.waiting)*b.interval - b.level
	}
	return false, 0
}

// naiveFirst counts from the first request it meets, for one window.
type naiveFirst struct {
	n, count   int
	window     float64
	open       bool
	start, end float64
}

func (f *naiveFirst) decide(t, _ float64) (bool, float64) {
	if !f.open || t >= f.end {
		f.open, f.start, f.end, f.count = true, t, t+f.window, 0
	}
	if f.count >= f.n {
		return false, 0
	}
	f.count++
	return true, 0
}

// naiveClock counts in the windows of a grid.
type naiveClock struct {
	n             int
	window, phase float64
	counts        map[int]int
}

func (c *naiveClock) decide(t, _ float64) (bool, float64) {
	k := 0
	for c.phase+float64(k)*c.window > t {
		k--
	}
	for c.phase+float64(k+1)*c.window <= t {
		k++
	}
	if c.counts[k] >= c.n {
		return false, 0
	}
	c.counts[k]++
	return true, 0
}

// naiveLog counts what passed in the window that ends now.
type naiveLog struct {
	n      int
	window float64
	passed []float64
}

func (l *naiveLog) decide(t, _ float64) (bool, float64) {
	within := 0
	for _, a := range l.passed {
		if a > t-l.window {
			within++
		}
	}
	if within >= l.n {
		return false, 0
	}
	l.passed = append(l.passed, t)
	return true, 0
}

// naiveSlots is n workers and a line before them.
type naiveSlots struct {
	n, places int
	free      []float64 // when each busy worker is free again, the line worked off
	departs   []float64
}

func (s *naiveSlots) decide(t, service float64) (bool, float64) {
	inside := 0
	for _, d := range s.departs {
		if d > t {
			inside++
		}
	}
	if inside >= s.n+s.places {
		return false, 0
	}
	if s.free == nil {
		s.free = make([]float64, s.n)
	}
	worker := 0
	for i, f := range s.free {
		if f < s.free[worker] {
			worker = i
		}
	}
	start := max(t, s.free[worker])
	s.free[worker] = start + service
	s.departs = append(s.departs, start+service)
	return true, start - t
}

// sim is an API behind a limiter, seen through a network, in virtual time.
type sim struct {
	naive
	base    Baseline
	rng     *rand.Rand
	now     float64 // seconds
	last    float64 // the latest arrival
	samples []load.Sample
}

// newSim starts an API behind a limiter. The same seed gives the same run.
func newSim(m Model, seed uint64) *sim {
	s := &sim{
		naive: naiveOf(m),
		base:  Baseline{RTT: 0.001, Latency: 0.008, Noise: 0.0005},
		rng:   rand.New(rand.NewPCG(seed, 1)),
	}
	if m.Kind == Concurrency || m.Kind == ConcurrencyQueue {
		s.base.Latency = 0.08 // or nothing would ever overlap
	}
	return s
}

// jitter is what a one-way trip takes beyond the shortest.
func (s *sim) jitter() float64 { return 0.00005 * s.rng.ExpFloat64() }

// arrival is when a request sent now gets there.
func (s *sim) arrival(sent float64) float64 { return sent + s.base.RTT/2 + s.jitter() }

// exchange is one request and its answer.
func (s *sim) exchange(sent, arrive float64) load.Sample {
	s.last = max(s.last, arrive)
	service := max(0.1*s.base.Latency, s.base.Latency-s.base.RTT+s.base.Noise*s.rng.NormFloat64())
	accepted, delay := s.decide(arrive, service)
	x := load.Sample{N: uint64(len(s.samples)), Status: 200, Sent: duration(sent)}
	done := arrive + s.base.RTT/2 + s.jitter()
	if accepted {
		done += delay + service
	} else {
		x.Status, x.Outcome = 429, load.Refused
		done += 0.0002
	}
	x.Done = duration(done)
	s.samples = append(s.samples, x)
	return x
}

// perform carries out a step the way the prober does, and waits for all of it.
func (s *sim) perform(step Step) {
	s.now += step.After
	if step.InFlight >= step.Count {
		s.burst(step.Count, step.Gap)
		return
	}
	var busy []float64
	refusal := never
	for range step.Count {
		if len(busy) >= step.InFlight {
			s.now = max(s.now, busy[0])
			busy = busy[1:]
		}
		if step.UntilRefused && refusal <= s.now {
			break
		}
		x := s.exchange(s.now, max(s.last, s.arrival(s.now)))
		if x.Outcome == load.Refused {
			refusal = min(refusal, x.Done.Seconds())
		}
		busy = append(busy, x.Done.Seconds())
		slices.Sort(busy)
		s.now += max(0.0002, step.Gap)
	}
	if len(busy) > 0 {
		s.now = max(s.now, busy[len(busy)-1])
	}
}

// burst sends requests that overtake each other on the way.
func (s *sim) burst(n int, gap float64) {
	type trip struct{ sent, arrive float64 }
	trips := make([]trip, n)
	for i := range trips {
		sent := s.now + float64(i)*max(gap, 0.00002)
		trips[i] = trip{sent, max(s.last, s.arrival(sent))}
	}
	slices.SortFunc(trips, func(a, b trip) int { return cmp.Compare(a.arrive, b.arrive) })
	for _, x := range trips {
		s.now = max(s.now, s.exchange(x.sent, x.arrive).Done.Seconds())
	}
}

// cycled runs through several cycles of what shows a limiter like m: full
// recovery, a drain (every other time in two clumps), single requests just
// before and just after it lets one pass again, and a drain of what came back.
// Where a prober has to search for those moments, m tells them.
func cycled(m Model, seed uint64, cycles int) *sim {
	s := newSim(m, seed)
	for range 3 {
		s.perform(Step{After: 0.35, Count: 1, InFlight: 1})
	}
	n := max(1, int(m.N+m.Queue))
	full := max(m.Recovery(), 0.2)
	drain := Step{Count: 2*n + 8, UntilRefused: true, InFlight: max(1, n/10)}
	for i := range cycles {
		switch rest := (1.1 + 0.27*float64(i)) * full; m.Kind {
		case None:
			s.perform(Step{After: rest, Count: 20, InFlight: 2})
			s.perform(Step{Count: 20, InFlight: 20})
		case LeakyQueue, ConcurrencyQueue, Concurrency:
			s.perform(Step{After: rest, Count: n + 2 + i, InFlight: n + 2 + i})
			s.perform(Step{After: 0.02, Count: n/2 + i, InFlight: n/2 + i})
		default:
			drain.After = rest
			if i%2 == 1 {
				s.perform(Step{After: rest, Count: max(1, n/2), InFlight: 1})
				drain.After = 0.35 * full
			}
			s.perform(drain)
			drain.After = 0
			s.straddle(m)
			s.perform(drain)
			s.straddle(m)
			s.perform(drain)
		}
	}
	return s
}

// straddle sends one request a little too early for m, and one a little late:
// by 1 %, but beyond what the network blurs.
func (s *sim) straddle(m Model) {
	o := Observation{Arrive: s.now, Company: math.MaxInt32}
	wait := -m.after(s.observe()).margin(&o, m.capacity())
	off := max(0.01*wait, 0.002)
	for _, w := range []float64{wait - off, wait + off} {
		s.perform(Step{After: max(0, o.Arrive+w-s.now), Count: 1, InFlight: 1})
	}
}

func (s *sim) observe() []Observation { return Observe(s.samples, s.base) }

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
