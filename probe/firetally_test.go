package probe

import (
	"strconv"
	"testing"
	"time"

	"brink/probe/load"
)

// A day of traffic takes no more memory than a burst does, and is judged alike.
func TestFireTallyIsBounded(t *testing.T) {
	const n = 200_000
	tally := newFireTally()
	for i := range n {
		sent := time.Duration(i) * time.Millisecond
		s := load.Sample{N: uint64(i), Due: sent, Sent: sent, Done: sent + 30*time.Millisecond, Status: 200}
		switch {
		case i%10 == 0: // refusals, each with another date to come back
			s.Outcome, s.Status, s.RetryAfter = load.Refused, 429, strconv.Itoa(i)
		case i >= n/2: // the second half waits in a queue
			s.Done += 200*time.Millisecond + time.Duration(i%100)*time.Millisecond
		}
		tally.add(s)
	}
	f := fire{opt: FireOptions{Pacer: load.AtOnce{N: n}}, tally: tally, start: time.Now()}
	tally.sent = n
	r := f.report(nil)
	if r.Accepted.AtOnce != n*9/20 || r.Accepted.Delayed != n*9/20 || r.Refused != n/10 {
		t.Errorf("%+v accepted, %d refused; want %d at once, as many delayed, %d refused", r.Accepted, r.Refused, n*9/20, n/10)
	}
	if r.DelayS == nil || r.DelayS.First != 0.201 || r.DelayS.Last != 0.299 || r.BaselineMS != 30 {
		t.Errorf("delays %+v against %v ms, want 0.201 to 0.299 against 30", r.DelayS, r.BaselineMS)
	}
	if len(r.Queue) > queueKept || len(r.Queue) < queueKept/2 || cap(tally.block) > 2*blockSize || len(r.RetryAfter) > valuesKept {
		t.Errorf("kept %d of the queue, %d of a block, %d values", len(r.Queue), cap(tally.block), len(r.RetryAfter))
	}
	// What is left of the queue is spread over the whole of it.
	first, last := r.Queue[0].SentS, r.Queue[len(r.Queue)-1].SentS
	if first > 101 || last < 199 {
		t.Errorf("the queue is kept from %v s to %v s, want 100 to 200", first, last)
	}
	sum := SecondCounts{}
	for _, s := range r.PerSecond {
		sum.Sent += s.Sent
		sum.AtOnce += s.AtOnce
		sum.Delayed += s.Delayed
		sum.Refused += s.Refused
	}
	if sum.Sent != n || sum.AtOnce != r.Accepted.AtOnce || sum.Delayed != r.Accepted.Delayed || sum.Refused != r.Refused {
		t.Errorf("the seconds add up to %+v", sum)
	}
}
