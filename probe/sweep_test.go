package probe

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// decider is a limiter as a test writes it: what happens to a request now.
type decider func(now time.Time) (wait time.Duration, ok bool)

func limited(d decider, service func() time.Duration) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		wait, ok := d(time.Now())
		mu.Unlock()
		if !ok {
			w.WriteHeader(429)
			return
		}
		time.Sleep(wait + service())
		w.Write([]byte("{}"))
	})
}

func bucket(rate float64, burst, queue int) decider {
	var tat time.Time
	T := time.Duration(1e9 / rate)
	return func(now time.Time) (time.Duration, bool) {
		if tat.Before(now) {
			tat = now
		}
		if tat.Sub(now) > T*time.Duration(burst+queue-1) {
			return 0, false
		}
		wait := tat.Sub(now) - T*time.Duration(burst-1)
		tat = tat.Add(T)
		return max(0, wait), true
	}
}

func firstWindow(n int, w time.Duration) decider {
	var start time.Time
	c := 0
	return func(now time.Time) (time.Duration, bool) {
		if c == 0 || now.Sub(start) >= w {
			start, c = now, 0
		}
		if c >= n {
			return 0, false
		}
		c++
		return 0, true
	}
}

func clockWindow(n int, w, phase time.Duration) decider {
	k, c := int64(-1), 0
	return func(now time.Time) (time.Duration, bool) {
		j := (now.UnixNano() + int64(phase)) / int64(w)
		if j != k {
			k, c = j, 0
		}
		if c >= n {
			return 0, false
		}
		c++
		return 0, true
	}
}

func slidingLog(n int, w time.Duration) decider {
	var log []time.Time
	return func(now time.Time) (time.Duration, bool) {
		for len(log) > 0 && now.Sub(log[0]) >= w {
			log = log[1:]
		}
		if len(log) >= n {
			return 0, false
		}
		log = append(log, now)
		return 0, true
	}
}

func concurrent(n int, service func() time.Duration) http.Handler {
	sem := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case sem <- struct{}{}:
			defer func() { <-sem }()
			time.Sleep(service())
			w.Write([]byte("{}"))
		default:
			w.WriteHeader(429)
		}
	})
}

func TestSweep(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("SWEEP"))
	if n == 0 {
		t.Skip()
	}
	seed, _ := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	verbose := os.Getenv("ONE")
	right, total := map[string]int{}, map[string]int{}
	for i := range n {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		logU := func(a, b float64) float64 { return a * math.Pow(b/a, rng.Float64()) }
		l0 := logU(0.001, 0.06)
		if i%6 == 5 {
			l0 = logU(0.02, 0.2)
		}
		var mu sync.Mutex
		srng := rand.New(rand.NewPCG(seed, uint64(i)+1000000))
		service := func() time.Duration {
			mu.Lock()
			defer mu.Unlock()
			return time.Duration(l0 * math.Exp(0.1*srng.NormFloat64()) * 1e9)
		}
		N := int(logU(2, 120))
		if rng.IntN(2) == 0 {
			N = []int{5, 10, 20, 30, 50, 60, 100}[rng.IntN(7)]
		}
		W := logU(0.5, 20)
		if rng.IntN(2) == 0 {
			W = []float64{1, 1, 2, 5, 10}[rng.IntN(5)]
		}
		rate := logU(0.7, 100)
		Q := int(logU(2, 120))
		wd := time.Duration(W * 1e9)
		var h http.Handler
		var kind, desc string
		var wantRate, wantN, wantQ float64
		switch i % 6 {
		case 0:
			kind, desc, wantRate, wantN = "token_bucket", fmt.Sprintf("%.3g/s b%d", rate, N), rate, float64(N)
			h = limited(bucket(rate, N, 0), service)
		case 1:
			rate = logU(2, 100)
			kind, desc, wantRate, wantN, wantQ = "leaky_queue", fmt.Sprintf("%.3g/s b%d q%d", rate, 1+N/5, Q), rate, float64(1+N/5), float64(Q)
			h = limited(bucket(rate, 1+N/5, Q), service)
		case 2:
			kind, desc, wantRate, wantN = "fixed_window", fmt.Sprintf("first %d/%.3gs", N, W), float64(N)/W, float64(N)
			h = limited(firstWindow(N, wd), service)
		case 3:
			kind, desc, wantRate, wantN = "fixed_window", fmt.Sprintf("clock %d/%.3gs", N, W), float64(N)/W, float64(N)
			h = limited(clockWindow(N, wd, time.Duration(rng.Float64()*1e9*W)), service)
		case 4:
			kind, desc, wantRate, wantN = "sliding_log", fmt.Sprintf("%d/%.3gs", N, W), float64(N)/W, float64(N)
			h = limited(slidingLog(N, wd), service)
		case 5:
			c := int(logU(2, 40))
			kind, desc, wantN = "concurrency", fmt.Sprintf("%d", c), float64(c)
			h = concurrent(c, service)
		}
		if verbose != "" && verbose != strconv.Itoa(i) {
			continue
		}
		var sinks []Sink
		if verbose != "" {
			sinks = append(sinks, logSink{t})
		}
		begin := time.Now()
		r := probeHandler(t, h, sinks...)
		got, gr, gn, gq := "-", 0.0, 0.0, 0.0
		conf := 0.0
		if len(r.Limits) > 0 {
			l := r.Limits[0]
			got, conf = l.Kind, l.Confidence
			if l.RatePerS != nil {
				gr = l.RatePerS.Value
			}
			for _, m := range []*Measured{l.Burst, l.Limit, l.Concurrency} {
				if m != nil {
					gn = m.Value
				}
			}
			if l.QueueDepth != nil {
				gq = l.QueueDepth.Value
			}
		}
		total[kind]++
		ok := got == kind && (wantRate == 0 || math.Abs(gr/wantRate-1) < 0.01) && gn == wantN && math.Abs(gq-wantQ) <= 1 && r.Verdict == Limited
		mark := "ok  "
		if ok {
			right[kind]++
		} else {
			mark = "FAIL"
		}
		t.Logf("%s %3d %-12s %-18s l0 %4.0fms -> %-12s %-11s conf %.2f rateerr %+.2f%% n %g/%g q %g/%g  req %d ref %d t %.0fs cpu %.1f %s", mark, i, kind, desc, l0*1e3, r.Verdict, got, conf, 100*(gr/wantRate-1), gn, wantN, gq, wantQ, r.Spent.Requests, r.Spent.Refused, r.ElapsedS, time.Since(begin).Seconds(), r.StopReason)
	}
	t.Logf("%v of %v", right, total)
}
