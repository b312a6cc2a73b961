//go:build !unix

package tui

// whyNoShell says why the process cannot be suspended; "" when it can.
func whyNoShell() string { return "cannot suspend: not on this system" }
