//go:build unix

package tui

import "golang.org/x/sys/unix"

// whyNoShell says why the process cannot be suspended; "" when it can. Only a
// shell with job control gives a process a group of its own, and without one
// nobody would wake it.
func whyNoShell() string {
	session, err := unix.Getsid(0)
	if err != nil || session == unix.Getpgrp() {
		return "cannot suspend: there is no shell to go back to"
	}
	return ""
}
