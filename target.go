package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"brink/mockapi"
	"brink/probe"
	"brink/probe/load"
	"brink/profiles"
)

// target is what a command line asks to send to.
type target struct {
	probe.Target
	request    load.Request
	documented []probe.Documented
	profile    profiles.Profile // of a mock that is still to be started
	plan       profiles.Plan
}

const authHint = "credentials come from the environment: --auth bearer:env:NAME, basic:env:NAME or header:X-Api-Key:env:NAME"

// secretError refuses what would show a secret to others.
func secretError(what, name string) error {
	return usageError(fmt.Sprintf("the %s %s, which every user of this machine could read", what, name),
		authHint+"; --not-secret NAME allows a name that only sounds like one")
}

// resolve makes a target of TARGET and the flags. It opens no connection.
func (f *trafficFlags) resolve(args []string, verb string) (*target, error) {
	if len(args) != 1 {
		what := "no target"
		if len(args) > 1 {
			what = fmt.Sprintf("%d targets in place of one", len(args))
		}
		return nil, usageError(what, fmt.Sprintf("give a profile or a URL, for example: brink %s aprimo", verb))
	}
	t := &target{request: load.Request{Method: "GET", Header: http.Header{"User-Agent": {"brink/" + readVersion().Version}, "Accept": {"*/*"}}}}
	if strings.Contains(args[0], "://") {
		u, err := f.parseURL(args[0])
		if err != nil {
			return nil, err
		}
		t.request.URL = u
	} else if err := t.useProfile(args[0]); err != nil {
		return nil, err
	}
	if err := f.request(&t.request); err != nil {
		return nil, err
	}
	if t.request.URL != nil {
		t.URL = t.request.URL.String()
	}
	t.Method = t.request.Method
	return t, nil
}

func (f *trafficFlags) parseURL(text string) (*url.URL, error) {
	const hint = "a full URL looks like https://api.example.com/v1/items"
	u, err := url.Parse(text)
	if err != nil {
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err // without the URL, which may hold a secret
		}
		return nil, usageError(fmt.Sprintf("the target is not a URL: %v", err), hint)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, usageError(fmt.Sprintf("brink cannot speak %s", u.Scheme), hint)
	case u.Hostname() == "":
		return nil, usageError("the target URL has no host", hint)
	case u.User != nil:
		return nil, usageError("the target URL holds a credential, which every user of this machine could read", authHint)
	}
	for _, name := range parameterNames(u.RawQuery) {
		if f.secret(name) {
			return nil, secretError("target URL holds a secret in", name)
		}
	}
	u.Fragment = ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// useProfile aims at the mock of a profile, with the credential made for it.
func (t *target) useProfile(name string) error {
	p, plan, err := findProfile(name)
	if err != nil {
		if strings.ContainsAny(name, "./") {
			return withHint(err, "a URL begins with http:// or https://")
		}
		return withHint(err, hintOf(err)+"; a URL begins with http:// or https://")
	}
	t.profile, t.plan = p, plan
	t.Profile, t.Plan, t.Mock = p.Name, plan.Name, true
	t.URL = "http://127.0.0.1" + p.Probe.Path
	t.request.Method = p.Probe.Method
	for _, h := range p.Headers {
		t.request.Header.Set(h.Name, h.Value)
	}
	if p.Auth.Kind == profiles.Bearer {
		demo := func(string) string { return p.Auth.Demo }
		if t.request.Credential, err = load.ParseCredential("bearer:env:DEMO", demo); err != nil {
			return err
		}
	}
	t.documented = documented(p, plan)
	return nil
}

// documented tells the prober what the vendor says about the probed route.
func documented(p profiles.Profile, plan profiles.Plan) []probe.Documented {
	var route profiles.Route
	for _, r := range p.Routes {
		if r.Method == p.Probe.Method && r.Path == p.Probe.Path {
			route = r
		}
	}
	var docs []probe.Documented
	for _, l := range plan.Limits {
		if !l.Covers(route) {
			continue
		}
		d := probe.Documented{Name: l.Name, Text: l.Documented()}
		if l.Rate != nil {
			d.Rate = l.Rate.Value.PerSecond()
		}
		if l.Burst != nil && l.Burst.Known() {
			d.Burst = float64(l.Burst.Value)
		}
		if l.Queue != nil && l.Queue.Depth.Known() {
			d.Queue = float64(l.Queue.Depth.Value)
		}
		if l.Limit != nil && l.Window != nil {
			d.Limit, d.Window = float64(l.Limit.Value), time.Duration(l.Window.Value).Seconds()
		}
		docs = append(docs, d)
	}
	return docs
}

// request fills in what the flags say about the request.
func (f *trafficFlags) request(r *load.Request) error {
	if f.method != "" {
		r.Method = strings.ToUpper(f.method)
	}
	if !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, r.Method) && !f.unsafeMethod {
		return usageError(fmt.Sprintf("%s may change something at the API, many times over", r.Method), "--unsafe-method allows it")
	}
	for _, h := range f.headers {
		name, value, ok := strings.Cut(h, ":")
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
		switch {
		case !ok || !load.ValidHeaderName(name):
			return usageError("a header wants a name and a value", "for example: -H 'Accept: application/json'")
		case f.secret(name):
			return secretError("header", name+" is a secret")
		}
		r.Header.Set(name, strings.TrimSpace(value))
	}
	if f.auth == "" {
		return nil
	}
	var err error
	if r.Credential, err = load.ParseCredential(f.auth, os.Getenv); err != nil {
		return usageError(err.Error(), "for example: export API_TOKEN=..., then --auth bearer:env:API_TOKEN")
	}
	return nil
}

// open starts the mock if there is to be one, and makes the client. The
// function it returns ends both.
func (f *trafficFlags) open(ctx context.Context, t *target, seed uint64) (*load.Client, func(), error) {
	stop := func() {}
	if t.Mock {
		// The mock outlives the run, so that what it cuts is not taken for a failure.
		base, stopMock, err := mockapi.Start(context.WithoutCancel(ctx), t.profile, t.plan, mockapi.Options{Seed: seed})
		if err != nil {
			return nil, nil, err
		}
		stop = stopMock
		t.URL = t.profile.ProbeURL(base)
		if t.request.URL, err = url.Parse(t.URL); err != nil {
			stop()
			return nil, nil, err
		}
	}
	client, err := load.NewClient(t.request)
	if err != nil {
		stop()
		return nil, nil, usageError(err.Error(), "check --method and --header")
	}
	client.Timeout = f.timeout
	if client.TLS != nil {
		client.TLS.InsecureSkipVerify = f.insecure
	}
	return client, func() { client.Close(); stop() }, nil
}

// local reports whether the target is on this machine. Only the name itself
// counts: asking DNS would already be traffic, and the answer could change.
func (t *target) local() bool {
	if t.Mock {
		return true
	}
	host := t.request.URL.Hostname()
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// hostPort names the target's server.
func (t *target) hostPort() string {
	if t.Mock {
		return "the mock of " + t.Profile + ":" + t.Plan + ", inside this program"
	}
	if port := t.request.URL.Port(); port != "" {
		return net.JoinHostPort(t.request.URL.Hostname(), port)
	}
	return t.request.URL.Hostname()
}
