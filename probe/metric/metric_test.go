package metric

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However long a run, a Series stays small and loses nothing: merging bins
// keeps their totals, and their peaks.
func TestSeriesKeepsTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Series
		var want Counts
		n := rapid.IntRange(1, 200).Draw(t, "n")
		for range n {
			c := Counts{
				OK:          rapid.IntRange(0, 9).Draw(t, "ok"),
				Queued:      rapid.IntRange(0, 9).Draw(t, "queued"),
				Refused:     rapid.IntRange(0, 9).Draw(t, "refused"),
				Failed:      rapid.IntRange(0, 9).Draw(t, "failed"),
				Sent:        rapid.IntRange(0, 9).Draw(t, "sent"),
				MaxInFlight: rapid.IntRange(0, 99).Draw(t, "in flight"),
			}
			at := time.Duration(rapid.Int64Range(-1, int64(24*time.Hour)).Draw(t, "at"))
			s.Add(at, c)
			want.Add(c)
		}
		if got := total(&s); got != want {
			t.Fatalf("total %+v, want %+v", got, want)
		}
		if len(s.Bins()) > maxBins {
			t.Fatalf("%d bins, want at most %d", len(s.Bins()), maxBins)
		}
	})
}

func total(s *Series) Counts {
	var sum Counts
	for _, b := range s.Bins() {
		sum.Add(b)
	}
	return sum
}

func TestSeriesBins(t *testing.T) {
	var s Series
	if s.Width() != 100*time.Millisecond {
		t.Fatalf("width %v, want 100 ms", s.Width())
	}
	for _, at := range []time.Duration{0, 99 * time.Millisecond, 100 * time.Millisecond, 350 * time.Millisecond} {
		s.Add(at, Counts{OK: 1, MaxInFlight: 3})
	}
	for i, want := range []int{2, 1, 0, 1} {
		if got := s.Bins()[i].OK; got != want {
			t.Errorf("bin %d holds %d, want %d", i, got, want)
		}
	}
	if got := s.Bins()[0].MaxInFlight; got != 3 {
		t.Errorf("in flight %d after two reports of 3, want 3: a peak, not a sum", got)
	}
}

// A bin keeps covering the same stretch of time, as twice as wide as it was.
func TestSeriesMergesNeighbors(t *testing.T) {
	var s Series
	for i := range maxBins {
		s.Add(time.Duration(i)*s.Width(), Counts{OK: 1})
	}
	if len(s.Bins()) != maxBins || s.Width() != 100*time.Millisecond {
		t.Fatalf("%d bins of %v before the merge, want %d of 100ms", len(s.Bins()), s.Width(), maxBins)
	}
	s.Add(maxBins*100*time.Millisecond, Counts{Refused: 1})
	if s.Width() != 200*time.Millisecond || len(s.Bins()) != maxBins/2+1 {
		t.Fatalf("%d bins of %v after the merge, want %d of 200ms", len(s.Bins()), s.Width(), maxBins/2+1)
	}
	for i, b := range s.Bins()[:maxBins/2] {
		if b.OK != 2 || b.Refused != 0 {
			t.Fatalf("bin %d holds %+v, want the 2 of its two halves", i, b)
		}
	}
	if got := s.Bins()[maxBins/2].Refused; got != 1 {
		t.Errorf("the newest bin holds %d refusals, want 1", got)
	}
}

func TestLatencyQuantiles(t *testing.T) {
	l := NewLatency()
	for i := range 1000 {
		l.Add(time.Duration(i+1) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{
		0.5: 500 * time.Millisecond, 0.9: 900 * time.Millisecond, 0.99: 990 * time.Millisecond, 1: time.Second,
	} {
		if got := l.Quantile(q); math.Abs(got.Seconds()/want.Seconds()-1) > 0.002 {
			t.Errorf("quantile %v: %v, want %v to three digits", q, got, want)
		}
	}
	if got := l.Max(); math.Abs(got.Seconds()-1) > 0.002 {
		t.Errorf("max %v, want 1s", got)
	}
}

func TestLatencyOfNothingIsZero(t *testing.T) {
	l := NewLatency()
	if l.Quantile(0.99) != 0 || l.Max() != 0 {
		t.Errorf("p99 %v, max %v; want zeros", l.Quantile(0.99), l.Max())
	}
}

// What is off the scale is counted, at its edge: a quantile never loses a
// request.
func TestLatencyCountsWhatIsOffItsScale(t *testing.T) {
	l := NewLatency()
	l.Add(-time.Second)
	l.Add(0)
	l.Add(100 * time.Hour)
	if got := l.h.TotalCount(); got != 3 {
		t.Errorf("count %d, want 3", got)
	}
	if got := l.Max(); got < time.Hour || got > time.Hour+4*time.Second {
		t.Errorf("max %v, want the edge at an hour, to three digits", got)
	}
	if got := l.Quantile(0.1); got != 0 {
		t.Errorf("the least is %v, want 0", got)
	}
}
