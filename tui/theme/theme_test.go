package theme

import (
	"strings"
	"testing"

	"github.com/muesli/termenv"
)

func none(string) string { return "" }

func TestRolesDegradeWithTheTerminal(t *testing.T) {
	for _, test := range []struct {
		profile termenv.Profile
		want    string
	}{
		{termenv.TrueColor, "\x1b[0;38;2;79;201;135m"},
		{termenv.ANSI256, "\x1b[0;38;5;78m"},
		{termenv.ANSI, "\x1b[0;32m"},
		{termenv.Ascii, "\x1b[0m"},
	} {
		if got := resolve(true, test.profile)[OK]; got != test.want {
			t.Errorf("%s: got %q, want %q", test.profile.Name(), got, test.want)
		}
	}
}

func TestMonoHasNoColorAtAll(t *testing.T) {
	theme := resolve(true, termenv.Ascii)
	for role, sgr := range theme {
		if strings.Contains(sgr, "3") || strings.Contains(sgr, "4") {
			t.Errorf("role %d: %q", role, sgr)
		}
	}
	if theme[Limit] != "\x1b[0;1m" {
		t.Errorf("the limit line is %q, want it bold even without color", theme[Limit])
	}
}

func TestNoColorWinsOnlyWhenNotEmpty(t *testing.T) {
	set := func(string) string { return "1" }
	got, err := New("light", set)
	if want := resolve(false, termenv.Ascii); err != nil || got != want {
		t.Errorf("NO_COLOR=1: got %v, %v", got, err)
	}
}

func TestUnknownThemeIsRefused(t *testing.T) {
	if _, err := New("pink", none); err == nil || !strings.Contains(err.Error(), "auto, dark, light, mono") {
		t.Errorf("got %v, want an error that names the themes", err)
	}
	for _, name := range append(Names, "") {
		if _, err := New(name, none); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestBackgroundFromColorFGBG(t *testing.T) {
	for value, want := range map[string]bool{"": false, "15;0": false, "0;15": true, "0;default;15": true, "0;7": true, "15": false} {
		if got := lightBackground(value); got != want {
			t.Errorf("COLORFGBG=%q: light %v, want %v", value, got, want)
		}
	}
}
