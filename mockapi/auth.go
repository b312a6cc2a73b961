package mockapi

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// anonymous is the API key of requests without a credential.
const anonymous = "anonymous"

// keyForm is what an API key, or the id of an OAuth client, looks like.
var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// apiKey returns the API key a request belongs to, and false if its credential
// is missing or malformed.
//
// The token KEY and every token KEY.anything belong to the API key KEY, so that
// a client can have several tokens of one key without asking anybody. A token
// endpoint knows its callers by their client id, which is the API key.
func (a *API) apiKey(rt *route, r *http.Request) (string, bool) {
	if rt.Token != nil {
		id, _, ok := r.BasicAuth()
		return id, ok && keyForm.MatchString(id)
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return anonymous, !a.opt.Strict
	}
	scheme, token, _ := strings.Cut(header, " ")
	key, _, _ := strings.Cut(strings.TrimSpace(token), ".")
	return key, strings.EqualFold(scheme, "Bearer") && keyForm.MatchString(key)
}

// hasHeaders reports whether a request has the headers the vendor requires.
func (a *API) hasHeaders(r *http.Request) bool {
	for _, h := range a.profile.Headers {
		if r.Header.Get(h.Name) == "" {
			return false
		}
	}
	return true
}

// label is how an API key is shown. A long one might be a real token that was
// sent here by mistake, and is cut.
func label(key string) string {
	if len(key) <= 16 {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return key[:6] + "…" + hex.EncodeToString(sum[:2])
}

// issueToken answers a call for an access token, for any grant: who may have one
// is not what the mock is about.
func (a *API) issueToken(w http.ResponseWriter, r *http.Request, rt *route, client string) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	ans := rt.answer
	if r.PostFormValue("grant_type") == "" {
		ans.status = http.StatusBadRequest
		ans.body = []byte(`{"error":"invalid_request","error_description":"The parameter grant_type is missing."}`)
		ans.write(w)
		return
	}
	ans.body, _ = json.Marshal(map[string]any{
		"token_type":   "Bearer",
		"expires_in":   int(time.Duration(rt.Token.Lifetime.Value).Seconds()),
		"access_token": client + "." + a.randomText(),
	})
	w.Header().Set("Cache-Control", "no-store")
	ans.write(w)
}

// randomText is 128 bits that a header can carry. They need not be hard to
// guess, because the tokens open nothing.
func (a *API) randomText() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := make([]byte, 16)
	for i := range b {
		b[i] = byte(a.rng.Uint32())
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}
