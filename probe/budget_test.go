package probe

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// meter counts on the server what a client does, and what it is told.
type meter struct {
	http.Handler
	mu                                      sync.Mutex
	arrivals                                []time.Time
	refused, under, together, busiestSecond int
}

func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	now := time.Now()
	m.arrivals = append(m.arrivals, now)
	lately := 0
	for i := len(m.arrivals) - 1; i >= 0 && now.Sub(m.arrivals[i]) < time.Second; i-- {
		lately++
	}
	m.busiestSecond = max(m.busiestSecond, lately)
	m.under++
	m.together = max(m.together, m.under)
	m.mu.Unlock()
	m.Handler.ServeHTTP(statusWriter{w, m}, r)
	m.mu.Lock()
	m.under--
	m.mu.Unlock()
}

type statusWriter struct {
	http.ResponseWriter
	m *meter
}

func (w statusWriter) WriteHeader(status int) {
	if status == http.StatusTooManyRequests {
		w.m.mu.Lock()
		w.m.refused++
		w.m.mu.Unlock()
	}
	w.ResponseWriter.WriteHeader(status)
}

func TestBudgetsHold(t *testing.T) {
	servers := map[string]func() http.Handler{
		"queue":       func() http.Handler { return limited(bucket(15, 15, 100), takes(30*time.Millisecond, 0.1)) },
		"bucket":      func() http.Handler { return limited(bucket(50, 10, 0), takes(time.Millisecond, 0.1)) },
		"no limit":    func() http.Handler { return faulty(0, 0, takes(time.Millisecond, 0.1)) },
		"concurrency": func() http.Handler { return concurrent(5, takes(50*time.Millisecond, 0.1)) },
	}
	budgets := map[string]Budget{
		"few requests":    {MaxRequests: 40},
		"one request":     {MaxRequests: 1},
		"few refusals":    {MaxRefusals: 3},
		"one refusal":     {MaxRefusals: 1},
		"low rate":        {MaxRate: 20},
		"very low rate":   {MaxRate: 0.5, MaxTime: Seconds(20 * time.Second)},
		"few at once":     {MaxConcurrency: 3},
		"one at a time":   {MaxConcurrency: 1},
		"little time":     {MaxTime: Seconds(5 * time.Second)},
		"hardly any time": {MaxTime: Seconds(time.Second)},
	}
	for sname, server := range servers {
		for bname, b := range budgets {
			t.Run(sname+"/"+bname, func(t *testing.T) {
				lengthy(t, "bucket", "concurrency")
				synctest.Test(t, func(t *testing.T) {
					m := &meter{Handler: server()}
					start := time.Now()
					r := probeServer(t, m, Options{Budget: b}, new(Control))
					full := r.Budget
					if n := len(m.arrivals); n > full.MaxRequests || n != r.Spent.Requests {
						t.Errorf("%d requests arrived and %d are reported, of %d allowed", n, r.Spent.Requests, full.MaxRequests)
					}
					if m.refused > full.MaxRefusals {
						t.Errorf("%d refusals, %d allowed", m.refused, full.MaxRefusals)
					}
					if most := max(1, int(full.MaxRate)); m.busiestSecond > most {
						t.Errorf("%d requests in one second, %d allowed", m.busiestSecond, most)
					}
					if m.together > full.MaxConcurrency {
						t.Errorf("%d requests at once, %d allowed", m.together, full.MaxConcurrency)
					}
					if len(m.arrivals) > 0 {
						if last := m.arrivals[len(m.arrivals)-1].Sub(start); last > time.Duration(full.MaxTime) {
							t.Errorf("the last request came after %v, %v allowed", last, time.Duration(full.MaxTime))
						}
					}
					if r.ElapsedS > time.Duration(full.MaxTime).Seconds() {
						t.Errorf("took %.3f s, %v allowed", r.ElapsedS, time.Duration(full.MaxTime))
					}
				})
			})
		}
	}
}
