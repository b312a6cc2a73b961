package tui

import (
	"cmp"
	"slices"
	"time"

	"brink/probe"
	"brink/probe/load"
)

// recorder makes up the records of a run. Nothing in it is random, so that the
// golden frames stay.
type recorder struct {
	records []probe.Record
	n       uint64
	phase   int
}

func (r *recorder) tell(at time.Duration, e probe.Event) {
	r.records = append(r.records, probe.Record{Elapsed: at, Event: e})
}

// begin opens the next phase.
func (r *recorder) begin(at time.Duration, name, why string) {
	r.tell(at, probe.PhaseStart{Index: r.phase, Name: name, Why: why})
}

func (r *recorder) end(at time.Duration, name, text string) {
	r.tell(at, probe.PhaseEnd{Index: r.phase, Name: name, Text: text})
	r.phase++
}

// request is one exchange; a wait makes it a queued one.
func (r *recorder) request(sent, latency, wait time.Duration, inFlight, status int) {
	s := load.Sample{
		N: r.n, Phase: r.phase, Due: sent, Sent: sent + time.Duration(r.n%7)*60*time.Microsecond,
		Done: sent + latency + wait, Status: status, InFlight: inFlight,
	}
	switch status {
	case 200:
		s.Limits = []load.HeaderField{{Name: "X-RateLimit-Limit", Value: "15"}}
	case 429:
		s.Outcome, s.RetryAfter = load.Refused, "1"
		s.ContentType = "application/json"
		s.Limits = []load.HeaderField{{Name: "X-RateLimit-Limit", Value: "15"}, {Name: "X-RateLimit-Remaining", Value: "0"}}
		s.Body = `{"error":"too many requests","detail":"queue is full"}`
	default:
		s.Outcome = load.Failed
	}
	r.n++
	r.tell(s.Done, probe.Sample{Sample: s, Delay: wait})
}

// done puts the records in the order they would have been told and numbers
// them.
func (r *recorder) done() []probe.Record {
	slices.SortStableFunc(r.records, func(a, b probe.Record) int { return cmp.Compare(a.Elapsed, b.Elapsed) })
	for i := range r.records {
		r.records[i].Seq = uint64(i)
	}
	return r.records
}

const ms = time.Millisecond

func measured(value, low, high float64) *probe.Measured {
	return &probe.Measured{Value: value, Low: low, High: high}
}

// aprimoLimit is what the made-up probe finds.
func aprimoLimit(confidence float64) probe.Limit {
	agrees := true
	return probe.Limit{
		Kind:         "leaky_queue",
		RatePerS:     measured(15, 14.9, 15.1),
		Burst:        measured(15, 15, 15),
		QueueDepth:   measured(100, 99, 101),
		Confidence:   confidence,
		Alternatives: []probe.Alternative{{Kind: "concurrency_queue", Probability: 0.03}},
		Evidence: []probe.Evidence{
			{Text: "15 of 130 requests at once were answered at once, 100 waited, 15 were refused", Counts: 130},
			{Text: "the queue drained at 15.0 requests a second, one every 67 ms", Counts: 100},
		},
		Claimed: &probe.Claimed{Profile: "15/s, queue of 100"},
		Agrees:  &agrees,
	}
}

