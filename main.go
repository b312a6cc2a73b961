// Brink finds the rate limits of an HTTP API by sending it controlled traffic.
//
// This package is the command line: main.go has the verb table and the signals,
// and each verb has a file of its own with its flags and its wiring. What the
// verbs do lives in probe, mockapi, profiles and tui.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"brink/probe"
	"brink/probe/report"
)

func main() {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	std := stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Signals: signals}
	os.Exit(int(run(context.Background(), os.Args[1:], std)))
}

// stdio is the world a verb sees: its streams, and the wish to end it.
type stdio struct {
	In       io.Reader
	Out, Err io.Writer
	Signals  <-chan os.Signal // nil: none will come

	// Ending is done at the first signal. A verb that drains stops its sending
	// then and still reports; its ctx is done only at the second signal.
	Ending context.Context
}

// verb is one subcommand.
type verb struct {
	name, args, short string
	long              string      // a paragraph or two for the verb's help
	examples          [][2]string // a command line and what it does
	drains            bool        // ends by itself after std.Ending; others have their ctx cancelled at once
	setup             func(fs *pflag.FlagSet) action
}

// action runs a verb on the arguments left after its flags.
type action = func(ctx context.Context, std stdio, args []string) error

// verbs lists the subcommands in the order of the help text.
func verbs() []verb {
	return []verb{probeVerb, fireVerb, mockVerb, profilesVerb, versionVerb, helpVerb()}
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, std stdio) (code exitCode) {
	defer func() {
		if p := recover(); p != nil {
			stack := debug.Stack()
			if f, ok := p.(*fault); ok {
				p, stack = f.value, f.stack
			}
			fmt.Fprintf(std.Err, "brink: error: internal error: %v\n%s", p, stack)
			code = exitInternal
		}
	}()
	root := newFlagSet("brink")
	root.SetInterspersed(false)
	root.Bool("version", false, "")
	if err := root.Parse(args); err != nil {
		if err == pflag.ErrHelp {
			return finish(std, printed(std.Out, rootHelp()))
		}
		return finish(std, flagError(err, root))
	}
	if asked, _ := root.GetBool("version"); asked {
		args = []string{"version"}
	} else {
		args = root.Args()
	}
	if len(args) == 0 {
		fmt.Fprint(std.Err, shortHelp())
		return exitUsage
	}
	v, err := findVerb(args[0])
	if err != nil {
		return finish(std, err)
	}
	err = v.run(ctx, args[1:], std)
	return finish(std, errors.Join(v.document(err, args[1:], std.Out), err))
}

// document writes the report of a run that a mistake on the command line kept
// from beginning, where JSON was asked for: who reads it gets a document,
// whatever happened.
func (v verb) document(err error, args []string, out io.Writer) error {
	var f *failure
	asked := slices.ContainsFunc(args, func(a string) bool { return a == "--json" || a == "--json=true" })
	if !asked || !errors.As(err, &f) || f.code != exitUsage || errors.Is(err, errNoConsent) {
		return nil
	}
	why := &probe.Failure{Kind: "usage", Message: f.Error(), Hint: f.hint}
	tool := probe.Tool{Name: "brink", Version: readVersion().Version}
	switch v.name {
	case "probe":
		return report.WriteJSON(out, &probe.Report{
			Schema: probe.ReportSchema, Tool: tool, StartedAt: time.Now(),
			Verdict: probe.Stopped, StopReason: f.Error(), Failure: why,
			Refusal: probe.Refusal{Form: "none"},
		})
	case "fire":
		return report.WriteFireJSON(out, &probe.FireReport{
			Schema: probe.FireSchema, Tool: tool, StartedAt: time.Now(), StopReason: f.Error(), Failure: why,
		})
	}
	return nil
}

// run parses the verb's flags and runs it.
func (v verb) run(ctx context.Context, args []string, std stdio) error {
	fs := newFlagSet(v.name)
	do := v.setup(fs)
	if err := fs.Parse(args); err != nil {
		if err == pflag.ErrHelp {
			return printed(std.Out, v.help(fs))
		}
		return flagError(err, fs)
	}
	ctx, ending, release := watchSignals(ctx, std, v.drains)
	defer release()
	std.Ending = ending
	err := do(ctx, std, fs.Args())
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause // what the signal broke is not worth telling
	}
	return err
}

func findVerb(name string) (verb, error) {
	var names []string
	for _, v := range verbs() {
		if v.name == name {
			return v, nil
		}
		names = append(names, v.name)
	}
	hint := `"brink help" lists the verbs`
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return verb{}, usageError(fmt.Sprintf("unknown verb %q", name), hint)
}

// newFlagSet returns a flag set that leaves errors and help to us.
func newFlagSet(name string) *pflag.FlagSet {
	fs := pflag.NewFlagSet(name, pflag.ContinueOnError)
	fs.SortFlags = false
	fs.Usage = func() {}
	fs.SetOutput(io.Discard)
	return fs
}

// watchSignals returns two contexts and what to call at the end. The first
// signal ends soft, the next one hard; when drains is false, or when the
// terminal was closed, the first ends both: traffic must never go on without a
// screen.
func watchSignals(ctx context.Context, std stdio, drains bool) (hard, soft context.Context, release func()) {
	hard, cut := context.WithCancelCause(ctx)
	soft, end := context.WithCancelCause(hard)
	go func() {
		for {
			select {
			case <-hard.Done():
				return
			case s := <-std.Signals:
				reason := signalled{s}
				if drains && s != syscall.SIGHUP && soft.Err() == nil {
					end(reason)
				} else {
					cut(reason)
				}
			}
		}
	}()
	return hard, soft, func() { end(nil); cut(nil) }
}
