package infer

// bucketState replays a token bucket in the form of the generic cell rate
// algorithm (ITU-T I.371): tat, the theoretical arrival time, is when a bucket
// that is drained without pause would have admitted the next request. The
// backlog (tat-t)/interval counts the tokens that are missing. A queue before
// the bucket only lets the backlog grow further, and delays.
type bucketState struct {
	interval float64
	tat      float64
}

func (b *bucketState) load(o *Observation) float64 {
	return max(0, (b.tat-o.Arrive)/b.interval)
}

func (b *bucketState) margin(o *Observation, capacity float64) float64 {
	return o.Arrive - (b.tat - (capacity-1)*b.interval)
}

func (b *bucketState) delay(o *Observation, n float64) float64 {
	return max(0, b.tat-(n-1)*b.interval-o.Arrive)
}

func (b *bucketState) update(o *Observation) {
	if o.Accepted {
		b.tat = max(o.Arrive, b.tat) + b.interval
	}
}

func (b *bucketState) clone() state { c := *b; return &c }
