package load

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Credential is a secret that goes with every request as one header. It prints
// as "[redacted]" whatever the verb, and has no exported field, so it cannot end
// up in a log, a report or a screen. The zero Credential sends nothing.
type Credential struct {
	set    func(http.Header) // a closure: fmt, which reads unexported fields, cannot look inside
	source string
}

const redacted = "[redacted]"

// ParseCredential reads "bearer:env:NAME", "basic:env:NAME" (the variable holds
// user:password) or "header:NAME:env:NAME", taking the secret from the
// environment through getenv. A spec that holds the secret itself is refused:
// argument lists are visible to every user of a machine. For the same reason no
// error repeats the spec.
func ParseCredential(spec string, getenv func(string) string) (Credential, error) {
	const forms = "bearer:env:NAME, basic:env:NAME or header:HEADER:env:NAME"
	form, rest, _ := strings.Cut(spec, ":")
	name := "Authorization"
	switch form {
	case "bearer", "basic":
	case "header":
		name, rest, _ = strings.Cut(rest, ":")
		if !ValidHeaderName(name) {
			return Credential{}, errors.New("credential: header: without the name of a header")
		}
		form = "header " + http.CanonicalHeaderKey(name)
	default:
		return Credential{}, errors.New("credential: unknown form; known are " + forms)
	}
	variable, ok := strings.CutPrefix(rest, "env:")
	if !ok || !isVariable(variable) {
		return Credential{}, errors.New("credential: wants the name of an environment variable, never the secret itself: " + forms)
	}
	value := getenv(variable)
	switch {
	case value == "" && !isUsualVariable(variable):
		return Credential{}, errors.New("credential: the part after env: must be the NAME of a variable, and there is none of that name")
	case value == "":
		return Credential{}, fmt.Errorf("credential: environment variable %s is not set or empty", variable)
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Credential{}, fmt.Errorf("credential: environment variable %s holds a line break or another control character", variable)
	}
	switch form {
	case "bearer":
		value = "Bearer " + value
	case "basic":
		if !strings.Contains(value, ":") {
			return Credential{}, fmt.Errorf("credential: environment variable %s must hold user:password", variable)
		}
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(value))
	}
	return Credential{
		set:    func(h http.Header) { h.Set(name, value) },
		source: form + " from env " + variable,
	}, nil
}

// isVariable reports whether s can name an environment variable. Most secrets
// cannot, which catches one that was pasted in place of a name.
func isVariable(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) && (s[0] < '0' || s[0] > '9')
}

// isUsualVariable reports whether s is spelled as environment variables are. What
// is not may be the secret itself and must not be repeated.
func isUsualVariable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') })
}

// ValidHeaderName reports whether s can name a header (RFC 9110, section 5.6.2).
func ValidHeaderName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// Source says where the secret came from, e.g. "bearer from env ACME_TOKEN"; it
// is empty for the zero Credential.
func (c Credential) Source() string { return c.source }

// String hides the secret.
func (c Credential) String() string { return redacted }

// Format hides the secret from every verb of fmt.
func (c Credential) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// MarshalText hides the secret from encoders.
func (c Credential) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (c Credential) apply(h http.Header) {
	if c.set != nil {
		c.set(h)
	}
}
