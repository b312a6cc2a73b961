package load

import (
	"fmt"
	"time"
)

// Outcome says what became of a request, as far as limits are concerned.
type Outcome uint8

// The outcomes of a request.
const (
	Accepted Outcome = iota // the API did the work, at once or after a wait
	Refused                 // a limiter turned the request away
	Failed                  // an error that says nothing about limits: 5xx, a transport error, a timeout
	Denied                  // 401 or 403: the credential, not the rate, is the matter
	Aborted                 // brink itself gave up the request; the API may still have served it
)

var outcomeNames = [...]string{"accepted", "refused", "failed", "denied", "aborted"}

// String returns the outcome in lower case, as reports spell it.
func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText makes outcomes readable in recordings.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Sample is one request and what came back. All times count from the start of
// the run. Due is when the schedule wanted the request sent and Sent when it
// was written to the socket, so Sent-Due is the generator's own lateness and
// Done-Due the latency free of coordinated omission.
type Sample struct {
	N           uint64        `json:"n"`
	Phase       int           `json:"phase"`
	Due         time.Duration `json:"due_ns"`
	Sent        time.Duration `json:"sent_ns"`
	FirstByte   time.Duration `json:"first_byte_ns"`
	Done        time.Duration `json:"done_ns"`
	Status      int           `json:"status"` // 0 when no answer came
	Outcome     Outcome       `json:"outcome"`
	InFlight    int           `json:"in_flight"` // requests under way when this one was sent, itself included
	Reused      bool          `json:"reused"`    // sent on a connection that was already open
	Bytes       int64         `json:"bytes"`
	ContentType string        `json:"content_type,omitempty"`
	Location    string        `json:"location,omitempty"`    // where a redirect points; brink does not follow it
	RetryAfter  string        `json:"retry_after,omitempty"` // the header as received
	Limits      []HeaderField `json:"headers,omitempty"`     // rate-limit headers as received
	Body        string        `json:"body,omitempty"`        // the first bytes of an answer that was not accepted
	Err         string        `json:"err,omitempty"`
}

// HeaderField is one response header.
type HeaderField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Latency is the time from the write to the whole answer.
func (s Sample) Latency() time.Duration { return s.Done - s.Sent }

// Wait is the time from the write to the first byte of the answer: what a queue
// adds to. The rest of the answer is none of a limiter's business. A sample that
// does not say when the answer began counts to its end.
func (s Sample) Wait() time.Duration {
	if s.FirstByte <= s.Sent {
		return s.Done - s.Sent
	}
	return s.FirstByte - s.Sent
}

// Lateness is how much later than due the request was written.
func (s Sample) Lateness() time.Duration { return max(0, s.Sent-s.Due) }

// UnmarshalText reads what MarshalText wrote.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, name := range outcomeNames {
		if name == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("unknown outcome %q", b)
}
