package tui

// Terminal is what decides whether there can and should be a screen.
type Terminal struct {
	In, Out bool   // standard input and output are terminals
	Term    string // $TERM
	CI      string // $CI
	Off     bool   // the user or an output format on stdout rules it out
}

// Enabled reports whether to show the screen: on a terminal that can place a
// cursor, with somebody there.
func Enabled(t Terminal) bool {
	able := t.In && t.Out && t.Term != "" && t.Term != "dumb"
	return able && !t.Off && t.CI == ""
}
