package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"brink/mockapi"
	"brink/profiles"
)

var mockVerb = verb{
	name:  "mock",
	args:  "PROFILE[:PLAN]",
	short: "serve an API that limits like a vendor",
	long: `The mock has the vendor's paths, limits and refusals. It listens on this machine
only, on a free port, until it is interrupted. The first line on stdout is its
address; refused requests are told on stderr.

A request without a credential belongs to the API key "anonymous". The bearer
tokens KEY and KEY.anything belong to the API key KEY. GET /_mock/state shows
what is left of every limit, POST /_mock/reset gives it all back.`,
	examples: [][2]string{
		{"brink mock aprimo", "15/s with a queue of 100"},
		{"brink mock constantcontact:partner --port 8080", "10/s, on a port of your choice"},
		{"brink mock aprimo --strict", "refuse what the vendor refuses"},
	},
	setup: func(fs *pflag.FlagSet) action {
		var f mockFlags
		fs.IntVar(&f.port, "port", 0, "listen on port `N`; 0 takes a free one")
		fs.StringVar(&f.addr, "addr", "127.0.0.1", "listen on this `IP` address; on one that others can reach, the paths under /_mock/ are off")
		fs.DurationVar(&f.service, "service-time", 0, "median `TIME` of an answer, such as 5ms, in place of the profile's")
		fs.Uint64Var(&f.seed, "seed", 1, "fix the service times with the number `N`")
		fs.BoolVar(&f.strict, "strict", false, "require the credential and the headers that the vendor requires")
		fs.BoolVar(&f.jsonLog, "json-log", false, "log refused requests as JSON")
		return func(ctx context.Context, std stdio, args []string) error {
			f.serviceSet = fs.Changed("service-time")
			return mock(ctx, std, f, args)
		}
	},
}

type mockFlags struct {
	port            int
	addr            string
	service         time.Duration
	serviceSet      bool
	seed            uint64
	strict, jsonLog bool
}

func mock(ctx context.Context, std stdio, f mockFlags, args []string) error {
	if len(args) != 1 {
		return usageError("mock takes one profile", "for example: brink mock "+profiles.Names()[0])
	}
	p, plan, err := findProfile(args[0])
	if err != nil {
		return err
	}
	ip := net.ParseIP(f.addr)
	switch {
	case ip == nil:
		return usageError(fmt.Sprintf("--addr %q: not an IP address", f.addr), "for example: --addr 127.0.0.1")
	case f.port < 0 || f.port > 65535:
		return usageError(fmt.Sprintf("--port %d: there is no such port", f.port), "0 takes a free one")
	case f.service < 0:
		return usageError(fmt.Sprintf("--service-time %v: must not be negative", f.service), "")
	}
	opt := mockapi.Options{Seed: f.seed, Strict: f.strict, NoAdmin: !ip.IsLoopback(), Logger: mockLogger(std.Err, f.jsonLog)}
	if f.serviceSet {
		opt.ServiceTime = &f.service
	}
	api, err := mockapi.New(p, plan, opt)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(f.addr, strconv.Itoa(f.port)))
	if err != nil {
		return listenError(err, f)
	}
	if !ip.IsLoopback() {
		fmt.Fprintln(std.Err, "brink: warning: others can reach this mock; its paths under /_mock/ are off")
	}
	if err := printed(std.Out, mockBanner("http://"+dialable(ln.Addr()), p, plan, f.strict)); err != nil {
		ln.Close()
		return err
	}
	if err := api.Serve(ctx, ln); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// dialable is where this machine reaches a listener: one on all addresses has
// none of its own.
func dialable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}

// mockBanner is what mock prints when it listens: the address alone on the
// first line, for programs, and then what to do with it, for people.
func mockBanner(url string, p profiles.Profile, plan profiles.Plan, strict bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "listening on %s\n\n%s, %s\n", url, p.Title, plan.Title)
	for _, l := range plan.Limits {
		fmt.Fprintf(&b, "  %-8s %s\n", l.Name, l.Summary())
	}
	curl, probe := "curl -i", "brink probe"
	if strict {
		fmt.Fprintf(&b, "\nexport BRINK_MOCK_TOKEN=%s\n", p.Auth.Demo)
		curl += ` -H "Authorization: Bearer $BRINK_MOCK_TOKEN"`
		probe += " --auth bearer:env:BRINK_MOCK_TOKEN"
		for _, h := range p.Headers {
			curl += fmt.Sprintf(" -H '%s: %s'", h.Name, h.Value)
			probe += fmt.Sprintf(" -H '%s: %s'", h.Name, h.Value)
		}
	} else {
		b.WriteString("\n")
	}
	target := p.ProbeURL(url)
	fmt.Fprintf(&b, "%s %s\n%s %s\n", curl, target, probe, target)
	return b.String()
}

func mockLogger(w io.Writer, asJSON bool) *slog.Logger {
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// listenError says what is in the way of listening.
func listenError(err error, f mockFlags) error {
	where := net.JoinHostPort(f.addr, strconv.Itoa(f.port))
	var address *net.AddrError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return withHint(fmt.Errorf("%s is in use by another program", where), "leave --port out to take a free one")
	case errors.Is(err, os.ErrPermission):
		return withHint(fmt.Errorf("%s: not allowed to listen there", where), "ports below 1024 belong to the system: use a higher one")
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &address):
		return withHint(fmt.Errorf("%s is no address of this machine", f.addr), "leave --addr out to listen on 127.0.0.1")
	}
	return fmt.Errorf("listen on %s: %w", where, err)
}

// findProfile resolves NAME[:PLAN], and suggests the name that was meant.
func findProfile(target string) (profiles.Profile, profiles.Plan, error) {
	p, plan, err := profiles.Find(target)
	var unknown *profiles.UnknownError
	if !errors.As(err, &unknown) {
		return p, plan, err
	}
	hint := `"brink profiles list" shows them all`
	if near := nearest(unknown.Name, unknown.Known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return p, plan, usageError(err.Error(), hint)
}
