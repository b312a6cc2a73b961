package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/spf13/pflag"

	"brink/probe"
	"brink/probe/load"
	"brink/probe/report"
)

// mostAtOnce bounds a burst: more connections than this measure the machine.
const mostAtOnce = 1000

var fireVerb = verb{
	name:   "fire",
	args:   "TARGET",
	short:  "send a named load and show what came back",
	drains: true,
	long: `TARGET is as for probe. The load is sent as asked for, whatever comes back;
a request that could not leave when it was due is counted, not made up for.
The bounds under Safety are those of the load unless you set tighter ones.`,
	examples: [][2]string{
		{"brink fire aprimo --at-once 130", "which pass, wait, fail?"},
		{"brink fire aprimo --rate 20/s --for 30s", "a steady load"},
		{"brink fire URL --rate 300/min --for 2m --yes", "an API of somebody else"},
	},
	setup: func(fs *pflag.FlagSet) action {
		var f trafficFlags
		var l loadFlags
		l.register(fs)
		f.register(fs, probe.Budget{})
		return func(ctx context.Context, std stdio, args []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			pacer, err := l.pacer()
			if err != nil {
				return err
			}
			t, err := f.resolve(args, "fire")
			if err != nil {
				return err
			}
			budget, err := l.budget(&f)
			if err != nil {
				return err
			}
			return runFire(ctx, std, &f, t, probe.FireOptions{
				Pacer: pacer, Budget: budget, Version: readVersion().Version,
			})
		}
	},
}

// loadFlags say what to send.
type loadFlags struct {
	atOnce  int
	rate    load.Rate
	lasting time.Duration
}

func (l *loadFlags) register(fs *pflag.FlagSet) {
	fs.IntVar(&l.atOnce, "at-once", 0, fmt.Sprintf("`N` requests at the same instant, at most %d", mostAtOnce))
	fs.Var(&l.rate, "rate", "steady `RATE`, as in 15/s or 300/min; needs --for")
	fs.DurationVar(&l.lasting, "for", 0, "`DURATION` of a steady load, as in 30s")
	group(fs, "Load", "at-once", "rate", "for")
}

// pacer makes the schedule; exactly one must be asked for.
func (l *loadFlags) pacer() (load.Pacer, error) {
	const hint = "for example --at-once 130, or --rate 20/s --for 30s"
	switch {
	case l.atOnce == 0 && l.rate == 0 && l.lasting == 0:
		return nil, usageError("no load was asked for", hint)
	case l.atOnce != 0 && (l.rate != 0 || l.lasting != 0):
		return nil, usageError("--at-once is a load of its own", hint)
	case l.atOnce < 0 || l.atOnce > mostAtOnce:
		return nil, usageError(fmt.Sprintf("--at-once %d: out of range", l.atOnce), fmt.Sprintf("it must be from 1 to %d", mostAtOnce))
	case l.atOnce > 0:
		return load.AtOnce{N: uint64(l.atOnce)}, nil
	case l.rate == 0 || l.lasting == 0:
		return nil, usageError("a steady load needs both --rate and --for", hint)
	case l.lasting < 0 || l.lasting > 24*time.Hour:
		return nil, usageError(fmt.Sprintf("--for %v: out of range", l.lasting), "it must be greater than zero and at most 24h")
	case l.rate > 1e5:
		return nil, usageError(fmt.Sprintf("--rate %v: out of range", l.rate), "it must be at most 100000/s")
	}
	return load.Constant{Rate: l.rate, For: l.lasting}, nil
}

// budget is what the load needs, or less where the user bounds it. A bound that
// the load breaks by itself is a contradiction, said before anything is sent.
func (l *loadFlags) budget(f *trafficFlags) (probe.Budget, error) {
	need := probe.Budget{
		MaxRequests:    l.atOnce,
		MaxRate:        load.Rate(l.atOnce),
		MaxConcurrency: l.atOnce,
		MaxTime:        probe.Seconds(f.timeout + 30*time.Second),
	}
	if l.atOnce == 0 {
		need = probe.Budget{
			MaxRequests:    int(math.Ceil(float64(l.rate) * l.lasting.Seconds())),
			MaxRate:        max(2*l.rate, 1), // evenly spaced, and room for a timer that is late
			MaxConcurrency: probe.DefaultBudget.MaxConcurrency,
			MaxTime:        need.MaxTime + probe.Seconds(l.lasting),
		}
	}
	asked := f.budget
	conflict := func(flag string) error {
		return usageError("the load is more than --"+flag+" allows", "ask for less, or raise --"+flag)
	}
	b := need
	if f.changed("max-requests") {
		b.MaxRequests = asked.MaxRequests
	}
	if f.changed("max-refusals") {
		b.MaxRefusals = asked.MaxRefusals
	}
	if f.changed("max-rate") {
		if b.MaxRate = asked.MaxRate; asked.MaxRate < max(l.rate, load.Rate(l.atOnce)) {
			return b, conflict("max-rate")
		}
	}
	if f.changed("max-concurrency") {
		if b.MaxConcurrency = asked.MaxConcurrency; asked.MaxConcurrency < l.atOnce {
			return b, conflict("max-concurrency")
		}
	}
	if f.changed("max-time") {
		b.MaxTime = asked.MaxTime
	}
	return b, nil
}

// runFire sends a load, or says why it may not, and reports.
func runFire(ctx context.Context, std stdio, f *trafficFlags, t *target, opt probe.FireOptions) error {
	if reason, err := f.consent(t); reason != "" {
		f.budget = opt.Budget
		return errors.Join(f.unsent(std, "fire", t, opt.Pacer.String(), unsentFire(t, opt, reason)), err)
	}
	file, err := newResultFile(f.output)
	if err != nil {
		return err
	}
	defer file.discard()
	client, release, err := f.open(ctx, t, 1)
	if err != nil {
		return err
	}
	defer release()
	opt.Target, opt.Client = t.Target, client

	var c probe.Control
	var r *probe.FireReport
	interrupted, err := f.watch(ctx, std, &c, func(ctx context.Context, sinks ...probe.Sink) {
		r = probe.Fire(ctx, &c, opt, sinks...)
	})
	if r == nil {
		return err // the run never began
	}
	if err := errors.Join(err, f.print(std, firePrinter(r), file)); err != nil {
		return err
	}
	interrupted = interrupted || c.Reason() != "" && c.Reason() == r.StopReason
	return ended(ctx, std, interrupted, r.Failure, func() error {
		if r.StopReason != "" {
			return outcome(exitSafety)
		}
		return nil
	})
}

func firePrinter(r *probe.FireReport) printer {
	return printer{
		text: func(w io.Writer, s report.Style) error { return report.WriteFireText(w, r, s) },
		json: func(w io.Writer) error { return report.WriteFireJSON(w, r) },
	}
}

// unsentFire is the report of a load that was not sent.
func unsentFire(t *target, opt probe.FireOptions, reason string) probe.Done {
	return probe.Done{Fire: &probe.FireReport{
		Schema: probe.FireSchema, Tool: probe.Tool{Name: "brink", Version: opt.Version},
		Target: t.Target, Load: opt.Pacer.String(), StartedAt: time.Now(),
		StopReason: reason, Budget: opt.Budget,
	}}
}
