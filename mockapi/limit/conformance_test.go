package limit_test

import (
	"testing"
	"time"

	"brink/mockapi/limit"
	"brink/mockapi/limit/limittest"
)

// mostOfBucket is burst + rate*span, rounded down. A bucket with a queue rounds
// the start of a request up to a whole nanosecond, so a span may hold what
// belongs to one that is a nanosecond longer.
func mostOfBucket(count int, per time.Duration, burst int) func(time.Duration) int {
	return func(span time.Duration) int {
		return burst + int((int64(span)+1)*int64(count)/int64(per))
	}
}

// mostOfWindow counts the windows that a span can touch.
func mostOfWindow(n int, window time.Duration) func(time.Duration) int {
	return func(span time.Duration) int {
		if span == 0 {
			return n
		}
		return n * int(2+(span-1)/window)
	}
}

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name     string
		contract limittest.Contract
	}{
		{"bucket whose interval is no whole number of nanoseconds", limittest.Contract{
			New:  func() limit.Limiter { return bucket(t, 15, time.Second, 15, 0) },
			Most: mostOfBucket(15, time.Second, 15), Step: time.Second / 15, MaxCost: 20,
		}},
		{"bucket with a queue", limittest.Contract{
			New:  func() limit.Limiter { return bucket(t, 15, time.Second, 15, 30) },
			Most: mostOfBucket(15, time.Second, 15), Step: time.Second / 30, MaxCost: 50,
		}},
		{"minimum spacing", limittest.Contract{
			New:  func() limit.Limiter { return bucket(t, 1, time.Millisecond, 1, 0) },
			Most: mostOfBucket(1, time.Millisecond, 1), Step: time.Millisecond, MaxCost: 2,
		}},
		{"slow bucket", limittest.Contract{
			New:  func() limit.Limiter { return bucket(t, 7, 24*time.Hour, 3, 2) },
			Most: mostOfBucket(7, 24*time.Hour, 3), Step: 3 * time.Hour, MaxCost: 7,
		}},
		{"window of a second", limittest.Contract{
			New:  func() limit.Limiter { return window(t, 10, time.Second) },
			Most: mostOfWindow(10, time.Second), Step: time.Second / 20, MaxCost: 12,
		}},
		{"window of a day", limittest.Contract{
			New:  func() limit.Limiter { return window(t, 25, 24*time.Hour) },
			Most: mostOfWindow(25, 24*time.Hour), Step: time.Hour, MaxCost: 30,
		}},
		{"rate and quota", limittest.Contract{
			New: func() limit.Limiter {
				return limit.All{bucket(t, 4, time.Second, 4, 0), window(t, 20, 10*time.Second)}
			},
			Most: func(span time.Duration) int {
				return min(mostOfBucket(4, time.Second, 4)(span), mostOfWindow(20, 10*time.Second)(span))
			},
			Step: time.Second / 4, MaxCost: 6,
		}},
		{"queue and quota", limittest.Contract{
			New: func() limit.Limiter {
				return limit.All{bucket(t, 10, time.Second, 2, 5), window(t, 20, 10*time.Second)}
			},
			// The quota counts a request when it comes, not when it leaves the queue.
			Most: mostOfBucket(10, time.Second, 2), Step: time.Second / 10, MaxCost: 8,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { limittest.Run(t, tt.contract) })
	}
}

func bucket(tb testing.TB, count int, per time.Duration, burst, queue int) *limit.Bucket {
	tb.Helper()
	b, err := limit.NewBucket("rate", limit.Rate{Count: count, Per: per}, burst, queue)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func window(tb testing.TB, n int, length time.Duration) *limit.Window {
	tb.Helper()
	w, err := limit.NewWindow("quota", n, length)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}
