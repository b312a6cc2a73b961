package infer

import "slices"

// slotState replays a limit on the requests under way. With the departures
// observed, the place a request needs is free at the n-th largest departure of
// those before it.
type slotState struct {
	refuses    bool      // a full house refuses; otherwise it lets wait
	departures []float64 // of the accepted, rising
}

func (s *slotState) load(o *Observation) float64 {
	i, found := slices.BinarySearch(s.departures, o.Arrive)
	if found {
		i++
	}
	under := float64(len(s.departures) - i)
	if o.Accepted {
		// What was accepted can only have met requests it may have overlapped
		// with. Without this bound, a request sent the moment an answer arrived
		// would sit on the boundary by construction.
		under = min(under, float64(o.Company-1))
	}
	return under
}

func (s *slotState) margin(o *Observation, capacity float64) float64 {
	n := int(capacity)
	if len(s.departures) < n || n < 1 || o.Accepted && float64(o.Company) <= capacity {
		return never
	}
	return o.Arrive - s.departures[len(s.departures)-n]
}

func (s *slotState) delay(o *Observation, n float64) float64 {
	if i := len(s.departures) - int(n); !s.refuses && i >= 0 && int(n) >= 1 {
		return max(0, s.departures[i]-o.Arrive)
	}
	return 0
}

func (s *slotState) update(o *Observation) {
	if o.Accepted {
		i, _ := slices.BinarySearch(s.departures, o.Depart)
		s.departures = slices.Insert(s.departures, i, o.Depart)
	}
}

func (s *slotState) clone() state {
	return &slotState{refuses: s.refuses, departures: slices.Clone(s.departures)}
}
