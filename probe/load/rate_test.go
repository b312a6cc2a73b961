package load

import (
	"math"
	"strings"
	"testing"
)

func TestParseRate(t *testing.T) {
	tests := []struct {
		text string
		want Rate
	}{
		{"15", 15}, // a bare number is per second
		{"15/s", 15},
		{" 15 / s ", 15},
		{"1/ms", 1000},
		{"300/m", 5},
		{"75/min", 1.25},
		{"3600/hour", 1},
		{"86400/day", 1},
		{"0.5/s", 0.5},
	}
	for _, tt := range tests {
		got, err := ParseRate(tt.text)
		if err != nil || math.Abs(float64(got-tt.want)) > 1e-12 {
			t.Errorf("ParseRate(%q) = %v, %v; want %v", tt.text, float64(got), err, float64(tt.want))
		}
	}
}

func TestParseRateRefuses(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "want a number and a unit"},
		{"fast", "want a number and a unit"},
		{"15/fortnight", "unknown unit"},
		{"0/s", "greater than zero"},
		{"-1/s", "greater than zero"},
		{"NaN", "greater than zero"},
		{"Inf/s", "greater than zero"},
	}
	for _, tt := range tests {
		if _, err := ParseRate(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseRate(%q): error %v, want one with %q", tt.text, err, tt.want)
		}
	}
}

func TestRateStringKeepsTheUnitReadable(t *testing.T) {
	tests := []struct {
		rate Rate
		want string
	}{
		{15, "15/s"},
		{2.5, "2.5/s"},
		{1.25, "1.25/s"},
		{0.5, "30/min"},
		{2000.0 / 86400, "1.389/min"},
		{500.0 / 86400, "20.83/h"},
		{0, "0/s"},
	}
	for _, tt := range tests {
		if got := tt.rate.String(); got != tt.want {
			t.Errorf("%v: String() = %q, want %q", float64(tt.rate), got, tt.want)
		}
	}
}
