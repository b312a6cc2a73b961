package mockapi

import (
	"net/http"

	"brink/profiles"
)

// answer is a response, made once and sent often.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func newAnswer(a profiles.Answer) answer {
	out := answer{status: int(a.Status.Value), header: http.Header{}}
	if a.ContentType != "" {
		out.header.Set("Content-Type", a.ContentType)
	}
	for _, h := range a.Headers {
		out.header.Add(h.Name, h.Value)
	}
	if a.Body != nil {
		out.body = []byte(a.Body.Value)
	}
	if out.status == 0 {
		out.status = http.StatusBadRequest // a profile need not describe what it never sends
	}
	return out
}

func (a answer) write(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	w.WriteHeader(a.status)
	w.Write(a.body) // an error means that the client left
}
