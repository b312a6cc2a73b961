// Package profiles holds what is known about the limits of named vendors: one
// YAML file for each, in which every number carries its evidence and its source.
//
// It is data and the code to read it, with no behavior: mockapi behaves like a
// profile, and a probe's result is compared with one. It imports nothing of
// brink, and any package may import it.
package profiles

import "strings"

// Profile is one vendor's API.
type Profile struct {
	Name        string      `yaml:"name" json:"name"`   // as on the command line
	Title       string      `yaml:"title" json:"title"` // as people say it
	Docs        string      `yaml:"docs" json:"docs"`   // the vendor's page about its limits
	BaseURL     string      `yaml:"base_url" json:"base_url"`
	Auth        Auth        `yaml:"auth" json:"auth"`
	Headers     []Header    `yaml:"headers" json:"headers,omitempty"` // what every request must carry
	Probe       Probe       `yaml:"probe" json:"probe"`
	ServiceTime ServiceTime `yaml:"service_time" json:"service_time"`
	Routes      []Route     `yaml:"routes" json:"routes"`
	NotFound    Answer      `yaml:"not_found" json:"not_found"`     // to a path no route has
	BadRequest  Answer      `yaml:"bad_request" json:"bad_request"` // to a request without a header it must carry
	DefaultPlan string      `yaml:"default_plan" json:"default_plan"`
	Plans       []Plan      `yaml:"plans" json:"plans"`
}

// Fact says how well a value is known, and from where.
type Fact struct {
	Evidence Evidence `yaml:"evidence" json:"evidence"`
	Source   string   `yaml:"source" json:"source,omitempty"` // a page or document that a reader can look up
	Note     string   `yaml:"note" json:"note,omitempty"`     // for inferred values, the reason
}

// Known reports whether the vendor says so or an answer showed it.
func (f Fact) Known() bool { return f.Evidence == Documented || f.Evidence == Observed }

// Evidence grades how well a value is known.
type Evidence string

// The grades of evidence, best first.
const (
	Documented Evidence = "documented" // the vendor or its staff says so
	Observed   Evidence = "observed"   // seen in an answer of the real API
	Inferred   Evidence = "inferred"   // follows from other facts; the note says how
	Unknown    Evidence = "unknown"    // nobody said; the value is only what the mock does
)

// Claim is a value and how well it is known. It is generic, against the custom
// of this code, because a struct for each type of value would be the same four
// lines every time.
type Claim[T any] struct {
	Value T `yaml:"value" json:"value"`
	Fact  `yaml:",inline"`
}

// Auth is how callers prove who they are.
type Auth struct {
	Kind         AuthKind `yaml:"kind" json:"kind"`
	Env          string   `yaml:"env" json:"env"`   // the environment variable that holds the real credential
	Demo         string   `yaml:"demo" json:"demo"` // a credential for the mock: no secret
	Unauthorized Answer   `yaml:"unauthorized" json:"unauthorized"`
}

// AuthKind is a way to send a credential.
type AuthKind string

// Bearer is the header "Authorization: Bearer TOKEN".
const Bearer AuthKind = "bearer"

// Header is a header field.
type Header struct {
	Name  string `yaml:"name" json:"name"`
	Value string `yaml:"value" json:"value"`
}

// Probe is the request that a probe may send again and again: it changes
// nothing and costs the vendor little.
type Probe struct {
	Method string `yaml:"method" json:"method"`
	Path   string `yaml:"path" json:"path"`
}

// ServiceTime is how long the API takes to answer when nothing holds a request
// back: log-normal, with the median and the standard deviation of its logarithm,
// which for small values is the relative spread (0.1: ten percent).
type ServiceTime struct {
	Median Duration `yaml:"median" json:"median"`
	Spread float64  `yaml:"spread" json:"spread"`
	Fact   `yaml:",inline"`
}

// Route is a request the API answers. A route with a Token issues access tokens.
type Route struct {
	Name   string `yaml:"name" json:"name"`
	Method string `yaml:"method" json:"method"`
	Path   string `yaml:"path" json:"path"` // a segment like {id} stands for any
	Answer Answer `yaml:"answer" json:"answer"`
	Token  *Token `yaml:"token" json:"token,omitempty"`
}

