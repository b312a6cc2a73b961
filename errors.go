package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"brink/probe/report"
)

// exitCode is what the program tells its caller. The texts are in the help.
type exitCode int

const (
	exitDone         exitCode = 0   // finished
	exitFailed       exitCode = 1   // the run failed: unreachable, credentials refused, not an API
	exitUsage        exitCode = 2   // wrong usage, bad profile, or no consent to send
	exitInconclusive exitCode = 3   // finished without a sure answer
	exitSafety       exitCode = 5   // stopped for safety: the budget, 401 or 403, a streak of errors
	exitInternal     exitCode = 70  // a fault in brink itself
	exitInterrupted  exitCode = 130 // interrupted (143: terminated); what is known was still reported
	exitPipe         exitCode = 141 // the reader of the output went away
)

// failure is an error that knows its exit code and a way out. Its meaning stays
// with the error inside.
type failure struct {
	err  error
	code exitCode
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError is a mistake on the command line, or in a profile: exit code 2.
func usageError(msg, hint string) error {
	return &failure{err: errors.New(msg), code: exitUsage, hint: hint}
}

// withHint adds a way out to err and keeps its meaning and exit code.
func withHint(err error, hint string) error {
	return &failure{err: err, code: codeOf(err), hint: hint}
}

// withCode ends the program with code and tells err.
func withCode(err error, code exitCode) error {
	return &failure{err: err, code: code}
}

// outcome ends the program with a code and nothing to tell: the report has said
// it already.
type outcome exitCode

func (o outcome) Error() string { return fmt.Sprintf("exit code %d", int(o)) }

// signalled is the end of a run by a signal.
type signalled struct{ signal os.Signal }

func (s signalled) Error() string { return s.signal.String() }

// code is 128 and the signal's number, as shells have it.
func (s signalled) code() exitCode {
	if n, ok := s.signal.(syscall.Signal); ok {
		return 128 + exitCode(n)
	}
	return exitInterrupted
}

// fault is a panic that was taken from the goroutine it happened in, to go on in
// the one of run.
type fault struct {
	value any
	stack []byte
}

// codeOf finds the exit code that err carries.
func codeOf(err error) exitCode {
	var (
		f *failure
		o outcome
		s signalled
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &o):
		return exitCode(o)
	case errors.As(err, &s):
		return s.code()
	case errors.Is(err, syscall.EPIPE):
		return exitPipe
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}

// finish tells err, unless it speaks for itself, and returns its exit code.
func finish(std stdio, err error) exitCode {
	code := codeOf(err)
	var (
		o outcome
		s signalled
	)
	if err == nil || code == exitPipe || errors.As(err, &o) || errors.As(err, &s) {
		return code
	}
	tell(std.Err, err.Error(), hintOf(err))
	return code
}

// tell writes an error and what to do about it.
func tell(w io.Writer, msg, hint string) {
	fmt.Fprintf(w, "brink: error: %s\n", report.Printable(msg))
	if hint != "" {
		fmt.Fprintf(w, "brink: hint: %s\n", report.Printable(hint))
	}
}

func hintOf(err error) string {
	for f := (*failure)(nil); errors.As(err, &f); err = f.err {
		if f.hint != "" {
			return f.hint
		}
	}
	return ""
}

// flagError puts a parse error in our words and names the nearest flag.
func flagError(err error, fs *pflag.FlagSet) error {
	help := fmt.Sprintf("%q lists the flags", strings.TrimSpace("brink help "+strings.TrimPrefix(fs.Name(), "brink")))
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError(err.Error(), help)
	}
	name := unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		return usageError(fmt.Sprintf("unknown flag -%s", name), help)
	}
	var names []string
	fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := nearest(name, names); near != "" {
		help = fmt.Sprintf("did you mean --%s?", near)
	}
	return usageError(fmt.Sprintf("unknown flag --%s", name), help)
}

// nearest returns the candidate at most two edits away from word, or "".
func nearest(word string, candidates []string) string {
	best, bestAt := "", 3
	for _, c := range candidates {
		if d := edits(word, c); d < bestAt && d < len(c) {
			best, bestAt = c, d
		}
	}
	return best
}

// edits is the Levenshtein distance between a and b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = slices.Min([]int{change, row[j] + 1, row[j+1] + 1})
		}
	}
	return row[len(b)]
}
