// Package bgguard answers lipgloss's question about the terminal background
// before Bubble Tea's init asks the terminal itself, which on a terminal that
// does not reply costs five seconds on every command.
//
// Go initializes packages in the order of their import paths once what they
// import is ready, so the guard works only while its path sorts before
// github.com/charmbracelet/bubbletea. It must never import that package.
package bgguard

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
