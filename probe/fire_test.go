package probe

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"brink/probe/load"
)

// queueAPI lets rate requests a second through, with a burst, holds the next
// ones in a queue and refuses the rest. It takes 30 ms for each, give or take.
type queueAPI struct {
	rate   float64
	burst  int
	depth  int
	status int // answers this to everything when set

	mu    sync.Mutex
	tat   time.Time // when the bucket would be full again
	calls int
}

// admit returns how long a request has to wait, or false when it is refused.
func (q *queueAPI) admit(now time.Time) (time.Duration, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls++
	gap := time.Duration(float64(time.Second) / q.rate)
	if q.tat.Before(now) {
		q.tat = now
	}
	wait := q.tat.Add(gap).Sub(now) - time.Duration(q.burst)*gap
	if wait > time.Duration(q.depth)*gap {
		return 0, false
	}
	q.tat = q.tat.Add(gap)
	return max(0, wait), true
}

func (q *queueAPI) serve(c net.Conn) {
	defer c.Close()
	for r := bufio.NewReader(c); ; {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		wait, ok := q.admit(time.Now())
		q.mu.Lock()
		service := 30*time.Millisecond + time.Duration(q.calls%7-3)*time.Millisecond
		q.mu.Unlock()
		switch {
		case q.status != 0:
			fmt.Fprintf(c, "HTTP/1.1 %d Status\r\nContent-Length: 0\r\n\r\n", q.status)
		case !ok:
			fmt.Fprint(c, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")
		default:
			<-time.After(wait + service)
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	}
}

// fireAt runs a load against q inside the bubble.
func fireAt(t *testing.T, ctx context.Context, c *Control, q *queueAPI, opt FireOptions, sinks ...Sink) *FireReport {
	t.Helper()
	u, _ := url.Parse("http://api.test/")
	client, err := load.NewClient(load.Request{Method: "GET", URL: u})
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup // a bubble wants every goroutine back
	defer serving.Wait()
	client.Dial = func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		serving.Go(func() { q.serve(far) })
		return near, nil
	}
	defer client.Close()
	opt.Client, opt.Target = client, Target{URL: u.String(), Method: "GET"}
	return Fire(ctx, c, opt, sinks...)
}

// The example of a vendor's documentation: 15 a second, a queue of 100, and 130
// requests at once.
func TestFireAtOnceSeesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queueAPI{rate: 15, burst: 15, depth: 100}
		r := fireAt(t, t.Context(), &Control{}, q, FireOptions{Pacer: load.AtOnce{N: 130}})
		if r.Accepted.AtOnce != 15 || r.Accepted.Delayed != 100 || r.Refused != 15 {
			t.Errorf("at once %d, delayed %d, refused %d; want 15, 100, 15", r.Accepted.AtOnce, r.Accepted.Delayed, r.Refused)
		}
		if r.DelayS == nil || math.Abs(r.DelayS.First-1.0/15) > 0.01 || math.Abs(r.DelayS.Last-100.0/15) > 0.01 {
			t.Errorf("delays %+v, want 0.067 to 6.667", r.DelayS)
		}
		if len(r.Queue) != 100 || !slices.IsSortedFunc(r.Queue, func(a, b Queued) int {
			return int(math.Copysign(1, a.SentS+a.DelayS-b.SentS-b.DelayS))
		}) {
			t.Errorf("the queue holds %d requests or is out of order", len(r.Queue))
		}
		if want := []StatusCount{{200, 115}, {429, 15}}; !slices.Equal(r.Statuses, want) {
			t.Errorf("statuses %v, want %v", r.Statuses, want)
		}
		if want := []ValueCount{{"7", 15}}; !slices.Equal(r.RetryAfter, want) {
			t.Errorf("Retry-After %v, want %v", r.RetryAfter, want)
		}
		if r.LatenessMS.Max != 0 || len(r.NotSent) != 0 || r.StopReason != "" || r.Failure != nil {
			t.Errorf("lateness %v, not sent %v, stop %q, failure %v", r.LatenessMS, r.NotSent, r.StopReason, r.Failure)
		}
	})
}

func TestFireAtARateBelowTheLimitMeetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queueAPI{rate: 15, burst: 15, depth: 100}
		r := fireAt(t, t.Context(), &Control{}, q, FireOptions{Pacer: load.Constant{Rate: 10, For: 20 * time.Second}})
		if r.Accepted.AtOnce != 200 || r.Accepted.Delayed+r.Refused+r.Failed != 0 {
			t.Errorf("accepted %+v, refused %d, failed %d; want 200 at once", r.Accepted, r.Refused, r.Failed)
		}
		if r.DelayS != nil {
			t.Errorf("delays %+v, want none", r.DelayS)
		}
		for _, s := range r.PerSecond[:20] {
			if s.Sent != 10 {
				t.Errorf("second %d: %d sent, want 10", s.S, s.Sent)
			}
		}
	})
}

