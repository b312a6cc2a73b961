package infer

import (
	"math"
	"slices"
)

// firstState replays a window that opens with the first request after the last
// one ended.
type firstState struct {
	window, start, count float64
}

func (f *firstState) load(o *Observation) float64 {
	if o.Arrive >= f.start+f.window {
		return 0
	}
	return f.count
}

func (f *firstState) margin(o *Observation, capacity float64) float64 {
	if f.count < capacity {
		return never
	}
	return o.Arrive - (f.start + f.window)
}

func (*firstState) delay(*Observation, float64) float64 { return 0 }

func (f *firstState) update(o *Observation) {
	if !o.Accepted {
		return
	}
	if o.Arrive >= f.start+f.window {
		f.start, f.count = o.Arrive, 0
	}
	f.count++
}

func (f *firstState) clone() state { c := *f; return &c }

// clockState replays windows on a fixed grid: phase + k*window.
type clockState struct {
	window, phase float64
	k             float64 // the window of the latest request
	count         float64 // accepted in window k
	previous      float64 // accepted in window k-1
}

// roll returns the window o arrives in, the count there, and the count before.
func (c *clockState) roll(o *Observation) (k, count, previous float64) {
	k = math.Floor((o.Arrive - c.phase) / c.window)
	switch {
	case k <= c.k: // the same, or a step back within the error of Arrive
		return c.k, c.count, c.previous
	case k == c.k+1:
		return k, 0, c.count
	}
	return k, 0, 0
}

func (c *clockState) load(o *Observation) float64 {
	_, count, _ := c.roll(o)
	return count
}

func (c *clockState) margin(o *Observation, capacity float64) float64 {
	k, count, previous := c.roll(o)
	begin := c.phase + k*c.window
	switch {
	case count >= capacity:
		return o.Arrive - (begin + c.window)
	case previous >= capacity: // a moment earlier the last window was still full
		return o.Arrive - begin
	}
	return never
}

func (*clockState) delay(*Observation, float64) float64 { return 0 }

func (c *clockState) update(o *Observation) {
	if o.Accepted {
		c.k, c.count, c.previous = c.roll(o)
		c.count++
	}
}

func (c *clockState) clone() state { d := *c; return &d }

// logState replays a log of the accepted requests of the last window.
type logState struct {
	window   float64
	accepted []float64 // arrival times, rising
}

func (l *logState) load(o *Observation) float64 {
	i, _ := slices.BinarySearch(l.accepted, o.Arrive-l.window)
	return float64(len(l.accepted) - i)
}

func (l *logState) margin(o *Observation, capacity float64) float64 {
	n := int(capacity)
	if len(l.accepted) < n || n < 1 {
		return never
	}
	return o.Arrive - (l.accepted[len(l.accepted)-n] + l.window)
}

func (*logState) delay(*Observation, float64) float64 { return 0 }

func (l *logState) update(o *Observation) {
	if o.Accepted {
		l.accepted = append(l.accepted, o.Arrive)
	}
}

func (l *logState) clone() state {
	return &logState{window: l.window, accepted: slices.Clone(l.accepted)}
}
