package load

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// redactor returns a function that blots a credential out of a text, in every
// form in which an answer may echo it. It is a closure for the same reason as
// in Credential.
func redactor(c Credential) func(string) string {
	h := http.Header{}
	c.apply(h)
	var secrets []string
	for _, values := range h {
		for _, v := range values {
			secrets = append(secrets, v)
			scheme, secret, ok := strings.Cut(v, " ")
			if !ok {
				continue
			}
			secrets = append(secrets, secret)
			if plain, err := base64.StdEncoding.DecodeString(secret); scheme == "Basic" && err == nil {
				_, password, _ := strings.Cut(string(plain), ":")
				secrets = append(secrets, string(plain), password)
			}
		}
	}
	var pairs []string // the longest first: strings.Replacer takes the first that fits
	for _, s := range secrets {
		const shortest = 4 // blotting out less would blot out words
		if len(s) >= shortest {
			pairs = append(pairs, s, redacted, url.QueryEscape(s), redacted)
		}
	}
	return strings.NewReplacer(pairs...).Replace
}
