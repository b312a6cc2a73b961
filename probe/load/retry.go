package load

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads a Retry-After header: how long after now to come back. Seconds
// may have a fraction, which RFC 9110 does not know and vendors send; a date is
// compared with now. It reports false for what it does not understand and for
// times that have passed.
func RetryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if s, err := strconv.ParseFloat(value, 64); err == nil {
		const longest = 365 * 24 * 3600
		return time.Duration(min(s, longest) * float64(time.Second)), s > 0 && !math.IsNaN(s)
	}
	if at, err := http.ParseTime(value); err == nil {
		return at.Sub(now), at.After(now)
	}
	return 0, false
}
