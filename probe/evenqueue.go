package probe

import (
	"math"
	"slices"
	"time"
)

// evenQueue explains the latencies of requests sent at the same instant, in
// ascending order, by a queue that lets one through every so often: it returns
// how many did not wait at all, and how long those would take on a quiet
// machine. It reports false when the latencies are not those of such a queue.
//
// Sending many requests at once keeps both ends busy, and what is then measured
// of the requests that did not wait, 15 of 130, say, is up to twice the time
// they take. The others come back one by one, when all is quiet. They lie on
// the line
//
//	latency = unhindered + gap * (rank - last rank that did not wait)
//
// and the line continued to the left tells the unhindered latency up to a
// multiple of the gap. Load only ever adds to a latency, so it is the multiple
// at or below the fastest one seen, a quarter of a gap allowed for chance.
func evenQueue(latencies []time.Duration) (immediate int, unhindered time.Duration, ok bool) {
	const (
		least   = 8     // that waited beyond doubt
		fastest = 0.002 // s between two: less is how fast a machine works, not a queue
	)
	if len(latencies) == 0 {
		return 0, 0, false
	}
	first := latencies[0].Seconds()
	from, _ := slices.BinarySearch(latencies, 3*latencies[0]+10*time.Millisecond)
	waited := latencies[from:]
	if len(waited) < least {
		return 0, 0, false
	}
	// Medians, because a machine that stalls makes a few answers very late.
	half := len(waited) / 2
	var slopes []float64
	for i := range half {
		slopes = append(slopes, (waited[i+half]-waited[i]).Seconds()/float64(half))
	}
	gap := median(slopes)
	var starts []float64
	for i, l := range waited {
		starts = append(starts, l.Seconds()-gap*float64(from+i))
	}
	start := median(starts)
	var off []float64
	for _, s := range starts {
		off = append(off, math.Abs(s-start))
	}
	if gap < fastest || median(off) > gap/8 {
		return 0, 0, false
	}
	last := math.Floor((first + gap/4 - start) / gap)
	immediate = int(last) + 1
	base := start + gap*last
	if immediate < 1 || immediate > from || base <= 0 {
		return 0, 0, false
	}
	return immediate, time.Duration(base * float64(time.Second)), true
}

// median sorts xs.
func median(xs []float64) float64 {
	slices.Sort(xs)
	return (xs[len(xs)/2] + xs[(len(xs)-1)/2]) / 2
}
