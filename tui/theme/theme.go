// Package theme turns the roles of the screen into escape sequences, once, for
// what the terminal can show. Color never carries a meaning alone: each role
// has its own glyph or word on the screen, so that mono loses nothing.
package theme

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"brink/tui/draw"
)

// The roles a cell can have on the screen.
const (
	Plain   draw.Style = iota
	Title              // names of panels
	Dim                // what is there for reference: labels, axes, hints
	Border             // boxes and rules
	Strong             // the numbers the user came for
	OK                 // accepted
	Queued             // accepted after a wait
	Refused            // turned away
	Failed             // an error that says nothing about limits
	Limit              // the detected limit
	Own                // brink's own doing: phases, what it sends
	Key                // keys to press
	Warn               // what the user should not miss
	roles
)

// A look is how a role appears: its color on a dark and on a light background,
// its color among the sixteen, and attributes, which stay in mono.
type look struct {
	dark, light string
	ansi        string
	attr        string // SGR parameters: "1" bold, "2" faint
}

var looks = [roles]look{
	Title:   {attr: "1"},
	Dim:     {"#868e9a", "#6b7280", "8", ""},
	Border:  {"#4f5866", "#a3aab5", "8", ""},
	Strong:  {attr: "1"},
	OK:      {"#4fc987", "#1a7f37", "2", ""},
	Queued:  {"#e6b450", "#9a6700", "3", ""},
	Refused: {"#f2616b", "#cf222e", "1", ""},
	Failed:  {"#f2616b", "#cf222e", "1", "1"},
	Limit:   {"#ffffff", "#000000", "", "1"},
	Own:     {"#69b1ff", "#0969da", "4", ""},
	Key:     {"#69b1ff", "#0969da", "4", "1"},
	Warn:    {"#e6b450", "#9a6700", "3", "1"},
}

// Theme is a palette for draw.Grid.Render.
type Theme [roles]string

// Names are the themes that can be asked for.
var Names = []string{"auto", "dark", "light", "mono"}

// New returns the named theme for this process's terminal. "" is "auto", which
// looks at COLORFGBG and takes dark when that says nothing. NO_COLOR wins over
// every name.
func New(name string, getenv func(string) string) (Theme, error) {
	profile := lipgloss.ColorProfile()
	if getenv("NO_COLOR") != "" {
		profile = termenv.Ascii
	}
	switch name {
	case "", "auto":
		return resolve(!lightBackground(getenv("COLORFGBG")), profile), nil
	case "dark", "light":
		return resolve(name == "dark", profile), nil
	case "mono":
		return resolve(true, termenv.Ascii), nil
	}
	return Theme{}, fmt.Errorf("unknown theme %q: want one of %s", name, strings.Join(Names, ", "))
}

// lightBackground reads rxvt's COLORFGBG, "foreground;background" as indexes of
// the sixteen colors: white and light grey are light.
func lightBackground(colorfgbg string) bool {
	i := strings.LastIndexByte(colorfgbg, ';')
	bg := colorfgbg[i+1:]
	return i >= 0 && (bg == "7" || bg == "15")
}

// resolve spells every role as one sequence that resets first, so that it does
// not depend on the cell before.
func resolve(dark bool, profile termenv.Profile) Theme {
	var t Theme
	for role, l := range looks {
		params := []string{"0"}
		if l.attr != "" {
			params = append(params, l.attr)
		}
		hex := l.light
		if dark {
			hex = l.dark
		}
		if profile == termenv.ANSI {
			hex = l.ansi // the nearest of sixteen is often a poor match
		}
		if c := profile.Color(hex); hex != "" && c != nil && profile != termenv.Ascii {
			params = append(params, c.Sequence(false))
		}
		t[role] = "\x1b[" + strings.Join(params, ";") + "m"
	}
	return t
}
