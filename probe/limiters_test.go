package probe

import (
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// The limiters of this file are written for these tests alone, and on purpose
// not the way the mock's are: what the prober is measured against must not
// share its ideas.

// decider is a limiter: whether a request that arrives now passes, and how long
// it is held.
type decider func(now time.Time) (wait time.Duration, ok bool)

// limited puts a limiter before a service. It answers 429.
func limited(d decider, service func() time.Duration) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		wait, ok := d(time.Now())
		mu.Unlock()
		if !ok {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		time.Sleep(wait + service())
		w.Write([]byte("{}"))
	}
}

// takes is a service time with a log-normal spread, seeded.
func takes(median time.Duration, spread float64) func() time.Duration {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(uint64(median), math.Float64bits(spread)))
	return func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(float64(median) * math.Exp(spread*rng.NormFloat64()))
	}
}

// bucket counts tokens, and lets so many requests wait for theirs.
func bucket(rate float64, burst, queue int) decider {
	tokens := float64(burst)
	var last time.Time
	return func(now time.Time) (time.Duration, bool) {
		if !last.IsZero() {
			tokens = min(float64(burst), tokens+rate*now.Sub(last).Seconds())
		}
		last = now
		if tokens-1 < -float64(queue)-1e-9 {
			return 0, false
		}
		tokens--
		return time.Duration(max(0, -tokens) / rate * 1e9), true
	}
}

func firstWindow(n int, window time.Duration) decider {
	var start time.Time
	count := 0
	return func(now time.Time) (time.Duration, bool) {
		if count == 0 || now.Sub(start) >= window {
			start, count = now, 0
		}
		count++
		return 0, count <= n
	}
}

func clockWindow(n int, window, phase time.Duration) decider {
	current, count := time.Time{}, 0
	return func(now time.Time) (time.Duration, bool) {
		if k := now.Add(phase).Truncate(window); k != current {
			current, count = k, 0
		}
		count++
		return 0, count <= n
	}
}

func slidingLog(n int, window time.Duration) decider {
	var passed []time.Time
	return func(now time.Time) (time.Duration, bool) {
		for len(passed) > 0 && now.Sub(passed[0]) >= window {
			passed = passed[1:]
		}
		if len(passed) >= n {
			return 0, false
		}
		passed = append(passed, now)
		return 0, true
	}
}

// concurrent refuses what would be the n+1st request under way.
func concurrent(n int64, service func() time.Duration) http.HandlerFunc {
	var under atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		defer under.Add(-1)
		if under.Add(1) > n {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		time.Sleep(service())
		w.Write([]byte("{}"))
	}
}

// pool works on n requests at a time and lets the others wait, as any server
// does that is at its capacity.
func pool(n int, service func() time.Duration) http.HandlerFunc {
	free := make(chan struct{}, n)
	return func(w http.ResponseWriter, _ *http.Request) {
		free <- struct{}{}
		time.Sleep(service())
		<-free
		w.Write([]byte("{}"))
	}
}

// crowded takes longer the more requests are under way.
func crowded(base, each time.Duration) http.HandlerFunc {
	var under atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		n := under.Add(1)
		defer under.Add(-1)
		time.Sleep(base + time.Duration(n)*each)
		w.Write([]byte("{}"))
	}
}

// faulty answers a share of the requests with an error.
func faulty(share float64, status int, service func() time.Duration) http.HandlerFunc {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(7, uint64(status)))
	return func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(service())
		mu.Lock()
		fault := rng.Float64() < share
		mu.Unlock()
		if fault {
			w.WriteHeader(status)
		}
		w.Write([]byte("{}"))
	}
}