// Token is what a token endpoint issues.
type Token struct {
	Lifetime Claim[Duration] `yaml:"lifetime" json:"lifetime"`
}

// Answer is a response. A token endpoint's body is made by the mock.
type Answer struct {
	Status      Claim[Count]   `yaml:"status" json:"status"`
	ContentType string         `yaml:"content_type" json:"content_type,omitempty"`
	Headers     []Header       `yaml:"headers" json:"headers,omitempty"`
	Body        *Claim[string] `yaml:"body" json:"body,omitempty"`
}

// Plan is a set of limits a vendor sells or grants under one name.
type Plan struct {
	Name   string  `yaml:"name" json:"name"`
	Title  string  `yaml:"title" json:"title"`
	Note   string  `yaml:"note" json:"note,omitempty"`
	Limits []Limit `yaml:"limits" json:"limits"`
}

// Limit is one limit of a plan. Which fields it has depends on its kind: a
// token bucket has Rate and Burst and may have a Queue, a fixed window has
// Limit, Window and Align. The others are nil.
type Limit struct {
	Name string      `yaml:"name" json:"name"`
	Kind Claim[Kind] `yaml:"kind" json:"kind"`

	Rate  *Claim[Rate]  `yaml:"rate" json:"rate,omitempty"`
	Burst *Claim[Count] `yaml:"burst" json:"burst,omitempty"` // how many may start at once after a rest
	Queue *Queue        `yaml:"queue" json:"queue,omitempty"`

	Limit  *Claim[Count]    `yaml:"limit" json:"limit,omitempty"` // requests in a window
	Window *Claim[Duration] `yaml:"window" json:"window,omitempty"`
	Align  *Claim[Align]    `yaml:"align" json:"align,omitempty"`

	Scope               Claim[Scope] `yaml:"scope" json:"scope"`
	RefusedRequestsFree Claim[bool]  `yaml:"refused_requests_free" json:"refused_requests_free"` // true: a refused request is not counted
	// Routes names what is limited. Empty, the limit is on every request but
	// those to token endpoints.
	Routes  []string `yaml:"routes" json:"routes,omitempty"`
	Refusal Answer   `yaml:"refusal" json:"refusal"`
}

// Kind is a limiter's algorithm.
type Kind string

// The kinds of limits. GCRA, a leaky bucket used as a meter, and minimum
// spacing (burst 1) are token buckets: nothing observable tells them apart.
const (
	TokenBucket Kind = "token_bucket"
	FixedWindow Kind = "fixed_window"
)

// Queue holds requests above the limit back, up to its depth, before any is
// refused.
type Queue struct {
	Depth Claim[Count] `yaml:"depth" json:"depth"`
	Drain Claim[Drain] `yaml:"drain" json:"drain"`
}

// Drain is how requests leave a queue.
type Drain string

// Smooth lets queued requests start one by one, evenly spaced at the rate.
const Smooth Drain = "smooth"

// Align is where fixed windows begin.
type Align string

// Clock is a grid on the wall clock, in UTC: a window of 24h begins at midnight.
const Clock Align = "clock"

// Scope is who shares an allowance.
type Scope string

// The scopes of limits.
const (
	Tenant Scope = "tenant"  // everybody who calls this host
	APIKey Scope = "api_key" // every token issued to one API key (OAuth client)
)

// Plan returns the named plan; "" is the default one.
func (p Profile) Plan(name string) (Plan, error) {
	if name == "" {
		name = p.DefaultPlan
	}
	var names []string
	for _, plan := range p.Plans {
		if plan.Name == name {
			return plan, nil
		}
		names = append(names, plan.Name)
	}
	return Plan{}, &UnknownError{What: "plan of " + p.Name, Name: name, Known: names}
}

// ProbeURL is the safe request's address under a base URL.
func (p Profile) ProbeURL(base string) string {
	return strings.TrimSuffix(base, "/") + p.Probe.Path
}
