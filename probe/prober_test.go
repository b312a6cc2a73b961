package probe

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"brink/mockapi"
	"brink/mockapi/memnet"
	"brink/probe/load"
	"brink/profiles"
)

// probeServer probes h in memory and in fake time. It must run in a bubble; h
// must have been made in it, too.
func probeServer(t *testing.T, h http.Handler, opt Options, c *Control, sinks ...Sink) *Report {
	t.Helper()
	ln := memnet.Listen()
	srv := &http.Server{Handler: h}
	go srv.Serve(ln)
	u := &url.URL{Scheme: "http", Host: "127.0.0.1", Path: "/v1/things"}
	client, err := load.NewClient(load.Request{Method: "GET", URL: u})
	if err != nil {
		t.Fatal(err)
	}
	client.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		time.Sleep(200 * time.Microsecond) // a connection takes a round trip
		return ln.Dial(ctx, network, addr)
	}
	opt.Client = client
	opt.Target = Target{URL: u.String(), Method: "GET"}
	r := New(opt).Run(t.Context(), c, sinks...)
	client.Close()
	srv.Shutdown(context.Background())
	synctest.Wait()
	return r
}

// lengthy skips a case in short mode, which the race detector runs in: what it
// would take minutes over there is arithmetic, where there are no races.
func lengthy(t *testing.T, names ...string) {
	t.Helper()
	_, name, _ := strings.Cut(t.Name(), "/")
	if testing.Short() && slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(name, strings.ReplaceAll(n, " ", "_")) }) {
		t.Skip("lengthy")
	}
}

// want is what a report must say.
type want struct {
	kind              string
	rate              float64 // within 1 %
	burst, queue, per int     // exact; per is the limit of a window
	concurrency       int
	alignment         string
}

func (w want) check(t *testing.T, r *Report) {
	t.Helper()
	if r.Verdict != Limited || len(r.Limits) != 1 {
		t.Fatalf("verdict %q (%s) with %d limits, want one limit", r.Verdict, r.StopReason, len(r.Limits))
	}
	l := r.Limits[0]
	if l.Kind != w.kind || l.Alignment != w.alignment {
		t.Errorf("kind %q %q, want %q %q", l.Kind, l.Alignment, w.kind, w.alignment)
	}
	if w.rate > 0 {
		if l.RatePerS == nil {
			t.Fatalf("no rate, want %v/s", w.rate)
		}
		if off := math.Abs(l.RatePerS.Value/w.rate - 1); off > 0.01 {
			t.Errorf("rate %v/s, want %v/s within 1 %%", l.RatePerS.Value, w.rate)
		}
	}
	for _, x := range []struct {
		what string
		got  *Measured
		want int
	}{
		{"burst", l.Burst, w.burst},
		{"queue depth", l.QueueDepth, w.queue},
		{"limit", l.Limit, w.per},
		{"concurrency", l.Concurrency, w.concurrency},
	} {
		switch {
		case x.got == nil && x.want != 0:
			t.Errorf("no %s, want %d", x.what, x.want)
		case x.got != nil && x.got.Value != float64(x.want):
			t.Errorf("%s %v, want %d", x.what, *x.got, x.want)
		}
	}
	if l.Confidence < 0.95 {
		t.Errorf("confidence %v, want at least 0.95", l.Confidence)
	}
}

