package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"brink/probe"
	"brink/probe/load"
	"brink/probe/report"
)

// plan says what would be sent, to whom, and what ends it.
func (f *trafficFlags) plan(verb string, t *target, b probe.Budget, schedule string) string {
	var s strings.Builder
	row := func(label, format string, args ...any) {
		fmt.Fprintf(&s, "  %-13s %s\n", label, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&s, "plan: %s %s %s\n\n", verb, t.Method, t.URL)
	row("to", "%s", t.hostPort())
	if schedule != "" {
		row("load", "%s", schedule)
	}
	row("at most", "%d requests, for %s", b.MaxRequests, load.FormatDuration(time.Duration(b.MaxTime)))
	row("never over", "%v, and %d in parallel", b.MaxRate, b.MaxConcurrency)
	credential := "none"
	switch {
	case f.auth != "":
		credential = t.request.Credential.Source()
	case t.Mock:
		credential = "the mock's own"
	}
	row("credential", "%s", credential)
	stops := "401 or 403, a streak of errors, ctrl-c"
	if b.MaxRefusals > 0 {
		stops = fmt.Sprintf("%d refusals, ", b.MaxRefusals) + stops
	}
	row("stops at", "%s", stops)
	s.WriteString("\nnothing was sent\n")
	return s.String()
}

// errNoConsent is why a run against somebody's server did not begin.
var errNoConsent = errors.New("nothing is sent to a host that is not this machine without consent")

// consent tells whether nothing may be sent, and why: nil to go on.
func (f *trafficFlags) consent(t *target) (reason string, err error) {
	switch {
	case f.dryRun:
		return "dry run", nil
	case !t.local() && !f.yes:
		return "no consent", withHint(withCode(errNoConsent, exitUsage), "read the plan, then add --yes")
	}
	return "", nil
}

// unsent shows the plan of a run that does not begin. Where stdout is for JSON,
// the report of that is there, and the plan on stderr.
func (f *trafficFlags) unsent(std stdio, verb string, t *target, load string, done probe.Done) error {
	plan := f.plan(verb, t, f.budget, load)
	switch {
	case f.jsonl:
		stream := report.NewJSONL(std.Out)
		stream.Handle(probe.Record{Event: probe.Start{
			Verb: verb, Target: t.Target, Budget: f.budget, StartedAt: time.Now(), Load: load,
		}})
		stream.Handle(probe.Record{Seq: 1, Event: done})
		return errors.Join(stream.Close(), printed(std.Err, plan))
	case f.json && done.Report != nil:
		return errors.Join(report.WriteJSON(std.Out, done.Report), printed(std.Err, plan))
	case f.json:
		return errors.Join(report.WriteFireJSON(std.Out, done.Fire), printed(std.Err, plan))
	}
	return printed(std.Out, plan)
}

// ended turns the end of a run into the exit code and what there is to say.
func ended(ctx context.Context, std stdio, interrupted bool, failed *probe.Failure, verdict func() error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if interrupted {
		var s signalled
		if errors.As(context.Cause(std.Ending), &s) {
			return s
		}
		return outcome(exitInterrupted) // from the keyboard, on the screen
	}
	if failed != nil {
		return withHint(errors.New(failed.Message), failed.Hint)
	}
	return verdict()
}
