package load

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Rate is a number of requests per second. Its text form is a count over a
// unit, as people and vendors write it: "15/s", "300/m", "75/min", "5000/day".
type Rate float64

// rateUnits maps the accepted spellings of a unit to its length in seconds.
var rateUnits = map[string]float64{
	"ms": 0.001,
	"s":  1, "sec": 1, "second": 1,
	"m": 60, "min": 60, "minute": 60,
	"h": 3600, "hour": 3600,
	"d": 86400, "day": 86400,
}

// ParseRate reads a rate such as "15/s", "300/m" or "2000/hour". A bare number
// is per second. The rate must be finite and greater than zero.
func ParseRate(s string) (Rate, error) {
	count, unit, hasUnit := strings.Cut(strings.TrimSpace(s), "/")
	seconds := 1.0
	if hasUnit {
		var ok bool
		if seconds, ok = rateUnits[strings.TrimSpace(unit)]; !ok {
			return 0, fmt.Errorf("rate %q: unknown unit %q (use s, m, h or d, as in 300/m)", s, unit)
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	if err != nil {
		return 0, fmt.Errorf("rate %q: want a number and a unit, as in 15/s", s)
	}
	if n <= 0 || math.IsInf(n, 0) || math.IsNaN(n) {
		return 0, fmt.Errorf("rate %q: must be greater than zero and finite", s)
	}
	return Rate(n / seconds), nil
}

// String gives the rate in the unit that keeps it at least one: "15/s",
// "75/min", "2000/h".
func (r Rate) String() string {
	n, unit := float64(r), "s"
	switch {
	case r <= 0 || r >= 1:
	case r*60 >= 1:
		n, unit = n*60, "min"
	default:
		n, unit = n*3600, "h"
	}
	return strconv.FormatFloat(n, 'g', 4, 64) + "/" + unit
}

// Set and Type make *Rate a command-line flag value.
func (r *Rate) Set(s string) (err error) { *r, err = ParseRate(s); return err }

// Type names the value in usage texts.
func (r *Rate) Type() string { return "rate" }
