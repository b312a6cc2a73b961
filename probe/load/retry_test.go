package load

import (
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(1994, 11, 6, 8, 49, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"120":                            2 * time.Minute,
		" 2.5 ":                          2500 * time.Millisecond,
		"Sun, 06 Nov 1994 08:49:37 GMT":  37 * time.Second,
		"Sunday, 06-Nov-94 08:49:37 GMT": 37 * time.Second,
		"1e300":                          365 * 24 * time.Hour,
	} {
		if got, ok := RetryAfter(value, now); !ok || got != want {
			t.Errorf("RetryAfter(%q) = %v, %v, want %v", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "0", "-1", "NaN", "soon", "Sun, 06 Nov 1994 08:48:00 GMT"} {
		if got, ok := RetryAfter(value, now); ok {
			t.Errorf("RetryAfter(%q) = %v, want nothing", value, got)
		}
	}
}
