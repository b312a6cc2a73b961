package tui

import (
	"math"
	"time"
)

// Latencies are counted in buckets of a tenth of a decade from 100 µs to 100 s,
// so that 1, 2 and 5 of every decade begin a bucket (10^0.3 ≈ 2, 10^0.7 ≈ 5).
const (
	perDecade   = 10
	heatBuckets = 6 * perDecade
	heatFloor   = 100 * time.Microsecond
)

// maxHeatColumns bounds a heat in time; when a run outgrows it, neighbors merge.
const maxHeatColumns = 256

// heatCell counts answers of one latency. A uint32 outlasts any budget.
type heatCell struct{ ok, queued, refused uint32 }

func (c *heatCell) add(b heatCell) {
	c.ok += b.ok
	c.queued += b.queued
	c.refused += b.refused
}

type heatColumn [heatBuckets]heatCell

// heat counts latencies over time. The zero heat has columns of 100 ms.
type heat struct {
	width   time.Duration
	columns []heatColumn
}

func (h *heat) columnWidth() time.Duration {
	if h.width == 0 {
		return 100 * time.Millisecond
	}
	return h.width
}

// add counts c at time t for an answer that took latency.
func (h *heat) add(t, latency time.Duration, c heatCell) {
	t = max(0, t)
	for int(t/h.columnWidth()) >= maxHeatColumns {
		h.merge()
	}
	i := int(t / h.columnWidth())
	for len(h.columns) <= i {
		h.columns = append(h.columns, heatColumn{})
	}
	h.columns[i][bucketOf(latency)].add(c)
}

// merge folds each pair of columns into one of twice the width.
func (h *heat) merge() {
	h.width = 2 * h.columnWidth()
	half := h.columns[:0]
	for i := 0; i < len(h.columns); i += 2 {
		col := h.columns[i]
		if i+1 < len(h.columns) {
			for b := range col {
				col[b].add(h.columns[i+1][b])
			}
		}
		half = append(half, col)
	}
	h.columns = half
}

// bucketOf is the bucket of a latency; what is outside counts at the edge.
func bucketOf(d time.Duration) int {
	if d <= heatFloor {
		return 0
	}
	b := int(math.Floor(perDecade*math.Log10(float64(d)/float64(heatFloor)) + 1e-9))
	return min(b, heatBuckets-1)
}
