package tui

import (
	"math"
	"strconv"
	"strings"
	"time"

	"brink/tui/draw"
)

// clock writes a time of the run as minutes and seconds: "0:07", "1:02:03".
func clock(d time.Duration) string {
	s := int(max(0, d) / time.Second)
	var buf [24]byte
	out := buf[:0]
	if s >= 3600 {
		out = strconv.AppendInt(out, int64(s/3600), 10)
		out = append(out, ':', byte('0'+s/600%6))
	} else if s >= 600 {
		out = append(out, byte('0'+s/600))
	}
	return string(append(out, byte('0'+s/60%10), ':', byte('0'+s/10%6), byte('0'+s%10)))
}

// clockTenths is clock with tenths of a second, for the event log.
func clockTenths(d time.Duration) string {
	tenth := max(0, d) / (100 * time.Millisecond) % 10
	return clock(d) + "." + "0123456789"[tenth:tenth+1]
}

// duration writes a latency with two significant digits and its unit: "0.4ms",
// "42ms", "1.9s"; "–" for none.
func duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < 9950*time.Microsecond:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64) + "ms"
	case d < 995*time.Millisecond:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 0, 64) + "ms"
	case d < 100*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return clock(d)
}

// integer writes n with thousands separated: "1,412".
func integer(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent writes a share of one. Short of certain it never says 100%.
func percent(share float64) string {
	p := math.Round(100 * share)
	if share < 1 {
		p = min(p, 99)
	}
	return strconv.Itoa(int(min(max(p, 0), 100))) + "%"
}

// decimal writes a number with at most digits decimals, fewer when it is large
// or a whole number.
func decimal(v float64, digits int) string {
	switch {
	case math.IsInf(v, 1):
		return "∞"
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "?"
	case v == math.Trunc(v) && math.Abs(v) < 1e9:
		return integer(int(v))
	case math.Abs(v) >= 1e6:
		return draw.Number(v)
	case math.Abs(v) >= 100:
		digits = 0
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// words makes a kind such as "token_bucket" readable.
func words(kind string) string { return strings.ReplaceAll(kind, "_", " ") }