// aprimo imitates the probe of an API that answers 15 requests a second, queues
// 100 and refuses the rest.
func aprimo() []probe.Record {
	var r recorder
	r.tell(0, probe.Start{
		Verb: "probe",
		Target: probe.Target{
			URL: "http://127.0.0.1:40123/api/core/records", Method: "GET",
			Profile: "aprimo", Plan: "standard", Mock: true,
		},
		Budget: probe.DefaultBudget,
		Seed:   1,
	})
	jitter := func() time.Duration { return time.Duration(r.n*r.n%11) * ms }

	r.begin(0, "preflight", "does it answer, and how fast unhindered?")
	for i := range 5 {
		r.request(time.Duration(i)*300*ms, 38*ms+jitter(), 0, 1, 200)
	}
	r.end(1500*ms, "preflight", "200 in 42ms")

	r.begin(1500*ms, "drain", "130 at once: how many pass, wait, are refused?")
	for i := range 130 {
		switch {
		case i < 15:
			r.request(2000*ms, 40*ms+jitter(), 0, i+1, 200)
		case i < 115:
			r.request(2000*ms, 40*ms, time.Duration(i-14)*1000*ms/15, i+1, 200)
		default:
			r.request(2000*ms, 8*ms+jitter()/3, 0, i+1, 429)
		}
	}
	r.tell(2011*ms, probe.Notice{Level: probe.Warn, Text: "first refusal: status 429 after 5 accepted"})
	r.end(8720*ms, "drain", "15 at once, 100 queued up to 6.67s, 15 refused")
	limit := aprimoLimit(0.71)
	limit.QueueDepth = nil
	r.tell(8720*ms, probe.Finding{Limits: []probe.Limit{limit}})

	r.begin(8720*ms, "recovery", "how fast does the burst come back?")
	r.tell(8730*ms, probe.Notice{Level: probe.Info, Text: "waiting 1s, as Retry-After asks"})
	for i := range 15 {
		r.request(9800*ms, 40*ms+jitter(), 0, i+1, 200)
	}
	r.end(10*time.Second, "recovery", "15 again after 1.0s")
	r.tell(10*time.Second, probe.Finding{Limits: []probe.Limit{aprimoLimit(0.94)}})

	r.begin(10*time.Second, "sustain", "16/s for 8s: does the queue grow by one a second?")
	for i := range 128 {
		at := 10*time.Second + time.Duration(i)*1000*ms/16
		r.request(at, 40*ms+jitter(), time.Duration(i/16)*67*ms, 1+i/16, 200)
	}
	r.end(18600*ms, "sustain", "15.0/s come through")
	r.tell(18600*ms, probe.Finding{Limits: []probe.Limit{aprimoLimit(0.98)}})
	r.tell(18610*ms, probe.Notice{Level: probe.Warn, Text: "2 requests were sent late and do not count"})

	r.begin(18600*ms, "parallel", "20 in parallel at 10/s: is there a limit of its own?")
	for i := range 40 {
		r.request(18700*ms+time.Duration(i)*100*ms, 40*ms+jitter(), 0, 1+i%20, 200)
	}
	return r.done()
}

// aprimoDone is the same run to its end.
func aprimoDone() []probe.Record {
	records := aprimo()
	at := records[len(records)-1].Elapsed + 100*ms
	for _, e := range []probe.Event{
		probe.PhaseEnd{Index: 4, Name: "parallel", Text: "20 in parallel pass"},
		probe.Done{Report: &probe.Report{
			Verdict:    probe.Limited,
			Limits:     []probe.Limit{aprimoLimit(0.98)},
			NotReached: []probe.Reach{{What: "concurrency", UpTo: 115}},
			NotTested:  []probe.NotTested{{What: "day", Why: "would take a day"}},
		}},
	} {
		records = append(records, probe.Record{Seq: uint64(len(records)), Elapsed: at, Event: e})
	}
	return records
}

// firing imitates a named load against the same API, with some failures.
func firing() []probe.Record {
	var r recorder
	r.tell(0, probe.Start{
		Verb:   "fire",
		Target: probe.Target{URL: "https://api.acme.test/v3/contacts?page=1", Method: "GET"},
		Budget: probe.DefaultBudget, Load: "130 at once", Expected: 130,
	})
	r.begin(0, "load", "")
	for i := range 130 {
		switch {
		case i == 60:
			r.request(0, 30*ms, 0, i+1, 503)
		case i < 15:
			r.request(0, 40*ms, 0, i+1, 200)
		case i < 115:
			r.request(0, 40*ms, time.Duration(i-14)*1000*ms/15, i+1, 200)
		default:
			r.request(0, 8*ms, 0, i+1, 429)
		}
	}
	return r.done()
}
