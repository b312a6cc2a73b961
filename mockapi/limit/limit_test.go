package limit_test

import (
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"brink/mockapi/limit"
)

var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// The example in Aprimo's documentation: with 15 requests a second and a queue
// of 100, what happens to 130 requests sent at the same time?
func TestBucketWorkedExample(t *testing.T) {
	b := bucket(t, 15, time.Second, 15, 100)
	for n := 1; n <= 130; n++ {
		d := b.Decide(t0, "tenant", 1)
		want := limit.Decision{Verdict: limit.Reject, RetryAfter: 66_666_667}
		switch {
		case n <= 15: // "are processed normally"
			want = limit.Decision{Verdict: limit.Allow, RetryAfter: -1}
		case n <= 115: // "allowed out of the queue at the rate of 15 requests per second"
			want = limit.Decision{
				Verdict: limit.Queue, RetryAfter: -1,
				Wait: time.Duration(math.Ceil(float64(n-15) / 15 * 1e9)),
			}
		}
		got := limit.Decision{Verdict: d.Verdict, Wait: d.Wait, RetryAfter: d.RetryAfter}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("request %d (-want +got):\n%s", n, diff)
		}
		if n == 115 && d.Wait.Round(time.Millisecond) != 6667*time.Millisecond {
			t.Errorf("the last one waits %v, want the documented 6.7s (100/15)", d.Wait)
		}
	}

	drained := t0.Add(100*time.Second/15 + 1)
	if d := b.Peek(drained, "tenant", 0); d.Queued != 0 || d.Remaining != 0 {
		t.Errorf("when the queue is empty: %d queued and %d remaining, want 0 and 0", d.Queued, d.Remaining)
	}
	rested := drained.Add(time.Second)
	for n := 1; n <= 16; n++ {
		want := limit.Allow
		if n == 16 {
			want = limit.Queue
		}
		if got := b.Decide(rested, "tenant", 1).Verdict; got != want {
			t.Errorf("after a second of rest, request %d: %v, want %v", n, got, want)
		}
	}
}

// A client that sends at the rate is never refused, however long it goes on: the
// second token makes up for the nanosecond by which a clock rounds. One that
// sends faster gets the rate and nothing more.
func TestBucketDoesNotDrift(t *testing.T) {
	const n = 3_000_000 // 55 hours at 15/s
	b := bucket(t, 15, time.Second, 2, 0)
	for i := range n {
		at := t0.Add(time.Duration(math.Ceil(float64(i) * 1e9 / 15)))
		if d := b.Decide(at, "k", 1); d.Verdict != limit.Allow {
			t.Fatalf("request %d, on time: %v", i, d.Verdict)
		}
	}
	b = bucket(t, 15, time.Second, 15, 0)
	allowed := 0
	for i := range n {
		if b.Decide(t0.Add(time.Duration(i)*time.Second/30), "k", 1).Verdict == limit.Allow {
			allowed++
		}
	}
	if want := 15 + (n-1)/2; allowed != want {
		t.Errorf("%d of %d allowed at twice the rate, want %d", allowed, n, want)
	}
}

func TestWindowByTheClock(t *testing.T) {
	w := window(t, 2, 24*time.Hour)
	for _, step := range []struct {
		at        time.Time
		verdict   limit.Verdict
		remaining int
		retry     time.Duration
	}{
		// The quota of a day can be spent in its last moment ...
		{time.Date(2026, 3, 1, 23, 59, 58, 0, time.UTC), limit.Allow, 1, -1},
		{time.Date(2026, 3, 1, 23, 59, 59, 0, time.UTC), limit.Allow, 0, -1},
		{time.Date(2026, 3, 1, 23, 59, 59, 500, time.UTC), limit.Reject, 0, time.Second - 500},
		// ... and that of the next in its first, at midnight UTC.
		{time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), limit.Allow, 1, -1},
		{time.Date(2026, 3, 2, 0, 0, 0, 1, time.UTC), limit.Allow, 0, -1},
		{time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), limit.Reject, 0, 18 * time.Hour},
	} {
		d := w.Decide(step.at, "k", 1)
		if d.Verdict != step.verdict || d.Remaining != step.remaining || d.RetryAfter != step.retry {
			t.Errorf("%v: %v, %d remaining, retry after %v; want %v, %d, %v",
				step.at, d.Verdict, d.Remaining, d.RetryAfter, step.verdict, step.remaining, step.retry)
		}
	}
}

