package probe

import "time"

// FireSchema names the version of the fire report. Fields are added to it,
// never renamed.
const FireSchema = "brink.fire/1"

// FireReport is what came back of a named load. Its JSON form is the contract
// with other programs.
type FireReport struct {
	Schema     string    `json:"schema"`
	Tool       Tool      `json:"tool"`
	Target     Target    `json:"target"`
	Load       string    `json:"load"`     // the schedule in words: "130 at once"
	Expected   int       `json:"expected"` // how many requests the schedule holds
	StartedAt  time.Time `json:"started_at"`
	ElapsedS   float64   `json:"elapsed_s"`
	StopReason string    `json:"stop_reason,omitempty"` // why the load ended before its schedule did, or fell short of it
	Failure    *Failure  `json:"failure,omitempty"`     // set when nothing was learned at all

	Accepted FireAccepted  `json:"accepted"`
	Refused  int           `json:"refused"`
	Failed   int           `json:"failed"` // 5xx, transport errors, timeouts, and those given up
	Denied   int           `json:"denied"` // 401 and 403
	Statuses []StatusCount `json:"statuses"`
	NotSent  []ReasonCount `json:"not_sent"`

	// BaselineMS is the unhindered latency that "delayed" is judged against.
	BaselineMS float64     `json:"baseline_ms"`
	DelayS     *DelayRange `json:"delay_s,omitempty"` // nil: none was delayed
	Queue      []Queued    `json:"queue"`             // the delayed ones, in the order they started; of thousands, evenly chosen ones

	PerSecond  []SecondCounts `json:"per_second"`
	LatencyMS  FireLatency    `json:"latency_ms"`
	LatenessMS Quantiles      `json:"lateness_ms"` // the generator's own
	RetryAfter []ValueCount   `json:"retry_after"` // the header of refusals, as received
	Spent      Spent          `json:"spent"`
	Budget     Budget         `json:"budget"`
}

// FireAccepted counts the accepted requests.
type FireAccepted struct {
	AtOnce   int     `json:"at_once"`    // answered without being held back
	AtOnceMS float64 `json:"at_once_ms"` // the median latency of these
	Delayed  int     `json:"delayed"`    // held back first
}

// StatusCount counts answers of one status; 0 stands for none at all.
type StatusCount struct {
	Status int `json:"status"`
	Count  int `json:"count"`
}

// ReasonCount counts requests of the schedule that were not sent.
type ReasonCount struct {
	Reason string `json:"reason"` // "max concurrency", "max refusals", "max rate", "overdue", "stopped"
	Count  int    `json:"count"`
}

// ValueCount counts the occurrences of a header's value.
type ValueCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// DelayRange is how long the delayed requests were held back, in seconds.
type DelayRange struct {
	First float64 `json:"first"` // the shortest
	Last  float64 `json:"last"`  // the longest
}

// Queued is an accepted request that was held back.
type Queued struct {
	N      uint64  `json:"n"` // its place in the schedule
	SentS  float64 `json:"sent_s"`
	DelayS float64 `json:"delay_s"`
}

// SecondCounts are the requests of one second: sent in it, or finished in it.
type SecondCounts struct {
	S       int `json:"s"`
	Sent    int `json:"sent"`
	AtOnce  int `json:"at_once"`
	Delayed int `json:"delayed"`
	Refused int `json:"refused"`
	Failed  int `json:"failed"`
}

// FireLatency is the latency of accepted requests. Counted from when they were
// due it is free of coordinated omission; the difference to the time counted
// from the send is the generator's own lateness.
type FireLatency struct {
	FromDue  Quantiles `json:"from_due"`
	FromSent Quantiles `json:"from_sent"`
}
