package probe

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"brink/probe/load"
)

// ReportSchema names the version of the probe report. Fields are added to it,
// never renamed.
const ReportSchema = "brink.report/1"

// Verdict is a probe's answer in one word.
type Verdict string

// The verdicts.
const (
	Limited      Verdict = "limited"
	Unlimited    Verdict = "unlimited" // no limit met up to what was tried
	Inconclusive Verdict = "inconclusive"
	Stopped      Verdict = "stopped" // ended early: see the stop reason
)

// Report is what a probe found. Its JSON form is the contract with other
// programs.
type Report struct {
	Schema     string    `json:"schema"`
	Tool       Tool      `json:"tool"`
	Target     Target    `json:"target"`
	StartedAt  time.Time `json:"started_at"`
	ElapsedS   float64   `json:"elapsed_s"`
	Seed       uint64    `json:"seed"`
	Verdict    Verdict   `json:"verdict"`
	StopReason string    `json:"stop_reason,omitempty"`
	// Failure is set when the run could not measure at all: unreachable,
	// refused credentials, not an API.
	Failure *Failure `json:"failure,omitempty"`

	Limits            []Limit     `json:"limits"`
	Refusal           Refusal     `json:"refusal"`
	RefusedCallsCount *bool       `json:"refused_calls_count"` // nil: could not tell
	Scope             []Scope     `json:"scope"`
	NotReached        []Reach     `json:"not_reached"`
	NotTested         []NotTested `json:"not_tested"`
	Notes             []string    `json:"notes,omitempty"`
	Spent             Spent       `json:"spent"`
	Budget            Budget      `json:"budget"`
	LatencyMS         Quantiles   `json:"latency_ms"`
	LatenessMS        Quantiles   `json:"lateness_ms"`
	Advice            *Advice     `json:"advice,omitempty"`
}

// Tool is the program that wrote a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Target is what was measured. It never holds a credential.
type Target struct {
	URL     string `json:"url"`
	Method  string `json:"method"`
	Profile string `json:"profile,omitempty"`
	Plan    string `json:"plan,omitempty"`
	Mock    bool   `json:"mock"` // the embedded mock, not the vendor
}

// Failure says why nothing could be measured, and what to do about it.
type Failure struct {
	Kind    string `json:"kind"` // "usage", "unreachable", "tls", "denied", "not_an_api", "not_found", "bad_request", "redirect" or "server_error"
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Measured is a number with its 95 % interval.
type Measured struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Limit is one limit found, with the numbers its kind has; the others are nil.
type Limit struct {
	Kind         string        `json:"kind"`
	RatePerS     *Measured     `json:"rate_per_s,omitempty"`
	Limit        *Measured     `json:"limit,omitempty"` // requests in a window
	WindowS      *Measured     `json:"window_s,omitempty"`
	Burst        *Measured     `json:"burst,omitempty"`
	QueueDepth   *Measured     `json:"queue_depth,omitempty"`
	Concurrency  *Measured     `json:"concurrency,omitempty"`
	Alignment    string        `json:"alignment,omitempty"`
	Confidence   float64       `json:"confidence"`
	Alternatives []Alternative `json:"alternatives,omitempty"`
	Evidence     []Evidence    `json:"evidence"`
	Claimed      *Claimed      `json:"claimed,omitempty"`
	Agrees       *bool         `json:"agrees"` // with the claims; nil: nothing was claimed
}

// Alternative is another kind that could explain the answers.
type Alternative struct {
	Kind        string  `json:"kind"`
	Probability float64 `json:"probability"`
}

// Evidence is a sentence about what was seen and how often.
type Evidence struct {
	Text   string `json:"text"`
	Counts int    `json:"counts"`
}

// Claimed is what the documentation (the profile) or the headers say.
type Claimed struct {
	Profile string `json:"profile,omitempty"`
	Headers string `json:"headers,omitempty"`
}

// Refusal is the form in which the API turns requests away.
type Refusal struct {
	Form       string `json:"form"` // "http", "connection_closed", "delayed" or "none"
	Statuses   []int  `json:"statuses"`
	RetryAfter string `json:"retry_after,omitempty"` // the header of a refusal, as received
	BodySample string `json:"body_sample,omitempty"`
}

// Scope says whether a limit is shared across an attribute of the caller.
type Scope struct {
	Attribute string `json:"attribute"`
	Shared    *bool  `json:"shared"`
	Evidence  string `json:"evidence"`
}

// Reach is a limit that was looked for and not met up to a number.
type Reach struct {
	What string  `json:"what"` // "rate_per_s", "concurrency", "queue_depth"
	UpTo float64 `json:"up_to"`
}

// NotTested is something the run did not try, with what is documented of it.
type NotTested struct {
	What       string `json:"what"`
	Why        string `json:"why"`
	Documented string `json:"documented,omitempty"`
}

// Spent is what a run cost.
type Spent struct {
	Requests int     `json:"requests"`
	Accepted int     `json:"accepted"`
	Refused  int     `json:"refused"`
	Failed   int     `json:"failed"`
	ElapsedS float64 `json:"elapsed_s"`
}

// Budget is what a run may spend at most. Every number holds always: a request
// that could break one is not sent.
type Budget struct {
	MaxRequests    int       `json:"max_requests"`
	MaxRefusals    int       `json:"max_refusals"`
	MaxRate        load.Rate `json:"max_rate_per_s"` // requests in any one second
	MaxConcurrency int       `json:"max_concurrency"`
	MaxTime        Seconds   `json:"max_time_s"`
}

// Seconds is a duration that JSON spells as a number of seconds.
type Seconds time.Duration

// MarshalJSON writes the duration in seconds.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(s).Seconds())
}

// DefaultBudget spends little: raising it is the user's decision.
var DefaultBudget = Budget{
	MaxRequests:    1500,
	MaxRefusals:    250,
	MaxRate:        500,
	MaxConcurrency: 200,
	MaxTime:        Seconds(3 * time.Minute),
}

// Quantiles summarise a distribution of times, in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Advice is how to set a client so that it does not meet the limit. Margin is
// the share kept free, e.g. 0.05.
type Advice struct {
	RatePerS    float64 `json:"rate_per_s,omitempty"`
	Burst       int     `json:"burst,omitempty"`
	Concurrency int     `json:"concurrency,omitempty"`
	TimeoutS    float64 `json:"timeout_s,omitempty"`
	Margin      float64 `json:"margin"`
}

// String puts the advice in the words of a limiter's settings: "14.24/s, burst
// 15, timeout of 10 s or more".
func (a Advice) String() string {
	var parts []string
	if a.RatePerS > 0 {
		parts = append(parts, load.Rate(a.RatePerS).String())
	}
	if a.Burst > 0 {
		parts = append(parts, fmt.Sprintf("burst %d", a.Burst))
	}
	if a.Concurrency > 0 {
		parts = append(parts, fmt.Sprintf("at most %d in parallel", a.Concurrency))
	}
	if a.TimeoutS > 0 {
		parts = append(parts, fmt.Sprintf("timeout of %.3g s or more", a.TimeoutS))
	}
	return strings.Join(parts, ", ")
}
