package probe

import (
	"time"

	"brink/probe/load"
)

// Event is something a run tells its readers: Start, Sample, PhaseStart,
// PhaseEnd, Progress, Finding, Notice or Done.
type Event interface{ isEvent() }

// Record is an event with its place in the run. Seq counts from zero without
// gaps; Elapsed is the time since the run started.
type Record struct {
	Seq     uint64
	Elapsed time.Duration
	Event   Event
}

// Sink reads a run's records. Handle is called from one goroutine, in order,
// between requests: it must be quick and must not block, because a slow reader
// would bend the measurement.
type Sink interface{ Handle(Record) }

// Start opens the stream and says what is about to happen.
type Start struct {
	Verb      string    `json:"verb"` // "probe" or "fire"
	Target    Target    `json:"target"`
	Budget    Budget    `json:"budget"`
	Seed      uint64    `json:"seed"`
	StartedAt time.Time `json:"started_at"`
	Load      string    `json:"load,omitempty"`     // fire: the schedule in words
	Expected  int       `json:"expected,omitempty"` // fire: how many requests the schedule holds
}

// Sample is a finished request. Delay is how much longer an accepted request
// took than an unhindered one does, zero when that is within the noise: time
// spent in a limiter's queue.
type Sample struct {
	load.Sample
	Delay time.Duration `json:"delay_ns,omitempty"`
}

// PhaseStart opens a phase of the run: "preflight", "drain", "recovery",
// "narrow", "sustain", "parallel" (probe) or "load" (fire). Index counts
// from zero.
type PhaseStart struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
	Why   string `json:"why"`
}

// PhaseEnd closes a phase with what it taught, in a few words.
type PhaseEnd struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
	Text  string `json:"text"`
}

// Progress says what is out, which samples cannot: they come with the answers.
// It is sent a few times a second while that changes.
type Progress struct {
	Sent     int `json:"sent"`
	InFlight int `json:"in_flight"`
}

// Finding is the current belief, given whole each time it changes.
type Finding struct {
	Limits []Limit `json:"limits"`
}

// Notice is a remark for the event log.
type Notice struct {
	Level Level  `json:"level"`
	Text  string `json:"text"`
}

// Level grades a notice.
type Level string

// The levels of a notice.
const (
	Info Level = "info"
	Warn Level = "warn"
)

// Done is the last event of every run, however it ended. Exactly one of the
// reports is set.
type Done struct {
	Report *Report     `json:"report,omitempty"`
	Fire   *FireReport `json:"fire,omitempty"`
}

func (Start) isEvent()      {}
func (Sample) isEvent()     {}
func (PhaseStart) isEvent() {}
func (PhaseEnd) isEvent()   {}
func (Progress) isEvent()   {}
func (Finding) isEvent()    {}
func (Notice) isEvent()     {}
func (Done) isEvent()       {}
