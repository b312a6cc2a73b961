package tui

import "errors"

// Terminal is what decides whether there can and should be a screen.
type Terminal struct {
	In, Out bool   // standard input and output are terminals
	Term    string // $TERM
	CI      string // $CI
	Off     bool   // the user or an output format on stdout rules it out
	Force   bool   // the user insists
}

// Enabled reports whether to show the screen: on a terminal that can place a
// cursor, with somebody there. It fails when the user insists on a screen that
// is not possible.
func Enabled(t Terminal) (bool, error) {
	able := t.In && t.Out && t.Term != "" && t.Term != "dumb"
	if t.Force && !able {
		return false, errors.New("no screen is possible here: standard input and output must be terminals, and TERM set and not dumb")
	}
	return t.Force || able && !t.Off && t.CI == "", nil
}
