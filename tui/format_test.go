package tui

import (
	"math"
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	for _, test := range [][2]string{
		{clock(-time.Second), "0:00"},
		{clock(7 * time.Second), "0:07"},
		{clock(161 * time.Second), "2:41"},
		{clock(14*time.Minute + 9*time.Second), "14:09"},
		{clock(3723 * time.Second), "1:02:03"},
		{clock(26*time.Hour + 59*time.Minute), "26:59:00"},
		{clockTenths(8720 * time.Millisecond), "0:08.7"},
		{duration(0), "–"},
		{duration(400 * time.Microsecond), "0.4ms"},
		{duration(9940 * time.Microsecond), "9.9ms"},
		{duration(9960 * time.Microsecond), "10ms"},
		{duration(994 * time.Millisecond), "994ms"},
		{duration(999 * time.Millisecond), "1.0s"},
		{duration(1940 * time.Millisecond), "1.9s"},
		{duration(10 * time.Minute), "10:00"},
		{integer(0), "0"},
		{integer(1412), "1,412"},
		{integer(-1234567), "-1,234,567"},
		{percent(0.985), "99%"}, // 98.5 rounds up
		{percent(0.999), "99%"}, // certain is something else
		{percent(1), "100%"},
		{percent(-1), "0%"},
		{decimal(15, 1), "15"},
		{decimal(14.93, 1), "14.9"},
		{decimal(250000, 0), "250,000"},
		{decimal(123.4, 1), "123"},
		{decimal(math.Inf(1), 1), "∞"},
		{decimal(math.NaN(), 1), "?"},
	} {
		if test[0] != test[1] {
			t.Errorf("got %q, want %q", test[0], test[1])
		}
	}
}

// A timeline always has room for the run, and a column stays what it was while
// the scale does.
func TestTimelineFitsTheRun(t *testing.T) {
	for _, cols := range []int{1, 7, 72, 200} {
		last := newTimeline(0, 100*ms, cols)
		for elapsed := time.Duration(0); elapsed < 20*time.Minute; elapsed += 730 * ms {
			line := newTimeline(elapsed, 100*ms, cols)
			if line.used > cols {
				t.Fatalf("%v in %d columns needs %d", elapsed, cols, line.used)
			}
			if line.per < last.per || line.per > 2*last.per && cols > 7 {
				t.Fatalf("%v in %d columns: %d bins a column after %d", elapsed, cols, line.per, last.per)
			}
			// Past the first scale, at most a third of the width is unused.
			if cols > 7 && line.per > 1 && line.used < cols/2 {
				t.Fatalf("%v in %d columns uses only %d", elapsed, cols, line.used)
			}
			last = line
		}
	}
}

func TestLatencyBucketsBeginAtRoundNumbers(t *testing.T) {
	for _, test := range []struct {
		at   time.Duration
		want string
	}{
		{0, ".1ms"},
		{100 * time.Microsecond, ".1ms"},
		{time.Millisecond, "1ms"},
		{2 * time.Millisecond, "2ms"},
		{5012 * time.Microsecond, "5ms"},
		{20 * time.Millisecond, "20ms"},
		{time.Second, "1s"},
		{50200 * time.Millisecond, "50s"},
	} {
		b := bucketOf(test.at)
		if labeled(b, 1) != b || bucketLabel(b) != test.want {
			t.Errorf("%v is in bucket %d (%s), want %s", test.at, b, bucketLabel(b), test.want)
		}
	}
	if got := bucketOf(time.Hour); got != heatBuckets-1 {
		t.Errorf("an hour is in bucket %d, want the last", got)
	}
}
