package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// CrashError is a panic of the screen. The terminal has been restored and the
// run asked to stop.
type CrashError struct {
	Panic any
	Path  string // where the trace was written; "" when it could not be
	Trace string
}

func (e *CrashError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("the screen crashed: %v\n%s", e.Panic, e.Trace)
	}
	return fmt.Sprintf("the screen crashed: %v (trace in %s)", e.Panic, e.Path)
}

// crash is a recovered panic.
type crash struct {
	value any
	stack []byte
}

// report writes the trace where the user can find it again.
func (c *crash) report(getenv func(string) string, now time.Time) *CrashError {
	trace := fmt.Sprintf("panic: %v\n\n%s", c.value, c.stack)
	e := &CrashError{Panic: c.value, Trace: trace}
	dir := getenv("XDG_STATE_HOME")
	if dir == "" {
		dir = filepath.Join(getenv("HOME"), ".local", "state")
	}
	dir = filepath.Join(dir, "brink")
	path := filepath.Join(dir, "crash-"+now.UTC().Format("20060102-150405.000")+".txt")
	if os.MkdirAll(dir, 0o700) == nil && os.WriteFile(path, []byte(trace), 0o600) == nil {
		e.Path = path
	}
	return e
}