func TestProbeIdentifiesLimiters(t *testing.T) {
	quick := takes(5*time.Millisecond, 0.1)
	for name, x := range map[string]struct {
		server func() http.Handler
		want   want
	}{
		"x/time/rate": {
			func() http.Handler {
				l := rate.NewLimiter(37, 13)
				return limited(func(now time.Time) (time.Duration, bool) { return 0, l.AllowN(now, 1) }, quick)
			},
			want{kind: "token_bucket", rate: 37, burst: 13},
		},
		"x/time/rate that waits": {
			func() http.Handler {
				l := rate.NewLimiter(20, 5)
				return limited(func(now time.Time) (time.Duration, bool) {
					r := l.ReserveN(now, 1)
					if r.DelayFrom(now) > 2*time.Second {
						r.CancelAt(now)
						return 0, false
					}
					return r.DelayFrom(now), true
				}, quick)
			},
			want{kind: "leaky_queue", rate: 20, burst: 5, queue: 40},
		},
		"slow token bucket": {
			func() http.Handler { return limited(bucket(0.8, 4, 0), quick) },
			want{kind: "token_bucket", rate: 0.8, burst: 4},
		},
		"minimum spacing": {
			func() http.Handler { return limited(bucket(2, 1, 0), quick) },
			want{kind: "token_bucket", rate: 2, burst: 1},
		},
		"short queue": {
			func() http.Handler { return limited(bucket(8, 3, 20), quick) },
			want{kind: "leaky_queue", rate: 8, burst: 3, queue: 20},
		},
		"window from the first request": {
			func() http.Handler { return limited(firstWindow(20, 2*time.Second), quick) },
			want{kind: "fixed_window", rate: 10, per: 20, alignment: "first_request"},
		},
		"window by the clock": {
			func() http.Handler { return limited(clockWindow(30, 3*time.Second, 0), quick) },
			want{kind: "fixed_window", rate: 10, per: 30, alignment: "clock"},
		},
		"window on a grid of its own": {
			func() http.Handler { return limited(clockWindow(30, 3*time.Second, 1300*time.Millisecond), quick) },
			want{kind: "fixed_window", rate: 10, per: 30, alignment: "grid"},
		},
		"sliding log": {
			func() http.Handler { return limited(slidingLog(25, 4*time.Second), quick) },
			want{kind: "sliding_log", rate: 6.25, per: 25},
		},
		"concurrency": {
			func() http.Handler { return concurrent(7, takes(60*time.Millisecond, 0.1)) },
			want{kind: "concurrency", concurrency: 7},
		},
	} {
		t.Run(name, func(t *testing.T) {
			lengthy(t, "window", "sliding log", "minimum spacing")
			synctest.Test(t, func(t *testing.T) {
				x.want.check(t, probeServer(t, x.server(), Options{}, new(Control)))
			})
		})
	}
}

// The vendors' own worked examples, from the mock's answers alone.
func TestProbeIdentifiesVendors(t *testing.T) {
	for target, w := range map[string]want{
		"aprimo":                   {kind: "leaky_queue", rate: 15, burst: 15, queue: 100},
		"constantcontact:standard": {kind: "token_bucket", rate: 4, burst: 4},
		"constantcontact:partner":  {kind: "token_bucket", rate: 10, burst: 10},
	} {
		t.Run(target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, plan, err := profiles.Find(target)
				if err != nil {
					t.Fatal(err)
				}
				api, err := mockapi.New(p, plan, mockapi.Options{})
				if err != nil {
					t.Fatal(err)
				}
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					r.URL.Path = p.Probe.Path
					api.ServeHTTP(w, r)
				})
				r := probeServer(t, h, Options{}, new(Control))
				w.check(t, r)
				if r.Spent.Requests >= 700 || r.ElapsedS >= 60 {
					t.Errorf("spent %d requests and %.0f s, want under 700 and 60 s", r.Spent.Requests, r.ElapsedS)
				}
			})
		})
	}
}

func TestProbeClaimsNoLimitWhereThereIsNone(t *testing.T) {
	for name, server := range map[string]func() http.Handler{
		"fast":            func() http.Handler { return faulty(0, 0, takes(time.Millisecond, 0.1)) },
		"slow and noisy":  func() http.Handler { return faulty(0, 0, takes(20*time.Millisecond, 0.6)) },
		"2 % errors 500":  func() http.Handler { return faulty(0.02, 500, takes(10*time.Millisecond, 0.1)) },
		"2 % errors 503":  func() http.Handler { return faulty(0.02, 503, takes(10*time.Millisecond, 0.1)) },
		"one worker":      func() http.Handler { return pool(1, takes(20*time.Millisecond, 0.1)) },
		"quick worker":    func() http.Handler { return pool(1, takes(5*time.Millisecond, 0.2)) },
		"four workers":    func() http.Handler { return pool(4, takes(40*time.Millisecond, 0.3)) },
		"sixteen workers": func() http.Handler { return pool(16, takes(30*time.Millisecond, 0.2)) },
		"slows steadily":  func() http.Handler { return crowded(10*time.Millisecond, 5*time.Millisecond) },
		"slows a little":  func() http.Handler { return crowded(2*time.Millisecond, 500*time.Microsecond) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := probeServer(t, server(), Options{}, new(Control))
				if r.Verdict != Unlimited || len(r.Limits) != 0 || r.Advice != nil {
					t.Errorf("verdict %q (%s), limits %v, want unlimited", r.Verdict, r.StopReason, r.Limits)
				}
				if !slices.ContainsFunc(r.NotReached, func(x Reach) bool { return x.What == "rate_per_s" && x.UpTo > 0 }) {
					t.Errorf("not reached: %v, want the rate that was tried", r.NotReached)
				}
			})
		})
	}
}

