package probe

import (
	"context"

	"brink/probe/load"
)

// Options say what to probe and how far to go. The zero Budget fields take the
// values of DefaultBudget.
type Options struct {
	Target     Target
	Client     *load.Client
	Budget     Budget
	Seed       uint64
	Version    string
	AllowHTML  bool         // measure a web page, too
	Documented []Documented // what a profile says about this target
}

// Documented is a limit as the vendor's documentation states it. It is compared
// with what was measured and never used to find it.
type Documented struct {
	Name string  // "rate", "day", ...
	Text string  // "15/s, queue of 100"
	Rate float64 // requests a second; 0 when the limit is of another sort
	// Window is the window in seconds of a count limit (a daily quota: 86400);
	// one longer than a run can be is reported as documented, not measured.
	Window float64
	Limit  float64
}

// Prober runs one probe.
type Prober struct{ opt Options }

// New prepares a probe.
func New(opt Options) *Prober { return &Prober{opt: opt} }

// Run probes until the answer is certain, nothing more can be learned within
// the budget, or c says stop. Cancelling ctx also cuts the requests under way.
// The report is never nil; its Failure says why when nothing could be measured.
func (p *Prober) Run(ctx context.Context, c *Control, sinks ...Sink) *Report {
	return &Report{}
}
