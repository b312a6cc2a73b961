package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"brink/probe"
)

// headline names a limit and its main number: "leaky queue, 15.0 requests/s".
func headline(l probe.Limit) string {
	name := kind(l.Kind)
	switch {
	case l.Limit != nil && l.WindowS != nil:
		return fmt.Sprintf("%s, %s requests per %.4g s", name, whole(l.Limit.Value), l.WindowS.Value)
	case l.RatePerS != nil:
		m, unit := scaled(*l.RatePerS)
		return fmt.Sprintf("%s, %s requests%s", name, decimal(m.Value), unit)
	case l.Concurrency != nil:
		return fmt.Sprintf("%s, %s in parallel", name, whole(l.Concurrency.Value))
	case l.Limit != nil:
		return fmt.Sprintf("%s, %s requests", name, whole(l.Limit.Value))
	}
	return name
}

// kind spells the kind of a limit: "token bucket".
func kind(k string) string {
	if k == "unknown" || k == "" {
		return "a limit of unknown kind"
	}
	return strings.ReplaceAll(k, "_", " ")
}

func alignment(a string) string {
	switch a {
	case "clock":
		return "the wall clock"
	case "grid":
		return "a fixed grid, not the wall clock"
	case "first_request":
		return "the first request"
	}
	return strings.ReplaceAll(a, "_", " ")
}

func alternatives(others []probe.Alternative) string {
	var parts []string
	for _, a := range others {
		if a.Probability >= 0.005 {
			parts = append(parts, kind(a.Kind)+" "+percent(a.Probability))
		}
	}
	return strings.Join(parts, ", ")
}

// quantity spells a JSON name for people: "rate_per_s" is "rate".
func quantity(what string) string {
	return strings.ReplaceAll(strings.TrimSuffix(what, "_per_s"), "_", " ")
}

func reach(n probe.Reach) string {
	if n.What == "rate_per_s" {
		m, unit := scaled(probe.Measured{Value: n.UpTo})
		return decimal(m.Value) + unit
	}
	return whole(n.UpTo)
}

// unitOf completes a number in a sentence.
func unitOf(what string) string {
	switch what {
	case "rate_per_s":
		return ""
	case "concurrency":
		return "in parallel"
	}
	return quantity(what)
}

// scaled gives a rate in the unit that keeps it at least one.
func scaled(perSecond probe.Measured) (m probe.Measured, unit string) {
	factor, unit := 1.0, "/s"
	switch v := perSecond.Value; {
	case v <= 0 || v >= 1:
	case v*60 >= 1:
		factor, unit = 60, "/min"
	default:
		factor, unit = 3600, "/h"
	}
	return probe.Measured{Value: perSecond.Value * factor, Low: perSecond.Low * factor, High: perSecond.High * factor}, unit
}

// decimal gives four significant digits: finer is noise.
func decimal(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

func whole(v float64) string { return strconv.FormatFloat(math.Round(v), 'f', 0, 64) }

// percent never claims certainty.
func percent(share float64) string {
	switch {
	case share > 0.99 && share < 1.5:
		return "over 99 %"
	case share < 0.01:
		return "under 1 %"
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

func milliseconds(ms float64) string {
	switch {
	case ms >= 10_000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms >= 1000:
		return fmt.Sprintf("%.2f s", ms/1000)
	case ms >= 10:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f ms", ms)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func numbers(ns []int) string {
	var parts []string
	for _, n := range ns {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, ", ")
}

// Wrap breaks text into lines of at most width cells; a longer word has a line
// of its own. There is always one line.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

// Printable replaces control characters, line breaks aside, so that what a
// server sent cannot steer the terminal it is shown on.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r == utf8.RuneError) {
			return '?'
		}
		return r
	}, text)
}