// Somebody has used up the limit just before: the first request is refused.
func TestProbeOfALimitThatIsUsedUp(t *testing.T) {
	used := func(d decider, n int) http.Handler {
		for range n {
			d(time.Now())
		}
		return limited(d, takes(10*time.Millisecond, 0.1))
	}
	for name, x := range map[string]struct {
		server func() http.Handler
		want   want
	}{
		"token bucket": {
			func() http.Handler { return used(bucket(2, 12, 0), 50) },
			want{kind: "token_bucket", rate: 2, burst: 12},
		},
		"sliding log": {
			func() http.Handler { return used(slidingLog(20, 4*time.Second), 50) },
			want{kind: "sliding_log", rate: 5, per: 20},
		},
		"queue": {
			func() http.Handler { return used(bucket(10, 4, 20), 50) },
			want{kind: "leaky_queue", rate: 10, burst: 4, queue: 20},
		},
		"one every two seconds": {
			func() http.Handler { return used(bucket(0.5, 1, 0), 50) },
			want{kind: "token_bucket", rate: 0.5, burst: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			lengthy(t, "sliding log", "one every two seconds")
			synctest.Test(t, func(t *testing.T) {
				x.want.check(t, probeServer(t, x.server(), Options{}, new(Control)))
			})
		})
	}
}

// Too little time to fill or empty a queue must not make a smaller queue of it.
func TestALackOfTimeMakesNoNumbers(t *testing.T) {
	for _, limit := range []time.Duration{4 * time.Second, 5 * time.Second, 8 * time.Second, 12 * time.Second} {
		t.Run(limit.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := limited(bucket(15, 15, 100), takes(30*time.Millisecond, 0.1))
				r := probeServer(t, h, Options{Budget: Budget{MaxTime: Seconds(limit)}}, new(Control))
				if len(r.Limits) > 0 && r.Limits[0].QueueDepth != nil && r.Limits[0].QueueDepth.Value != 100 {
					t.Errorf("queue depth %+v, want 100 or none", *r.Limits[0].QueueDepth)
				}
				if r.Verdict == Unlimited || strings.Contains(r.StopReason, "errors") {
					t.Errorf("verdict %q (%s)", r.Verdict, r.StopReason)
				}
			})
		})
	}
}

// A queue that delays what it takes in is a limit, even before it refuses.
func TestAQueueIsNeverCalledUnlimited(t *testing.T) {
	for _, requests := range []int{40, 60, 80, 100} {
		t.Run(fmt.Sprint(requests), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := limited(bucket(15, 15, 100), takes(30*time.Millisecond, 0.1))
				r := probeServer(t, h, Options{Budget: Budget{MaxRequests: requests}}, new(Control))
				if r.Verdict == Unlimited {
					t.Errorf("%d requests to a queue of 15/s gave %q, not reached %v", requests, r.Verdict, r.NotReached)
				}
			})
		})
	}
}

