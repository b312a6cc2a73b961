package profiles

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Rate is a number of requests over a time, kept as written: 15/s, 300/min.
type Rate struct {
	Count int
	Per   time.Duration
}

var rateUnits = map[string]time.Duration{
	"s": time.Second, "min": time.Minute, "h": time.Hour, "day": 24 * time.Hour,
}

// ParseRate reads a rate such as "15/s", "300/min", "2000/h" or "10000/day".
func ParseRate(s string) (Rate, error) {
	count, unit, _ := strings.Cut(s, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	per, ok := rateUnits[strings.TrimSpace(unit)]
	if err != nil || n <= 0 || n > math.MaxInt32 || !ok {
		return Rate{}, fmt.Errorf("rate %q: write a whole number above zero and a unit (s, min, h or day), as in 15/s", s)
	}
	return Rate{Count: n, Per: per}, nil
}

// String writes the rate as ParseRate reads it.
func (r Rate) String() string {
	for unit, per := range rateUnits {
		if per == r.Per {
			return fmt.Sprintf("%d/%s", r.Count, unit)
		}
	}
	return fmt.Sprintf("%d/%v", r.Count, r.Per)
}

// PerSecond is the rate in requests a second.
func (r Rate) PerSecond() float64 { return float64(r.Count) / r.Per.Seconds() }

// MarshalText writes the rate as people do.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalYAML reads the rate, and tells where it stands if it is none.
func (r *Rate) UnmarshalYAML(node ast.Node) error {
	return scalar(node, r, ParseRate)
}

// Duration is a time that YAML and JSON spell as Go does: 30ms, 24h.
type Duration time.Duration

// String writes 24h rather than 24h0m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText writes the duration as people do.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalYAML reads the duration, and tells where it stands if it is none.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	return scalar(node, d, func(s string) (Duration, error) {
		v, err := time.ParseDuration(s)
		if err != nil {
			return 0, fmt.Errorf("duration %q: write a number and a unit (ms, s, m or h), as in 30ms or 24h", s)
		}
		return Duration(v), nil
	})
}

// Count is a whole number. It is a type of its own because the YAML decoder
// would cut 1.5 to 1 without a word.
type Count int

// UnmarshalYAML reads the number, and tells where it stands if it is none.
func (c *Count) UnmarshalYAML(node ast.Node) error {
	return scalar(node, c, func(s string) (Count, error) {
		n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
		if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
			return 0, fmt.Errorf("%q is no whole number", s)
		}
		return Count(n), nil
	})
}

// scalar parses a plain value; an error carries its place in the file.
func scalar[T any](node ast.Node, into *T, parse func(string) (T, error)) error {
	text := ""
	if s, ok := node.(ast.ScalarNode); ok {
		text = fmt.Sprint(s.GetValue())
		if _, isString := node.(*ast.StringNode); !isString {
			text = node.GetToken().Value // a number as it was written
		}
	}
	v, err := parse(text)
	if err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	*into = v
	return nil
}