// A slow answer now and then is a hiccup; a row of them is a queue.
func TestJudgeTellsAHiccupFromAQueue(t *testing.T) {
	tests := []struct {
		name string
		ms   []int // latencies of requests sent one after the other
		want int
	}{
		{"even", []int{30, 31, 29, 33, 30, 28, 34}, 0},
		{"a hiccup", []int{1, 1, 1, 80, 1, 1, 1}, 0},
		{"a slow end", []int{30, 30, 30, 30, 30, 90}, 0},
		{"small noise on a fast server", []int{1, 8, 12, 1, 20, 15, 1}, 0},
		{"a queue", []int{30, 30, 30, 30, 30, 45, 62, 79, 95, 112, 129}, 4},
	}
	for _, tt := range tests {
		var accepted []load.Sample
		for i, ms := range tt.ms {
			sent := time.Duration(i) * 50 * time.Millisecond
			accepted = append(accepted, load.Sample{N: uint64(i), Due: sent, Sent: sent, Done: sent + time.Duration(ms)*time.Millisecond})
		}
		slices.SortFunc(accepted, func(a, b load.Sample) int { return int(a.Latency() - b.Latency()) })
		if got, base := judge(accepted, 0); len(got) != tt.want {
			t.Errorf("%s: %d delayed against %v, want %d", tt.name, len(got), base, tt.want)
		}
	}
}

// An open loop does not wait for answers, and does not make up for what the
// budget held back.
func TestFireCountsWhatItDidNotSend(t *testing.T) {
	tests := []struct {
		name   string
		budget Budget
		pacer  load.Pacer
		sent   int
		reason string
	}{
		{"concurrency", Budget{MaxConcurrency: 20}, load.AtOnce{N: 130}, 20, "max concurrency"},
		{"rate", Budget{MaxRate: 40}, load.AtOnce{N: 50}, 40, "max rate"},
		{"requests", Budget{MaxRequests: 30}, load.AtOnce{N: 50}, 30, "stopped"},
		{"refusals", Budget{MaxRefusals: 5}, load.AtOnce{N: 130}, 5, "max refusals"},
		{"time", Budget{MaxTime: Seconds(2 * time.Second)}, load.Constant{Rate: 10, For: time.Minute}, 20, "stopped"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &queueAPI{rate: 15, burst: 15, depth: 100}
				r := fireAt(t, t.Context(), &Control{}, q, FireOptions{Pacer: tt.pacer, Budget: tt.budget})
				if tt.sent != 0 && r.Spent.Requests != tt.sent {
					t.Errorf("%d sent, want %d", r.Spent.Requests, tt.sent)
				}
				if q.calls != r.Spent.Requests {
					t.Errorf("the API saw %d requests, the report says %d", q.calls, r.Spent.Requests)
				}
				if len(r.NotSent) != 1 || r.NotSent[0].Reason != tt.reason || r.NotSent[0].Count != r.Expected-r.Spent.Requests {
					t.Errorf("not sent %v of %d, want the rest for %q", r.NotSent, r.Expected, tt.reason)
				}
			})
		})
	}
}

// Every request under way may be refused yet, so none leaves that could be one
// refusal too many, and one too many there never is.
func TestFireKeepsItsRefusalBudget(t *testing.T) {
	tests := []struct {
		name          string
		most          int
		pacer         load.Pacer
		sent, refused int
		stop          string
	}{
		{"a burst", 1, load.AtOnce{N: 130}, 1, 0, "the budget of 1 refusals held back 129 requests"},
		{"a stream", 3, load.Constant{Rate: 20, For: time.Minute}, 0, 3, "the budget of 3 refusals is spent"},
		{"enough", 200, load.AtOnce{N: 130}, 130, 115, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &queueAPI{rate: 15, burst: 15}
				r := fireAt(t, t.Context(), &Control{}, q, FireOptions{Pacer: tt.pacer, Budget: Budget{MaxRefusals: tt.most, MaxConcurrency: 200}})
				if r.Refused != tt.refused || tt.sent > 0 && r.Spent.Requests != tt.sent || r.StopReason != tt.stop {
					t.Errorf("%d sent, %d refused, stop reason %q; want %d, %d and %q", r.Spent.Requests, r.Refused, r.StopReason, tt.sent, tt.refused, tt.stop)
				}
			})
		})
	}
}

// MaxTime holds whatever the load waits for, and cuts what is under way then.
func TestFireNeverExceedsItsTime(t *testing.T) {
	tests := []struct {
		name   string
		pacer  load.Pacer
		paused bool
		failed int // given up
	}{
		{"in a queue", load.AtOnce{N: 115}, false, 69}, // 15 pass, 30 leave the queue in 2 s; one takes its time
		{"between requests", load.Constant{Rate: 0.01, For: time.Hour}, false, 0},
		{"paused", load.Constant{Rate: 10, For: time.Minute}, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c Control
				s := &stopAfter{n: 1, do: func() {
					if tt.paused {
						c.Pause()
					}
				}}
				q := &queueAPI{rate: 15, burst: 15, depth: 100}
				r := fireAt(t, t.Context(), &c, q, FireOptions{Pacer: tt.pacer, Budget: Budget{MaxTime: Seconds(2 * time.Second), MaxConcurrency: 200}}, s)
				if r.ElapsedS != 2 || r.StopReason != "the budget of 2s is spent" || math.Abs(float64(r.Failed-tt.failed)) > 2 {
					t.Errorf("took %v s, %d given up, stop reason %q; want 2 s and %d", r.ElapsedS, r.Failed, r.StopReason, tt.failed)
				}
			})
		})
	}
}