func TestAllChargesNothingWhenOneRejects(t *testing.T) {
	rate, quota := bucket(t, 4, time.Second, 4, 0), window(t, 6, 24*time.Hour)
	all := limit.All{rate, quota}
	for n := range 10 { // 4 pass, 6 are refused by the rate
		d := all.Decide(t0, "k", 1)
		if want := n < 4; (d.Verdict == limit.Allow) != want || !want && d.Rule != "rate" {
			t.Errorf("request %d: %v by %s", n, d.Verdict, d.Rule)
		}
	}
	if got := quota.Peek(t0, "k", 0).Remaining; got != 2 {
		t.Errorf("quota remaining %d, want 2: refused requests must not count", got)
	}
	for range 10 { // 2 pass, then the quota refuses
		all.Decide(t0.Add(time.Second), "k", 1)
	}
	if got := rate.Peek(t0.Add(time.Second), "k", 0).Remaining; got != 2 {
		t.Errorf("bucket remaining %d, want 2: refused requests must not count", got)
	}
	// Both reject: the answer is that of the one that takes longest.
	all.Decide(t0.Add(time.Second), "k", 1)
	for rate.Decide(t0.Add(time.Second), "k", 1).Verdict == limit.Allow {
	}
	if d := all.Peek(t0.Add(time.Second), "k", 1); d.Rule != "quota" || d.RetryAfter != 12*time.Hour-time.Second {
		t.Errorf("refused by %s for %v, want by quota until midnight", d.Rule, d.RetryAfter)
	}
}

func TestAllWaitsForTheLongestQueue(t *testing.T) {
	all := limit.All{bucket(t, 10, time.Second, 1, 9), bucket(t, 4, time.Second, 1, 9)}
	all.Decide(t0, "k", 1)
	if d := all.Decide(t0, "k", 1); d.Verdict != limit.Queue || d.Wait != 250*time.Millisecond {
		t.Errorf("%v for %v, want queue for 250ms", d.Verdict, d.Wait)
	}
}

