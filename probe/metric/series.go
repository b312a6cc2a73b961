// Package metric summarises a stream of requests in bounded memory: counts over
// time and quantiles of latency. It reads no clock.
package metric

import "time"

// Counts are the requests that finished in one bin of a Series.
type Counts struct {
	OK, Queued, Refused, Failed int // Queued requests were accepted after a wait
	Sent                        int // requests written in this bin, whatever became of them
	MaxInFlight                 int
}

// Add accumulates b into c.
func (c *Counts) Add(b Counts) {
	c.OK += b.OK
	c.Queued += b.Queued
	c.Refused += b.Refused
	c.Failed += b.Failed
	c.Sent += b.Sent
	c.MaxInFlight = max(c.MaxInFlight, b.MaxInFlight)
}

// maxBins bounds a Series: when a run outgrows it, neighbours are merged and
// bins become twice as wide. 4,096 bins of 100 ms hold seven minutes unmerged.
const maxBins = 4096

// Series counts requests in consecutive bins of equal width from the start of
// the run. The zero Series has bins of 100 ms.
type Series struct {
	width time.Duration
	bins  []Counts
}

// Width is the time a bin covers.
func (s *Series) Width() time.Duration {
	if s.width == 0 {
		return 100 * time.Millisecond
	}
	return s.width
}

// Bins are the counts so far, oldest first. The slice is the Series' own.
func (s *Series) Bins() []Counts { return s.bins }

// Add counts b into the bin that holds time t since the start of the run.
func (s *Series) Add(t time.Duration, b Counts) {
	i := int(max(0, t) / s.Width())
	for i >= maxBins {
		s.merge()
		i = int(t / s.Width())
	}
	for len(s.bins) <= i {
		s.bins = append(s.bins, Counts{})
	}
	s.bins[i].Add(b)
}

// merge folds each pair of bins into one of twice the width.
func (s *Series) merge() {
	s.width = 2 * s.Width()
	half := s.bins[:0]
	for i := 0; i < len(s.bins); i += 2 {
		b := s.bins[i]
		if i+1 < len(s.bins) {
			b.Add(s.bins[i+1])
		}
		half = append(half, b)
	}
	s.bins = half
}
