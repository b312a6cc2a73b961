package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"brink/probe"
	"brink/tui"
	"brink/tui/theme"
)

// trafficFlags are the flags of every verb that sends requests.
type trafficFlags struct {
	auth         string
	headers      []string
	notSecret    []string
	method       string
	unsafeMethod bool
	timeout      time.Duration
	insecure     bool

	budget  probe.Budget
	maxTime time.Duration
	yes     bool
	dryRun  bool

	json, jsonl  bool
	output       string
	noTUI, quiet bool
	color, theme string
	fps          int

	changed func(flag string) bool
}

// register defines the flags. The defaults of the budget are the verb's; a zero
// one is explained by the verb's own text.
func (f *trafficFlags) register(fs *pflag.FlagSet, defaults probe.Budget) {
	f.budget, f.changed = defaults, fs.Changed
	fs.StringVar(&f.auth, "auth", "", "credential `SPEC`: bearer:env:NAME, basic:env:NAME (user:password) or header:X-Api-Key:env:NAME")
	fs.StringArrayVarP(&f.headers, "header", "H", nil, "header `'NAME: VALUE'` to send along, none that is secret; may be repeated")
	fs.StringVarP(&f.method, "method", "X", "", "HTTP `METHOD` (default GET, or the profile's)")
	fs.DurationVar(&f.timeout, "timeout", 30*time.Second, "longest `DURATION` of an exchange; longer than the API's queue")
	fs.BoolVar(&f.insecure, "insecure", false, "accept any TLS certificate")
	group(fs, "Target", "auth", "header", "method", "timeout", "insecure")

	fs.BoolVar(&f.yes, "yes", false, "send to a host that is not this machine")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the plan and send nothing")
	fs.IntVar(&f.budget.MaxRequests, "max-requests", f.budget.MaxRequests, "stop after `N` requests")
	fs.IntVar(&f.budget.MaxRefusals, "max-refusals", f.budget.MaxRefusals, "stop after `N` refused requests")
	fs.Var(&f.budget.MaxRate, "max-rate", "`RATE` never exceeded in any second, as in 50/s or 600/min")
	fs.IntVar(&f.budget.MaxConcurrency, "max-concurrency", f.budget.MaxConcurrency, "`N` requests under way at the same time, at most")
	fs.DurationVar(&f.maxTime, "max-time", time.Duration(f.budget.MaxTime), "stop after this `DURATION`")
	fs.BoolVar(&f.unsafeMethod, "unsafe-method", false, "allow a method that may change something")
	fs.StringArrayVar(&f.notSecret, "not-secret", nil, "`NAME` of a header or URL parameter that only sounds secret; may be repeated")
	group(fs, "Safety", "yes", "dry-run", "max-requests", "max-refusals", "max-rate", "max-concurrency", "max-time", "unsafe-method", "not-secret")

	fs.BoolVar(&f.json, "json", false, "print one JSON document in place of the report")
	fs.BoolVar(&f.jsonl, "jsonl", false, "print every event as a line of JSON, the report last")
	fs.StringVarP(&f.output, "output", "o", "", "write the JSON report to `FILE` as well")
	fs.BoolVar(&f.noTUI, "no-tui", false, "no live screen: progress bars, or plain lines")
	fs.BoolVar(&f.quiet, "quiet", false, "no screen and no progress, only the report")
	fs.StringVar(&f.color, "color", "auto", "`WHEN` to use color: auto, always or never; NO_COLOR is honored")
	fs.StringVar(&f.theme, "theme", "auto", "colors of the screen, by `NAME`: "+strings.Join(theme.Names, ", "))
	fs.IntVar(&f.fps, "fps", tui.DefaultFPS, "frames of the screen per second, `N` from 1 to 30")
	group(fs, "Output", "json", "jsonl", "output", "no-tui", "quiet", "color", "theme", "fps")
}

// validate checks what parsing alone cannot.
func (f *trafficFlags) validate() error {
	f.budget.MaxTime = probe.Seconds(f.maxTime)
	b := f.budget
	bounds := []struct {
		flag       string
		value      float64
		least      float64
		most       float64
		readable   string
		mostInText string
	}{
		{"max-requests", float64(b.MaxRequests), 1, 1e6, fmt.Sprint(b.MaxRequests), "1000000"},
		{"max-refusals", float64(b.MaxRefusals), 1, 1e6, fmt.Sprint(b.MaxRefusals), "1000000"},
		{"max-rate", float64(b.MaxRate), 1.0 / 86400, 1e5, b.MaxRate.String(), "100000/s"},
		{"max-concurrency", float64(b.MaxConcurrency), 1, 1e4, fmt.Sprint(b.MaxConcurrency), "10000"},
		{"max-time", f.maxTime.Seconds(), 1e-3, 86400, f.maxTime.String(), "24h"},
		{"timeout", f.timeout.Seconds(), 1e-3, 3600, f.timeout.String(), "1h"},
		{"fps", float64(f.fps), 1, 30, fmt.Sprint(f.fps), "30"},
	}
	for _, x := range bounds {
		if f.changed(x.flag) && (x.value < x.least || x.value > x.most) {
			return usageError(fmt.Sprintf("--%s %s: out of range", x.flag, x.readable), "it must be greater than zero and at most "+x.mostInText)
		}
	}
	if f.json && f.jsonl {
		return usageError("--json and --jsonl cannot both have stdout", "-o FILE writes the JSON report beside --jsonl")
	}
	for _, x := range []struct {
		flag, value string
		known       []string
	}{
		{"color", f.color, []string{"auto", "always", "never"}},
		{"theme", f.theme, theme.Names},
	} {
		if !slices.Contains(x.known, x.value) {
			return usageError(fmt.Sprintf("--%s %q: not known", x.flag, x.value), "it is one of "+strings.Join(x.known, ", "))
		}
	}
	return nil
}