func TestProbeStaysAwayWhenAskedTo(t *testing.T) {
	t.Run("for longer than it may last", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := &meter{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusTooManyRequests)
			})}
			r := probeServer(t, m, Options{}, new(Control))
			if n := len(m.arrivals); n > 2 || r.Verdict != Stopped || !strings.Contains(r.StopReason, "1h") {
				t.Errorf("%d requests, verdict %q (%s), want to stop at once and say why", n, r.Verdict, r.StopReason)
			}
		})
	})
	t.Run("between experiments", func(t *testing.T) {
		lengthy(t, "between experiments")
		synctest.Test(t, func(t *testing.T) {
			decide := firstWindow(10, 3*time.Second)
			h := limited(decide, takes(5*time.Millisecond, 0.1))
			r := probeServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "3") // on every answer, as some do
				h(w, r)
			}), Options{}, new(Control))
			want{kind: "fixed_window", rate: 10.0 / 3, per: 10, alignment: "first_request"}.check(t, r)
		})
	})
}

// What the documentation says of burst and queue is compared, too.
func TestAClaimAgreesInAllItsNumbers(t *testing.T) {
	for _, x := range []struct {
		claim  Documented
		agrees bool
	}{
		{Documented{Rate: 10, Burst: 5}, true},
		{Documented{Rate: 10}, true},
		{Documented{Rate: 10, Burst: 20}, false},
		{Documented{Rate: 10, Burst: 5, Queue: 100}, false},
		{Documented{Rate: 12, Burst: 5}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := limited(bucket(10, 5, 0), takes(5*time.Millisecond, 0.1))
			r := probeServer(t, h, Options{Documented: []Documented{x.claim}}, new(Control))
			if l := r.Limits[0]; l.Agrees == nil || *l.Agrees != x.agrees {
				t.Errorf("claim %+v: agrees %v, want %v", x.claim, l.Agrees, x.agrees)
			}
		})
	}
}

// sinkFunc makes a function a Sink.
type sinkFunc func(Record)

func (f sinkFunc) Handle(r Record) { f(r) }

func TestStopEndsTheSendingAndWaitsForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(Control)
		m := &meter{Handler: limited(bucket(15, 15, 100), takes(30*time.Millisecond, 0.1))}
		var sentAtStop int
		stop := sinkFunc(func(r Record) {
			if _, ok := r.Event.(Sample); ok && r.Elapsed > 5*time.Second && sentAtStop == 0 {
				c.Stop("interrupted")
				sentAtStop = len(m.arrivals)
			}
		})
		r := probeServer(t, m, Options{}, c, stop)
		if r.Verdict != Stopped || r.StopReason != "interrupted" {
			t.Errorf("verdict %q %q, want stopped, interrupted", r.Verdict, r.StopReason)
		}
		if len(m.arrivals) != sentAtStop {
			t.Errorf("%d requests were sent after the stop", len(m.arrivals)-sentAtStop)
		}
		if r.Spent.Requests != r.Spent.Accepted+r.Spent.Refused+r.Spent.Failed {
			t.Errorf("spent %+v: some answers were not waited for", r.Spent)
		}
	})
}

func TestCancelingCutsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		u, _ := url.Parse("http://127.0.0.1/")
		client, err := load.NewClient(load.Request{Method: "GET", URL: u})
		if err != nil {
			t.Fatal(err)
		}
		ln := memnet.Listen()
		srv := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}
		go srv.Serve(ln)
		client.Dial = ln.Dial
		time.AfterFunc(3*time.Second, cancel)
		r := New(Options{Client: client}).Run(ctx, new(Control))
		if r.Verdict != Stopped || r.ElapsedS != 3 {
			t.Errorf("verdict %q after %v s, want stopped after 3", r.Verdict, r.ElapsedS)
		}
		client.Close()
		srv.Close()
	})
}

func TestPauseHoldsTheTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(Control)
		m := &meter{Handler: limited(bucket(10, 5, 0), takes(time.Millisecond, 0.1))}
		var from, to time.Time
		time.AfterFunc(1500*time.Millisecond, func() { c.Pause(); from = time.Now() })
		time.AfterFunc(11500*time.Millisecond, func() { to = time.Now(); c.Resume() })
		r := probeServer(t, m, Options{}, c)
		for _, at := range m.arrivals {
			if at.After(from) && at.Before(to) {
				t.Fatalf("a request arrived %v into the pause", at.Sub(from))
			}
		}
		want{kind: "token_bucket", rate: 10, burst: 5}.check(t, r)
	})
}

