package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"golang.org/x/term"

	"brink/probe"
	"brink/probe/report"
	"brink/tui"
)

// closer is a sink that has to be finished.
type closer interface {
	probe.Sink
	Close() error
}

// watch runs do and shows it as the flags and the terminal ask: on the screen,
// as bars, as lines, or as JSON. It returns when the run is over, and tells
// whether the user left the screen while it was not.
func (f *trafficFlags) watch(ctx context.Context, std stdio, c *probe.Control, do func(context.Context, ...probe.Sink)) (interrupted bool, err error) {
	if tui.Enabled(tui.Terminal{
		In: isTerminal(std.In), Out: isTerminal(std.Out), Term: os.Getenv("TERM"), CI: os.Getenv("CI"),
		Off: f.noTUI || f.quiet || f.json || f.jsonl,
	}) {
		return f.watchScreen(ctx, std, c, do)
	}
	sink := f.progress(std)
	release := context.AfterFunc(std.Ending, func() {
		c.Stop("interrupted")
		const text = "stopping; ctrl-c again to quit now"
		if s, ok := sink.(interface{ Say(string) }); ok {
			s.Say(text) // in line with the progress
		} else {
			fmt.Fprintln(std.Err, "brink: "+text)
		}
	})
	defer release()
	if sink == nil {
		do(ctx)
		return false, nil
	}
	do(ctx, sink)
	return false, sink.Close()
}

// progress is the sink that shows a run without a screen; nil for none.
func (f *trafficFlags) progress(std stdio) closer {
	switch {
	case f.jsonl:
		return report.NewJSONL(std.Out)
	case f.quiet:
		return nil
	case isTerminal(std.Err) && os.Getenv("TERM") != "dumb":
		return report.NewBars(std.Err)
	}
	return report.NewLines(std.Err)
}

// watchScreen runs do beside the screen, and ends it with the screen. A panic of
// do goes on as a *fault once the terminal is the user's again.
func (f *trafficFlags) watchScreen(ctx context.Context, std stdio, c *probe.Control, do func(context.Context, ...probe.Sink)) (interrupted bool, err error) {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	defer context.AfterFunc(std.Ending, func() { c.Stop("interrupted") })()
	theme := f.theme
	if f.color == "never" {
		theme = "mono"
	}
	var store tui.Store
	var running sync.WaitGroup
	var broken *fault
	running.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				broken = &fault{p, debug.Stack()}
				cut() // closes the screen
			}
		}()
		do(ctx, &store)
	})
	left, err := tui.Run(ctx, tui.Options{
		Store: &store, Control: c, Cut: cut, In: std.In, Out: std.Out, FPS: f.fps, Theme: theme,
	})
	running.Wait()
	if broken != nil {
		panic(broken)
	}
	return left.Interrupted, err
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// style says whether text on w is in color: the flag wins over NO_COLOR, that
// over CLICOLOR_FORCE, and that over what w is.
func (f *trafficFlags) style(w io.Writer) report.Style {
	color := isTerminal(w) && os.Getenv("TERM") != "dumb"
	switch {
	case f.color == "always":
		color = true
	case f.color == "never", os.Getenv("NO_COLOR") != "":
		color = false
	case os.Getenv("CLICOLOR_FORCE") != "" && os.Getenv("CLICOLOR_FORCE") != "0":
		color = true
	}
	return report.Style{Color: color}
}

// printer writes one report in the two forms there are.
type printer struct {
	text func(io.Writer, report.Style) error
	json func(io.Writer) error
}

// print writes the report to stdout, unless it went there as the last event,
// and to the file that --output names.
func (f *trafficFlags) print(std stdio, p printer, file *resultFile) error {
	errs := []error{file.save(p.json)}
	switch {
	case f.json:
		errs = append(errs, p.json(std.Out))
	case !f.jsonl:
		errs = append(errs, p.text(std.Out, f.style(std.Out)))
	}
	return errors.Join(errs...)
}

// resultFile is a file that appears under its name only when it is complete. A
// device or a pipe cannot be replaced like that and is written directly; a link
// is followed. The nil one is nowhere.
type resultFile struct {
	out    *os.File
	name   string
	direct bool
}

// newResultFile makes sure, before anything is sent, that name can be written.
func newResultFile(name string) (*resultFile, error) {
	if name == "" {
		return nil, nil
	}
	if name == "-" {
		return nil, usageError("--output wants the name of a file", "--json writes to stdout")
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return nil, usageError(fmt.Sprintf("--output %s: is a directory", name), "give the name of a file in it")
	case err == nil && !info.Mode().IsRegular():
		out, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, withHint(withCode(fmt.Errorf("--output: %w", err), exitUsage), "it must be writable")
		}
		return &resultFile{out, name, true}, nil
	}
	// Not os.CreateTemp, whose files nobody else may read: the umask decides.
	temp, err := os.OpenFile(filepath.Join(filepath.Dir(name), ".brink-"+rand.Text()), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, withHint(withCode(fmt.Errorf("--output %s: %w", name, errors.Unwrap(err)), exitUsage), "the directory must exist and be writable")
	}
	return &resultFile{temp, name, false}, nil
}

// save writes the file and puts it in its place.
func (r *resultFile) save(write func(io.Writer) error) error {
	if r == nil {
		return nil
	}
	err := write(r.out)
	err = errors.Join(err, r.out.Close())
	if err == nil && !r.direct {
		err = os.Rename(r.out.Name(), r.name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", r.name, err)
	}
	return nil
}

// discard removes what was not saved.
func (r *resultFile) discard() {
	if r != nil {
		r.out.Close()
	}
	if r != nil && !r.direct {
		os.Remove(r.out.Name())
	}
}
