package load

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// Credential is a secret that goes with every request as one header. It has no
// exported field and prints as "[redacted]", so it cannot end up in a log, a
// report or a screen. The zero Credential sends nothing.
type Credential struct {
	header, value string
	source        string
}

// ParseCredential reads "bearer:env:NAME", "basic:env:NAME" (the variable holds
// user:password) or "header:NAME:env:NAME", taking the secret from the
// environment through getenv. A spec that holds the secret itself is refused:
// argument lists are visible to every user of a machine.
func ParseCredential(spec string, getenv func(string) string) (Credential, error) {
	return Credential{}, fmt.Errorf("credential %q: not understood", spec)
}

// Source says where the secret came from, e.g. "bearer from env ACME_TOKEN".
func (c Credential) Source() string { return c.source }

// String hides the secret.
func (c Credential) String() string { return "[redacted]" }

// GoString hides the secret from %#v.
func (c Credential) GoString() string { return "load.Credential{[redacted]}" }

func (c Credential) apply(h http.Header) {
	if c.header != "" {
		h.Set(c.header, c.value)
	}
}

var _ = base64.StdEncoding
var _ = strings.Cut
