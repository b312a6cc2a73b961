package profiles

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// problem is something wrong with a value.
type problem struct {
	path string // $.plans[0].limits[1].rate
	msg  string
}

func (p problem) String() string { return strings.TrimPrefix(p.path, "$.") + ": " + p.msg }

// Validate says everything that is wrong with the profile, where, and what to do
// about it. A profile that Parse returned without an error is valid.
func (p Profile) Validate() error {
	var errs []error
	for _, problem := range p.problems() {
		errs = append(errs, fmt.Errorf("profile %s: %s", p.Name, problem))
	}
	return errors.Join(errs...)
}

var (
	nameForm = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)
	envForm  = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
	pathForm = regexp.MustCompile(`^(/([A-Za-z0-9._~-]+|\{[a-z_]+\}))+$`)
)

// checker collects problems.
type checker struct{ found []problem }

// want adds a problem unless ok.
func (c *checker) want(ok bool, path, format string, args ...any) {
	if !ok {
		c.found = append(c.found, problem{path, fmt.Sprintf(format, args...)})
	}
}

// oneOf wants a value to be one of those that work.
func oneOf[T ~string](c *checker, path string, got T, known ...T) {
	if slices.Contains(known, got) {
		return
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	c.want(false, path, "%q is not known: use %s", got, strings.Join(words, " or "))
}

func (p Profile) problems() []problem {
	var c checker
	c.want(nameForm.MatchString(p.Name), "$.name", "%q: a name is lower case, as it is typed on the command line", p.Name)
	c.want(p.Title != "", "$.title", "missing: the API's name as people say it")
	c.want(strings.HasPrefix(p.Docs, "https://"), "$.docs", "missing: the https address of the vendor's page about its limits")
	c.want(strings.HasPrefix(p.BaseURL, "https://"), "$.base_url", "missing: the https address of the real API")
	oneOf(&c, "$.auth.kind", p.Auth.Kind, Bearer)
	c.want(envForm.MatchString(p.Auth.Env), "$.auth.env", "%q: name the environment variable of the credential, such as ACME_TOKEN", p.Auth.Env)
	c.want(p.Auth.Demo != "", "$.auth.demo", "missing: a credential for the mock, such as brink-demo")
	c.answer("$.auth.unauthorized", p.Auth.Unauthorized)
	for i, h := range p.Headers {
		c.header(fmt.Sprintf("$.headers[%d]", i), h)
	}
	c.want(p.ServiceTime.Median >= 0, "$.service_time.median", "must not be negative")
	c.want(p.ServiceTime.Spread >= 0 && p.ServiceTime.Spread <= 2, "$.service_time.spread", "%v: must be between 0 and 2, e.g. 0.1", p.ServiceTime.Spread)
	c.fact("$.service_time", p.ServiceTime.Fact)
	c.answer("$.not_found", p.NotFound)
	if len(p.Headers) > 0 {
		c.answer("$.bad_request", p.BadRequest)
	}
	c.routes(p)
	c.plans(p)
	return c.found
}

func (c *checker) routes(p Profile) {
	names, places := map[string]bool{}, map[string]bool{}
	probed := false
	for i, r := range p.Routes {
		path := fmt.Sprintf("$.routes[%d]", i)
		c.want(nameForm.MatchString(r.Name), path+".name", "%q: a name is lower case", r.Name)
		c.want(!names[r.Name], path+".name", "%q is taken by a route above", r.Name)
		place := r.Method + " " + wildcards.ReplaceAllString(r.Path, "{}")
		c.want(!places[place], path+".path", "%s %s is answered by a route above", r.Method, r.Path)
		names[r.Name], places[place] = true, true
		oneOf(c, path+".method", r.Method, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete)
		c.want(pathForm.MatchString(r.Path), path+".path", "%q: want a path such as /v1/things/{id}", r.Path)
		c.want(!strings.HasPrefix(r.Path, "/_mock"), path+".path", "/_mock belongs to the mock itself")
		c.answer(path+".answer", r.Answer)
		if r.Token != nil {
			c.want(r.Token.Lifetime.Value > 0, path+".token.lifetime.value", "must be greater than zero")
			c.fact(path+".token.lifetime", r.Token.Lifetime.Fact)
			c.want(r.Method == http.MethodPost, path+".method", "a token endpoint is called with POST")
		}
		probed = probed || r.Method == p.Probe.Method && r.Path == p.Probe.Path && r.Token == nil
	}
	oneOf(c, "$.probe.method", p.Probe.Method, http.MethodGet)
	c.want(probed, "$.probe.path", "%s %s is none of the routes: a probe needs one that answers", p.Probe.Method, p.Probe.Path)
}

var wildcards = regexp.MustCompile(`\{[^}]*\}`)

func (c *checker) plans(p Profile) {
	c.want(len(p.Plans) > 0, "$.plans", "missing: a profile has at least one plan")
	names := map[string]bool{}
	for i, plan := range p.Plans {
		path := fmt.Sprintf("$.plans[%d]", i)
		c.want(nameForm.MatchString(plan.Name), path+".name", "%q: a name is lower case", plan.Name)
		c.want(!names[plan.Name], path+".name", "%q is taken by a plan above", plan.Name)
		names[plan.Name] = true
		c.want(plan.Title != "", path+".title", "missing: what the vendor calls the plan")
		limits := map[string]bool{}
		for j, l := range plan.Limits {
			at := fmt.Sprintf("%s.limits[%d]", path, j)
			c.want(nameForm.MatchString(l.Name), at+".name", "%q: a name is lower case", l.Name)
			c.want(!limits[l.Name], at+".name", "%q is taken by a limit above", l.Name)
			limits[l.Name] = true
			c.limit(at, l)
			for k, name := range l.Routes {
				c.want(slices.ContainsFunc(p.Routes, func(r Route) bool { return r.Name == name }),
					fmt.Sprintf("%s.routes[%d]", at, k), "no route is called %q", name)
			}
		}
	}
	c.want(names[p.DefaultPlan], "$.default_plan", "no plan is called %q", p.DefaultPlan)
}

func (c *checker) limit(path string, l Limit) {
	oneOf(c, path+".kind.value", l.Kind.Value, TokenBucket, FixedWindow)
	c.fact(path+".kind", l.Kind.Fact)
	bucket, window := l.Kind.Value == TokenBucket, l.Kind.Value == FixedWindow

	c.field(path+".rate", l.Kind.Value, l.Rate != nil, bucket, bucket)
	c.field(path+".burst", l.Kind.Value, l.Burst != nil, bucket, bucket)
	c.field(path+".queue", l.Kind.Value, l.Queue != nil, bucket, false)
	c.field(path+".limit", l.Kind.Value, l.Limit != nil, window, window)
	c.field(path+".window", l.Kind.Value, l.Window != nil, window, window)
	c.field(path+".align", l.Kind.Value, l.Align != nil, window, window)
	if l.Rate != nil {
		c.want(l.Rate.Value.Count > 0, path+".rate.value", "missing: a rate such as 15/s")
		c.fact(path+".rate", l.Rate.Fact)
	}
	if l.Burst != nil {
		c.count(path+".burst", *l.Burst)
	}
	if l.Queue != nil {
		c.count(path+".queue.depth", l.Queue.Depth)
		oneOf(c, path+".queue.drain.value", l.Queue.Drain.Value, Smooth)
		c.fact(path+".queue.drain", l.Queue.Drain.Fact)
	}
	if l.Limit != nil {
		c.count(path+".limit", *l.Limit)
	}
	if l.Window != nil {
		c.want(l.Window.Value > 0, path+".window.value", "must be greater than zero")
		c.fact(path+".window", l.Window.Fact)
	}
	if l.Align != nil {
		oneOf(c, path+".align.value", l.Align.Value, Clock)
		c.fact(path+".align", l.Align.Fact)
	}
	oneOf(c, path+".scope.value", l.Scope.Value, Tenant, APIKey)
	c.fact(path+".scope", l.Scope.Fact)
	c.want(l.RefusedRequestsFree.Value, path+".refused_requests_free.value", "the mock cannot count refused requests: only true works")
	c.fact(path+".refused_requests_free", l.RefusedRequestsFree.Fact)
	c.answer(path+".refusal", l.Refusal)
	c.want(l.Refusal.Status.Value == 0 || l.Refusal.Status.Value >= 400, path+".refusal.status.value", "%d does not refuse: want 400 or above", l.Refusal.Status.Value)
}

// field wants a field of a limit to be there if its kind requires it, and not to
// be there if its kind has no use for it.
func (c *checker) field(path string, k Kind, there, useful, required bool) {
	if k != TokenBucket && k != FixedWindow {
		return // the kind itself is the problem
	}
	c.want(there || !required, path, "missing: a %s needs it", k)
	c.want(!there || useful, path, "a %s has none: remove it", k)
}

func (c *checker) count(path string, n Claim[Count]) {
	c.want(n.Value > 0, path+".value", "%d: must be at least 1", n.Value)
	c.fact(path, n.Fact)
}

func (c *checker) answer(path string, a Answer) {
	c.want(a.Status.Value >= 200 && a.Status.Value <= 599, path+".status.value", "%d: want an HTTP status from 200 to 599", a.Status.Value)
	c.fact(path+".status", a.Status.Fact)
	for i, h := range a.Headers {
		c.header(fmt.Sprintf("%s.headers[%d]", path, i), h)
	}
	if a.Body != nil {
		c.fact(path+".body", a.Body.Fact)
	}
}

func (c *checker) header(path string, h Header) {
	c.want(headerForm.MatchString(h.Name), path+".name", "%q is no header name", h.Name)
	c.want(!strings.ContainsAny(h.Value, "\r\n\x00"), path+".value", "a header value is one line")
}

var headerForm = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

func (c *checker) fact(path string, f Fact) {
	oneOf(c, path+".evidence", f.Evidence, Documented, Observed, Inferred, Unknown)
	switch f.Evidence {
	case Documented, Observed:
		c.want(f.Source != "", path+".source", "missing: name the page or document, so that a reader can check it")
	case Inferred:
		c.want(f.Note != "", path+".note", "missing: say what it is inferred from")
	}
}