func TestNoLimitsSayNothing(t *testing.T) {
	want := limit.Decision{Limit: -1, Remaining: -1, ResetAfter: -1, RetryAfter: -1}
	if diff := cmp.Diff(want, limit.All{}.Decide(t0, "k", 1)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Charges let the limits of one request have different scopes.
func TestChargesKeepScopesApart(t *testing.T) {
	perKey, perTenant := bucket(t, 1, time.Second, 2, 0), window(t, 3, time.Minute)
	admitted := map[string]int{}
	for range 4 {
		for _, key := range []string{"a", "b"} {
			cs := limit.Charges{{Limiter: perKey, Key: key}, {Limiter: perTenant, Key: "tenant"}}
			if cs.Decide(t0, 1).Verdict == limit.Allow {
				admitted[key]++
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"a": 2, "b": 1}, admitted); diff != "" {
		t.Errorf("admitted (-want +got):\n%s", diff)
	}
}

func TestIdleKeysAreForgotten(t *testing.T) {
	for name, l := range map[string]interface {
		limit.Limiter
		Keys() iter.Seq[string]
	}{
		"bucket": bucket(t, 10, time.Second, 5, 5),
		"window": window(t, 5, time.Second),
	} {
		for i := range 100_000 { // a thousand keys a second, each of them once
			l.Decide(t0.Add(time.Duration(i)*time.Millisecond), fmt.Sprint("key", i), 1)
		}
		n := 0
		for range l.Keys() {
			n++
		}
		if n > 2100 {
			t.Errorf("%s: %d keys are kept, want no more than twice the 1000 of the last second", name, n)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for _, tt := range []struct {
		rate         limit.Rate
		burst, queue int
		want         string
	}{
		{limit.Rate{}, 1, 0, "both parts"},
		{limit.Rate{Count: -1, Per: time.Second}, 1, 0, "both parts"},
		{limit.Rate{Count: 1, Per: time.Second}, 0, 0, "burst 0"},
		{limit.Rate{Count: 1, Per: time.Second}, 1, -1, "queue -1"},
		{limit.Rate{Count: 1, Per: 24 * time.Hour}, 1 << 30, 0, "too large"},
		{limit.Rate{Count: 1, Per: 24 * time.Hour}, 1, math.MaxInt, "too large"},
	} {
		if _, err := limit.NewBucket("x", tt.rate, tt.burst, tt.queue); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("bucket %v burst %d queue %d: error %v, want %q in it", tt.rate, tt.burst, tt.queue, err, tt.want)
		}
	}
	if _, err := limit.NewWindow("x", 0, time.Second); err == nil {
		t.Error("window for 0 requests: no error")
	}
	if _, err := limit.NewWindow("x", 1, 0); err == nil {
		t.Error("window without length: no error")
	}
}

func TestDecideDoesNotAllocate(t *testing.T) {
	for name, l := range limiters(t) {
		now := t0
		l.Decide(now, "k", 1)
		if n := testing.AllocsPerRun(1000, func() {
			now = now.Add(time.Millisecond)
			l.Decide(now, "k", 1)
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

func limiters(tb testing.TB) map[string]limit.Limiter {
	return map[string]limit.Limiter{
		"bucket": bucket(tb, 15, time.Second, 15, 100),
		"window": window(tb, 10_000, 24*time.Hour),
		"all":    limit.All{bucket(tb, 4, time.Second, 4, 0), window(tb, 10_000, 24*time.Hour)},
	}
}

func BenchmarkDecide(b *testing.B) {
	for name, l := range limiters(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			now := t0
			for b.Loop() {
				now = now.Add(10 * time.Millisecond)
				l.Decide(now, "key", 1)
			}
		})
	}
}

// Whatever the clock does, nothing overflows: no wait is negative, and no figure
// leaves its range.
func FuzzDecide(f *testing.F) {
	f.Add(int64(0), int64(1), int64(-1), 1, int64(math.MaxInt64))
	f.Add(int64(1)<<62, int64(math.MinInt64), int64(5e9), 15, int64(0))
	f.Add(int64(-1), int64(1)<<40, int64(math.MaxInt64), math.MaxInt, int64(1))
	f.Fuzz(func(t *testing.T, a, b, c int64, cost int, d int64) {
		for name, l := range limiters(t) {
			for _, jump := range []int64{a, b, c, d, a, c, b} {
				at := time.Unix(jump/1e3, jump%1e3*1e6)
				dec := l.Decide(at, "k", cost)
				switch {
				case dec.Verdict == limit.Queue && dec.Wait <= 0, dec.Verdict != limit.Queue && dec.Wait != 0:
					t.Errorf("%s: %v with a wait of %v", name, dec.Verdict, dec.Wait)
				case dec.Verdict != limit.Reject && dec.RetryAfter >= 0:
					t.Errorf("%s: %v with a retry-after of %v", name, dec.Verdict, dec.RetryAfter)
				case dec.Verdict == limit.Reject && dec.RetryAfter == 0:
					t.Errorf("%s: rejected, but may be retried at once", name)
				case dec.Remaining < 0 || dec.Remaining > dec.Limit || dec.Queued < 0 || dec.ResetAfter < 0:
					t.Errorf("%s: out of range: %+v", name, dec)
				}
			}
		}
	})
}