func TestProbeSaysWhyItCannotMeasure(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
		}
	}
	for name, x := range map[string]struct {
		h    http.Handler
		kind string
		text string
	}{
		"401":      {status(401), "denied", "401 Unauthorized"},
		"403":      {status(403), "denied", "403 Forbidden"},
		"404":      {status(404), "not_found", "404"},
		"400":      {status(400), "bad_request", "400"},
		"302":      {status(302), "redirect", "/elsewhere"},
		"500":      {status(500), "server_error", "500"},
		"web page": {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<!DOCTYPE html><p>hi")) }), "not_an_api", "HTML page"},
		"silent":   {http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), "unreachable", "no answer within"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := probeServer(t, x.h, Options{}, new(Control))
				if r.Verdict != Stopped || r.Failure == nil || r.Failure.Kind != x.kind {
					t.Fatalf("verdict %q failure %+v, want stopped, %s", r.Verdict, r.Failure, x.kind)
				}
				if !strings.Contains(r.Failure.Message, x.text) || r.Failure.Hint == "" {
					t.Errorf("failure %+v, want it to say %q, and a hint", *r.Failure, x.text)
				}
				if r.Spent.Requests > 4 {
					t.Errorf("%d requests to learn that, want at most 4", r.Spent.Requests)
				}
			})
		})
	}
}

func TestProbeStopsWhenItWouldDoHarm(t *testing.T) {
	after := func(n int, status int) http.Handler {
		count := 0
		var mu sync.Mutex
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if count++; count > n {
				w.WriteHeader(status)
			}
		})
	}
	for name, x := range map[string]struct {
		h    http.Handler
		says string
	}{
		"banned":  {after(20, 403), "403"},
		"broken":  {after(20, 500), "errors in a row"},
		"expired": {after(20, 401), "401"},
		"banned after a refusal": {http.HandlerFunc(func() http.HandlerFunc {
			var count atomic.Int64
			return func(w http.ResponseWriter, _ *http.Request) {
				switch n := count.Add(1); {
				case n < 8:
				case n == 8:
					w.WriteHeader(429)
				default:
					w.WriteHeader(403)
				}
			}
		}()), "403"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &meter{Handler: x.h}
				r := probeServer(t, m, Options{}, new(Control))
				if r.Verdict != Stopped || !strings.Contains(r.StopReason, x.says) {
					t.Errorf("verdict %q %q, want stopped, %q", r.Verdict, r.StopReason, x.says)
				}
				if len(r.Limits) > 0 && r.Limits[0].Confidence >= enough {
					t.Errorf("limits %v: one refusal is not enough to be sure", r.Limits)
				}
				if n := len(m.arrivals); n > 40 {
					t.Errorf("%d requests were sent to an API that had said no after 20", n)
				}
			})
		})
	}
}

func TestEventsTellTheWholeRunInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var records []Record
		sink := sinkFunc(func(r Record) { records = append(records, r) })
		r := probeServer(t, limited(bucket(10, 5, 0), takes(time.Millisecond, 0.1)), Options{}, new(Control), sink)
		samples, open := 0, -1
		for i, rec := range records {
			if rec.Seq != uint64(i) {
				t.Fatalf("record %d has seq %d", i, rec.Seq)
			}
			if i > 0 && rec.Elapsed < records[i-1].Elapsed {
				t.Errorf("record %d goes back in time", i)
			}
			switch e := rec.Event.(type) {
			case Start:
				if i != 0 {
					t.Errorf("Start is record %d, want the first", i)
				}
			case Done:
				if i != len(records)-1 || e.Report != r {
					t.Errorf("Done is record %d of %d, want the last, with the report", i, len(records))
				}
			case PhaseStart:
				if open >= 0 {
					t.Errorf("phase %d starts within phase %d", e.Index, open)
				}
				open = e.Index
			case PhaseEnd:
				if e.Index != open || e.Text == "" {
					t.Errorf("phase %d ends as %q within phase %d", e.Index, e.Text, open)
				}
				open = -1
			case Sample:
				samples++
			}
		}
		if samples != r.Spent.Requests {
			t.Errorf("%d samples for %d requests", samples, r.Spent.Requests)
		}
	})
}
