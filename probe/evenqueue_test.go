package probe

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// queueLatencies are the latencies of a burst at a queue: the first ones busy
// the machine and take longer, the rest are let through one every gap.
func queueLatencies(rng *rand.Rand, immediate, queued int, gap, service, busy, noise time.Duration) []time.Duration {
	jitter := func(d time.Duration) time.Duration {
		return time.Duration(rng.NormFloat64() * float64(d))
	}
	var ls []time.Duration
	for range immediate {
		ls = append(ls, service+busy+jitter(noise))
	}
	for k := range queued {
		ls = append(ls, service+time.Duration(k+1)*gap+jitter(noise))
	}
	slices.Sort(ls)
	return ls
}

func TestEvenQueueTellsWhoWaited(t *testing.T) {
	const gap = time.Second / 15
	tests := []struct {
		name              string
		immediate, queued int
		busy              time.Duration // what sending many at once adds
	}{
		{"a quiet machine", 15, 100, 0},
		{"a busy one", 15, 100, 20 * time.Millisecond},
		// The first queued request, at 97 ms, is no slower than those that passed.
		{"a very busy one", 15, 100, 45 * time.Millisecond},
		{"no burst", 1, 40, 0},
		{"a short queue", 15, 12, 0},
	}
	for _, tt := range tests {
		for seed := range uint64(50) {
			rng := rand.New(rand.NewPCG(seed, 1))
			ls := queueLatencies(rng, tt.immediate, tt.queued, gap, 30*time.Millisecond, tt.busy, 3*time.Millisecond)
			got, base, ok := evenQueue(ls)
			if !ok || got != tt.immediate {
				t.Fatalf("%s, seed %d: %d did not wait (%v), want %d", tt.name, seed, got, ok, tt.immediate)
			}
			if off := math.Abs(base.Seconds() - 0.030); off > 0.010 {
				t.Fatalf("%s, seed %d: unhindered latency %v, want about 30 ms", tt.name, seed, base)
			}
		}
	}
}

func TestEvenQueueLeavesTheRestAlone(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var heavy []time.Duration // a server with a heavy tail and no queue
	for range 100 {
		heavy = append(heavy, time.Duration(math.Exp(rng.NormFloat64())*float64(30*time.Millisecond)))
	}
	slices.Sort(heavy)
	tests := map[string][]time.Duration{
		"nothing":        nil,
		"no delay":       queueLatencies(rng, 100, 0, 0, 30*time.Millisecond, 0, 3*time.Millisecond),
		"a heavy tail":   heavy,
		"a busy machine": queueLatencies(rng, 1, 99, 400*time.Microsecond, time.Millisecond, 0, 20*time.Microsecond),
		"too few":        queueLatencies(rng, 15, 4, time.Second/15, 30*time.Millisecond, 0, 3*time.Millisecond),
	}
	for name, ls := range tests {
		if n, base, ok := evenQueue(ls); ok {
			t.Errorf("%s: taken for a queue behind %d of %v", name, n, base)
		}
	}
}
