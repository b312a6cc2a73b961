package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"github.com/spf13/pflag"

	"brink/probe"
	"brink/probe/report"
)

var probeVerb = verb{
	name:   "probe",
	args:   "TARGET",
	short:  "find the limits of an API",
	drains: true,
	long: `TARGET is a profile, as in aprimo or constantcontact:partner, whose mock is
then started and measured, or the URL of any API. A host that is not this
machine gets the plan printed and nothing sent until you add --yes.`,
	examples: [][2]string{
		{"brink probe aprimo", "a bundled mock: no network"},
		{"brink probe http://localhost:8080/items", "your own server"},
		{"brink probe https://api.example.com/v1/items", "print the plan"},
		{"  --yes --auth bearer:env:API_TOKEN", "and carry it out"},
	},
	setup: func(fs *pflag.FlagSet) action {
		var f trafficFlags
		f.register(fs, probe.DefaultBudget)
		allowHTML := fs.Bool("allow-html", false, "measure a web page as if it were an API")
		seed := fs.Uint64("seed", 0, "`N` that fixes the service times of the mock; it is in the report")
		group(fs, "Target", "allow-html")
		group(fs, "Safety", "seed")
		return func(ctx context.Context, std stdio, args []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			t, err := f.resolve(args, "probe")
			if err != nil {
				return err
			}
			if !fs.Changed("seed") {
				*seed = uint64(rand.Uint32()) // short enough to be typed
			}
			return runProbe(ctx, std, &f, t, probe.Options{
				Budget: f.budget, Seed: *seed, Version: readVersion().Version,
				AllowHTML: *allowHTML, Documented: t.documented,
			})
		}
	},
}

// runProbe carries out a probe, or says why it may not, and reports.
func runProbe(ctx context.Context, std stdio, f *trafficFlags, t *target, opt probe.Options) error {
	if reason, err := f.consent(t); reason != "" {
		return errors.Join(f.unsent(std, "probe", t, "", unsentProbe(t, opt, reason)), err)
	}
	file, err := newResultFile(f.output)
	if err != nil {
		return err
	}
	defer file.discard()
	client, release, err := f.open(ctx, t, opt.Seed)
	if err != nil {
		return err
	}
	defer release()
	opt.Target, opt.Client = t.Target, client

	var c probe.Control
	var r *probe.Report
	interrupted, err := f.watch(ctx, std, &c, func(ctx context.Context, sinks ...probe.Sink) {
		r = probe.New(opt).Run(ctx, &c, sinks...)
	})
	if r == nil {
		return err // the run never began
	}
	if err := errors.Join(err, f.print(std, probePrinter(r), file)); err != nil {
		return err
	}
	interrupted = interrupted || c.Reason() != "" && c.Reason() == r.StopReason
	return ended(ctx, std, interrupted, r.Failure, func() error {
		switch r.Verdict {
		case probe.Inconclusive:
			return outcome(exitInconclusive)
		case probe.Stopped:
			return outcome(exitSafety)
		}
		return nil
	})
}

func probePrinter(r *probe.Report) printer {
	return printer{
		text: func(w io.Writer, s report.Style) error { return report.WriteText(w, r, s) },
		json: func(w io.Writer) error { return report.WriteJSON(w, r) },
	}
}

// unsentProbe is the report of a probe that sent nothing.
func unsentProbe(t *target, opt probe.Options, reason string) probe.Done {
	return probe.Done{Report: &probe.Report{
		Schema: probe.ReportSchema, Tool: probe.Tool{Name: "brink", Version: opt.Version},
		Target: t.Target, StartedAt: time.Now(), Seed: opt.Seed,
		Verdict: probe.Stopped, StopReason: reason,
		Refusal: probe.Refusal{Form: "none"}, Budget: opt.Budget,
	}}
}
