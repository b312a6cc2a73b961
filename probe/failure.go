package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"brink/probe/load"
)

// preflightErrors is how many errors in a row the preflight puts up with.
const preflightErrors = 2

// fail records why nothing can be measured.
func (d *detective) fail(f Failure) error {
	d.failure = &f
	d.halted = f.Message
	return errFailed
}

// connectFailure explains why no connection could be opened.
func connectFailure(target string, err error) Failure {
	host := target
	if u, parseErr := url.Parse(target); parseErr == nil {
		host = u.Host
	}
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &record):
		return Failure{"tls", host + " does not speak TLS", "use http:// if the API is served without TLS"}
	case errors.As(err, &unknown), errors.As(err, &hostname), errors.As(err, &invalid):
		return Failure{"tls", fmt.Sprintf("the certificate of %s is not trusted: %v", host, err), "--insecure skips the check, for a server of your own"}
	}
	return Failure{"unreachable", fmt.Sprintf("cannot connect to %s: %s", host, load.Explain(err)), "is the server running, and are host and port right?"}
}

// inspect looks at the preflight's answers for signs that this is not an API
// that can be measured.
func (d *detective) inspect(samples []load.Sample) error {
	s := samples[len(samples)-1]
	url := d.opt.Target.URL
	switch s.Outcome {
	case load.Refused:
		return nil
	case load.Denied:
		hint := "give a credential with --auth, e.g. --auth bearer:env:NAME"
		if d.opt.Client.Authorized() {
			hint = "the credential given was not accepted: is it the right one, still valid, and of the right form?"
		}
		return d.fail(Failure{"denied", fmt.Sprintf("%s answers %d %s", url, s.Status, http.StatusText(s.Status)), hint})
	case load.Failed:
		silent := s.Status == 0 && s.Done-s.Sent >= d.opt.Client.AnswerTimeout()
		if d.streak <= preflightErrors && !silent {
			return nil
		}
		if s.Err != "" {
			return d.fail(Failure{"unreachable", fmt.Sprintf("no usable answer from %s: %s", url, s.Err), "is this an HTTP server, and does it answer in time? --timeout waits longer"})
		}
		return d.fail(Failure{"server_error", fmt.Sprintf("%s answers %d %s", url, s.Status, http.StatusText(s.Status)), "the API is in trouble: a measurement now would say nothing"})
	}
	switch {
	case s.Status >= 300 && s.Status < 400:
		return d.fail(Failure{"redirect", fmt.Sprintf("%s redirects to %s", url, s.Location), "brink does not follow redirects: give the final URL"})
	case s.Status == http.StatusNotFound:
		return d.fail(Failure{"not_found", fmt.Sprintf("%s answers 404 Not Found", url), "check the path: measure an endpoint that exists"})
	case s.Status >= 400:
		return d.fail(Failure{"bad_request", fmt.Sprintf("%s answers %d %s", url, s.Status, http.StatusText(s.Status)), "the request is not one the API accepts: check method, headers and path"})
	}
	if kind, _, _ := mime.ParseMediaType(s.ContentType); kind == "text/html" && !d.opt.AllowHTML {
		return d.fail(Failure{"not_an_api", url + " answers with an HTML page", "check the path; --allow-html measures the page anyway"})
	}
	return nil
}
