package load

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

const testSecret = "s3cr3t-42"

func environment(name string) string {
	return map[string]string{
		"TOKEN":  testSecret,
		"LOGIN":  "ada:" + testSecret,
		"EMPTY":  "",
		"BROKEN": testSecret + "\r\nX-Injected: 1",
	}[name]
}

func TestParseCredential(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("ada:"+testSecret))
	tests := []struct{ spec, header, value, source string }{
		{"bearer:env:TOKEN", "Authorization", "Bearer " + testSecret, "bearer from env TOKEN"},
		{"basic:env:LOGIN", "Authorization", basic, "basic from env LOGIN"},
		{"header:x-api-key:env:TOKEN", "X-Api-Key", testSecret, "header X-Api-Key from env TOKEN"},
	}
	for _, tt := range tests {
		c, err := ParseCredential(tt.spec, environment)
		if err != nil {
			t.Errorf("%s: %v", tt.spec, err)
			continue
		}
		h := http.Header{}
		c.apply(h)
		if got := h.Get(tt.header); got != tt.value {
			t.Errorf("%s: header %s = %q, want %q", tt.spec, tt.header, got, tt.value)
		}
		if c.Source() != tt.source {
			t.Errorf("%s: Source() = %q, want %q", tt.spec, c.Source(), tt.source)
		}
	}
}

func TestParseCredentialRefuses(t *testing.T) {
	tests := []struct{ spec, want string }{
		{"", "known are bearer:env:NAME"},
		{testSecret, "known are bearer:env:NAME"},
		{"bearer", "never the secret itself"},
		{"bearer:" + testSecret, "never the secret itself"},
		{"bearer:env:" + testSecret, "never the secret itself"},     // a secret where a name belongs
		{"bearer:env:ghp_abc123", "must be the NAME of a variable"}, // one that could be a name
		{"bearer:env:", "never the secret itself"},
		{"header:X-Api-Key:" + testSecret, "never the secret itself"},
		{"header::env:TOKEN", "without the name of a header"},
		{"header:X Key:env:TOKEN", "without the name of a header"},
		{"bearer:env:MISSING", "MISSING is not set or empty"},
		{"bearer:env:EMPTY", "EMPTY is not set or empty"},
		{"bearer:env:BROKEN", "BROKEN holds a line break"},
		{"basic:env:TOKEN", "TOKEN must hold user:password"},
	}
	for _, tt := range tests {
		c, err := ParseCredential(tt.spec, environment)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want one with %q", tt.spec, err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), "ghp_") {
			t.Errorf("%q: the error shows the secret: %v", tt.spec, err)
		}
		if c.Source() != "" {
			t.Errorf("%q: a refused credential has source %q", tt.spec, c.Source())
		}
	}
}

func TestCredentialNeverPrints(t *testing.T) {
	c, err := ParseCredential("bearer:env:TOKEN", environment)
	if err != nil {
		t.Fatal(err)
	}
	// fmt cannot call the methods of a value in an unexported field.
	hidden := struct{ inner Credential }{c}
	for _, v := range []any{c, &c, hidden, &hidden, []Credential{c}, map[string]Credential{"a": c}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, testSecret) || strings.Contains(got, fmt.Sprintf("%x", testSecret)) {
				t.Errorf("%s of %T shows the secret: %s", verb, v, got)
			}
		}
		if b, err := json.Marshal(v); err != nil || strings.Contains(string(b), testSecret) {
			t.Errorf("JSON of %T: %s, %v", v, b, err)
		}
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("credential", "value", c, "hidden", hidden)
	if strings.Contains(log.String(), testSecret) {
		t.Errorf("slog shows the secret: %s", &log)
	}
}

func TestZeroCredentialSendsNothing(t *testing.T) {
	h := http.Header{}
	Credential{}.apply(h)
	if len(h) > 0 {
		t.Errorf("the zero credential set %v", h)
	}
}
