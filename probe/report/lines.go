package report

import (
	"fmt"
	"io"
	"strings"

	"brink/probe"
)

// Lines tells the progress of a run in plain lines, one for each phase, finding
// and notice: for logs, and for terminals that cannot do more.
type Lines struct {
	out  *queue
	last string // the finding told last
}

var _ probe.Sink = (*Lines)(nil)

// NewLines starts writing to w. Close it to be sure that all is written.
func NewLines(w io.Writer) *Lines { return &Lines{out: newQueue(w)} }

// Close waits until everything is written, and returns the first error.
func (l *Lines) Close() error { return l.out.close() }

// Say writes a line. It may be called from any goroutine.
func (l *Lines) Say(text string) { l.out.write(fmt.Appendf(nil, "brink: %s\n", Printable(text))) }

// Handle writes a line about r, if it is worth one.
func (l *Lines) Handle(r probe.Record) {
	if text := progress(r.Event, &l.last); text != "" {
		l.out.write(fmt.Appendf(nil, "brink: %7.1fs  %s\n", r.Elapsed.Seconds(), Printable(text)))
	}
}

// progress puts an event in a line, or gives "" for what is not worth one. The
// last finding is kept in last, so that the same one is not told twice.
func progress(e probe.Event, last *string) string {
	switch e := e.(type) {
	case probe.Start:
		return fmt.Sprintf("%s    %s %s", e.Verb, e.Target.Method, e.Target.URL)
	case probe.PhaseStart:
		return strings.TrimSuffix(fmt.Sprintf("%s: %s", e.Name, e.Why), ": ")
	case probe.PhaseEnd:
		if e.Text != "" {
			return fmt.Sprintf("%s: done: %s", e.Name, e.Text)
		}
	case probe.Finding:
		text := findings(e.Limits)
		if text == "" || text == *last {
			return ""
		}
		*last = text
		return "found    " + text
	case probe.Notice:
		if e.Level == probe.Warn {
			return "warning  " + e.Text
		}
		return "note     " + e.Text
	}
	return ""
}

// findings names the limits believed in, on one line.
func findings(limits []probe.Limit) string {
	var parts []string
	for _, l := range limits {
		parts = append(parts, fmt.Sprintf("%s (%s)", headline(l), percent(l.Confidence)))
	}
	return strings.Join(parts, "; ")
}
