package metric

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency collects durations from 1 µs to an hour to three significant digits,
// in constant memory. Use NewLatency.
type Latency struct{ h *hdrhistogram.Histogram }

// NewLatency returns an empty collection.
func NewLatency() *Latency {
	return &Latency{hdrhistogram.New(1, int64(time.Hour/time.Microsecond), 3)}
}

// Add records d; what is outside the range counts at its edge.
func (l *Latency) Add(d time.Duration) {
	us := min(max(int64(d/time.Microsecond), 0), int64(time.Hour/time.Microsecond))
	l.h.RecordValue(us) // in range by construction
}

// Quantile returns the duration below which the share q (0..1) lies, zero when
// nothing was recorded.
func (l *Latency) Quantile(q float64) time.Duration {
	return time.Duration(l.h.ValueAtQuantile(100*q)) * time.Microsecond
}

// Max is the longest duration recorded.
func (l *Latency) Max() time.Duration { return time.Duration(l.h.Max()) * time.Microsecond }