// A server that takes connections and never speaks holds up nothing that wants
// to end.
func TestFireEndsWhileConnectionsOpen(t *testing.T) {
	for _, tt := range []struct {
		name, stop string
		after      float64
		budget     Budget
	}{
		{"stopped", "interrupted", 1, Budget{}},
		{"out of time", "the budget of 500ms is spent", 0.5, Budget{MaxTime: Seconds(500 * time.Millisecond)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u, _ := url.Parse("https://api.test/")
				client, err := load.NewClient(load.Request{Method: "GET", URL: u})
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				client.Dial = func(context.Context, string, string) (net.Conn, error) {
					near, far := net.Pipe()
					t.Cleanup(func() { far.Close() })
					return near, nil
				}
				var c Control
				time.AfterFunc(time.Second, func() { c.Stop("interrupted") })
				r := Fire(t.Context(), &c, FireOptions{Client: client, Pacer: load.AtOnce{N: 130}, Budget: tt.budget})
				if r.ElapsedS != tt.after || r.StopReason != tt.stop || r.Failure != nil || r.Spent.Requests != 0 {
					t.Errorf("took %v s, stop reason %q, failure %+v; want %v s and %q", r.ElapsedS, r.StopReason, r.Failure, tt.after, tt.stop)
				}
			})
		})
	}
}

// stopAfter asks for the end of the load once it has seen n samples.
type stopAfter struct {
	n      int
	do     func()
	events []Event
}

func (s *stopAfter) Handle(r Record) {
	s.events = append(s.events, r.Event)
	if _, ok := r.Event.(Sample); ok {
		if s.n--; s.n == 0 {
			s.do()
		}
	}
}

func TestFireStopsAndReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Control
		s := &stopAfter{n: 20, do: func() { c.Stop("interrupted") }}
		q := &queueAPI{rate: 15, burst: 15, depth: 100}
		r := fireAt(t, t.Context(), &c, q, FireOptions{Pacer: load.AtOnce{N: 130}}, s)
		if r.StopReason != "interrupted" {
			t.Errorf("stop reason %q, want interrupted", r.StopReason)
		}
		// Five seconds of answers are still waited for, the rest is cut.
		if r.Failed < 15 || r.Failed > 30 || r.ElapsedS > 6 {
			t.Errorf("%d given up after %.1f s", r.Failed, r.ElapsedS)
		}
		if done, ok := s.events[len(s.events)-1].(Done); !ok || done.Fire != r {
			t.Errorf("the last event is %T", s.events[len(s.events)-1])
		}
	})
}

func TestFireLeavesAtOnceWhenCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &stopAfter{n: 20, do: cancel}
		q := &queueAPI{rate: 15, burst: 15, depth: 100}
		r := fireAt(t, ctx, &Control{}, q, FireOptions{Pacer: load.AtOnce{N: 130}}, s)
		if r.StopReason != "interrupted" || r.ElapsedS > 1 {
			t.Errorf("stop reason %q after %.1f s", r.StopReason, r.ElapsedS)
		}
	})
}

func TestFirePauseMovesTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Control
		s := &stopAfter{n: 50, do: func() {
			c.Pause()
			time.AfterFunc(3*time.Second, c.Resume)
		}}
		q := &queueAPI{rate: 15, burst: 15, depth: 100}
		r := fireAt(t, t.Context(), &c, q, FireOptions{Pacer: load.Constant{Rate: 10, For: 10 * time.Second}}, s)
		if r.Spent.Requests != 100 || r.Accepted.AtOnce != 100 {
			t.Errorf("%d sent, %d at once; want all 100", r.Spent.Requests, r.Accepted.AtOnce)
		}
		if r.ElapsedS < 12 || r.LatenessMS.Max > 1 {
			t.Errorf("took %.1f s and was %.0f ms late; want 13 s and not late", r.ElapsedS, r.LatenessMS.Max)
		}
	})
}

func TestFireExplainsAFruitlessLoad(t *testing.T) {
	for status, kind := range map[int]string{401: "denied", 500: "server_error"} {
		synctest.Test(t, func(t *testing.T) {
			q := &queueAPI{rate: 15, status: status}
			r := fireAt(t, t.Context(), &Control{}, q, FireOptions{Pacer: load.Constant{Rate: 10, For: 10 * time.Second}})
			if r.Failure == nil || r.Failure.Kind != kind || r.Failure.Hint == "" {
				t.Errorf("%d: failure %+v, want %q with a hint", status, r.Failure, kind)
			}
			if r.Spent.Requests > errorStreak+1 || r.StopReason == "" {
				t.Errorf("%d: %d requests sent, stop reason %q; want a stop after %d errors", status, r.Spent.Requests, r.StopReason, errorStreak)
			}
		})
	}
}
