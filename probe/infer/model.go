package infer

import "fmt"

// Kind names a family of limiters.
type Kind uint8

// The kinds a series of answers is tried against.
const (
	None             Kind = iota // no limit at all
	TokenBucket                  // burst N, one token every T (= GCRA; N=1 is a minimum spacing)
	LeakyQueue                   // a token bucket with a queue of Queue places before it
	FixedFirst                   // N in a window of T that opens with its first request
	FixedClock                   // N in each window of a fixed grid: Phase + k*T
	SlidingLog                   // N in any stretch of T
	Concurrency                  // N under way at once, the rest refused
	ConcurrencyQueue             // N under way at once, Queue more wait for a place
	kinds
)

var kindNames = [...]string{
	"none", "token_bucket", "leaky_queue", "fixed_window", "fixed_window", "sliding_log",
	"concurrency", "concurrency_queue",
}

// String returns the kind as reports spell it. The two fixed windows share a
// name there and differ in their alignment.
func (k Kind) String() string { return kindNames[k] }

// params is how many numbers a kind is free to choose: the price of its
// flexibility when kinds are compared.
func (k Kind) params() float64 {
	return [...]float64{0, 2, 3, 2, 3, 2, 1, 2}[k]
}

// windowed reports whether T is a window, after which N come back at once or
// one by one, rather than the interval between two requests.
func (k Kind) windowed() bool { return k == FixedFirst || k == FixedClock || k == SlidingLog }

// Model is a limiter with its numbers. Those a kind has no use for are zero.
type Model struct {
	Kind  Kind
	N     float64 // requests: burst, limit of a window, or concurrency
	T     float64 // seconds: token interval (1/rate) or window
	Phase float64 // seconds: a boundary of the grid of FixedClock
	Queue float64 // places in the queue
}

// Rate is the long-run rate a model admits, in requests a second; zero when
// the kind has none.
func (m Model) Rate() float64 {
	switch {
	case m.T <= 0:
		return 0
	case m.Kind.windowed():
		return m.N / m.T
	}
	return 1 / m.T
}

func (m Model) String() string {
	switch m.Kind {
	case None:
		return "no limit"
	case TokenBucket:
		return fmt.Sprintf("token bucket %.4g/s burst %g", m.Rate(), m.N)
	case LeakyQueue:
		return fmt.Sprintf("leaky queue %.4g/s burst %g queue %g", m.Rate(), m.N, m.Queue)
	case Concurrency:
		return fmt.Sprintf("%g at once", m.N)
	case ConcurrencyQueue:
		return fmt.Sprintf("%g at once, queue %g", m.N, m.Queue)
	}
	return fmt.Sprintf("%v %g per %.4g s", m.Kind, m.N, m.T)
}

// never is a margin beyond doubt, in seconds.
const never = 1e6

// state is a limiter's memory during a replay. It depends on T and Phase of
// its model and on what was observed, never on N or Queue: so those two can be
// read off the loads of one replay instead of being searched for.
type state interface {
	// load is how full the limiter is when o arrives, in requests: o is
	// accepted if load <= capacity-1, where capacity is N+Queue.
	load(o *Observation) float64
	// margin is how long before o's arrival the decision flipped to accept
	// (negative: how long after it will), in seconds, for that capacity.
	margin(o *Observation, capacity float64) float64
	// delay is how long an accepted o is held, in seconds.
	delay(o *Observation, n float64) float64
	// update records what became of o.
	update(o *Observation)
	clone() state
}

// newState returns an idle limiter.
func (m Model) newState() state {
	switch m.Kind {
	case TokenBucket, LeakyQueue:
		return &bucketState{interval: m.T}
	case FixedFirst:
		return &firstState{window: m.T, start: -never}
	case FixedClock:
		return &clockState{window: m.T, phase: m.Phase, k: -never}
	case SlidingLog:
		return &logState{window: m.T}
	case Concurrency:
		return &slotState{refuses: true}
	case ConcurrencyQueue:
		return &slotState{}
	}
	return noState{}
}

// capacity is how many requests the limiter holds before it refuses.
func (m Model) capacity() float64 {
	switch {
	case m.Kind == LeakyQueue || m.Kind == ConcurrencyQueue:
		return m.N + m.Queue
	case m.Kind == None:
		return never
	}
	return m.N
}

// noState is the absence of a limit.
type noState struct{}

func (noState) load(*Observation) float64            { return 0 }
func (noState) margin(*Observation, float64) float64 { return never }
func (noState) delay(*Observation, float64) float64  { return 0 }
func (noState) update(*Observation)                  {}
func (s noState) clone() state                       { return s }
