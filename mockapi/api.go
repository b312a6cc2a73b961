// Package mockapi serves an API that limits like a named vendor: its paths, its
// credentials, its limits, its refusals, as a profile tells them.
//
// It never imports probe: a probe is tested against this package, and the two
// must not share an idea of how limits work.
package mockapi

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"brink/mockapi/limit"
	"brink/profiles"
)

// Options change how an API behaves. The zero value is a mock that a newcomer
// can use at once.
type Options struct {
	// Seed fixes the service times and the tokens issued.
	Seed uint64
	// Logger is told of refused requests. Nil tells nobody.
	Logger *slog.Logger
	// ServiceTime replaces the median in the profile; nil leaves it.
	ServiceTime *time.Duration
	// Strict refuses, as the vendor does, requests without a credential or
	// without a header the vendor requires. Otherwise a request without a
	// credential belongs to the API key "anonymous".
	Strict bool
	// NoAdmin leaves out the paths under /_mock/. Set it where strangers can
	// reach the server.
	NoAdmin bool
}

// API is the mock of one plan of a profile. It is an http.Handler, safe for
// concurrent use; Serve and Start put it on a network.
//
// Limits come before everything but the credential: a request to an unknown path
// is charged like any other. A request held in a queue keeps its place when its
// client goes away: what was promised to the limiter stays used.
type API struct {
	profile profiles.Profile
	plan    profiles.Plan
	opt     Options
	routes  *http.ServeMux    // finds the pattern of a request, nothing else
	byPath  map[string]*route // by that pattern
	unknown *route            // every other path
	refusal map[string]answer // by the name of the limit
	denied  answer            // no credential, or a bad one
	invalid answer            // a header is missing
	admin   http.Handler
	log     *refusalLog
	median  float64 // of the service time, in nanoseconds
	spread  float64
	started time.Time

	// mu serializes the limiters, and the reading of the clock with them, so that
	// time never runs backwards between two decisions.
	mu      sync.Mutex
	rules   []rule
	charges limit.Charges // reused by every decision
	rng     *rand.Rand
	counts  counts
}

// route is a path and everything that is known before a request comes.
type route struct {
	profiles.Route
	answer answer
	rules  []int // the indexes of the rules that limit it
}

// counts is what became of the requests so far.
type counts struct {
	Answered  int `json:"answered"`  // let through, at once or after a wait
	Queued    int `json:"queued"`    // of these, held back first
	Abandoned int `json:"abandoned"` // of these, given up by the client before the answer
	Refused   int `json:"refused"`   // by a limit
	Denied    int `json:"denied"`    // for their credential or a missing header
}

// New makes the mock of a plan. The profile must be valid.
func New(p profiles.Profile, plan profiles.Plan, opt Options) (*API, error) {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{
		profile: p,
		plan:    plan,
		opt:     opt,
		routes:  http.NewServeMux(),
		byPath:  make(map[string]*route),
		refusal: make(map[string]answer),
		denied:  newAnswer(p.Auth.Unauthorized),
		invalid: newAnswer(p.BadRequest),
		log:     newRefusalLog(opt.Logger),
		median:  float64(p.ServiceTime.Median),
		spread:  p.ServiceTime.Spread,
		started: time.Now(),
		rng:     rand.New(rand.NewPCG(opt.Seed, 0)),
	}
	if opt.ServiceTime != nil {
		a.median = float64(*opt.ServiceTime)
	}
	var err error
	if a.rules, err = newRules(plan); err != nil {
		return nil, fmt.Errorf("mock of %s:%s: %w", p.Name, plan.Name, err)
	}
	for _, l := range plan.Limits {
		a.refusal[l.Name] = newAnswer(l.Refusal)
	}
	for _, r := range p.Routes {
		pattern := r.Method + " " + r.Path
		a.routes.Handle(pattern, http.NotFoundHandler())
		a.byPath[pattern] = a.newRoute(r, r.Answer)
	}
	a.unknown = a.newRoute(profiles.Route{}, p.NotFound)
	a.admin = a.newAdmin()
	return a, nil
}

func (a *API) newRoute(r profiles.Route, ans profiles.Answer) *route {
	rt := &route{Route: r, answer: newAnswer(ans)}
	for i, rule := range a.rules {
		if rule.Covers(r) {
			rt.rules = append(rt.rules, i)
		}
	}
	return rt
}

// ServeHTTP answers as the vendor would.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, adminPrefix) && !a.opt.NoAdmin {
		a.admin.ServeHTTP(w, r)
		return
	}
	rt := a.find(r)
	key, ok := a.apiKey(rt, r)
	if !ok {
		a.deny(w, a.denied)
		return
	}
	if a.opt.Strict && !a.hasHeaders(r) {
		a.deny(w, a.invalid)
		return
	}
	d, due := a.decide(rt, key)
	if d.Verdict == limit.Reject {
		a.log.refused(key, r, d)
		a.refusal[d.Rule].write(w)
		return
	}
	if !hold(r, due) {
		a.count(func(c *counts) { c.Abandoned++ })
		return
	}
	if rt.Token != nil {
		a.issueToken(w, r, rt, key)
		return
	}
	rt.answer.write(w)
}

// find returns the route of a request. The mux is only asked for the pattern:
// its own answers to other methods and unclean paths are not the vendor's.
func (a *API) find(r *http.Request) *route {
	_, pattern := a.routes.Handler(r)
	if rt, ok := a.byPath[pattern]; ok {
		return rt
	}
	return a.unknown
}

// decide charges the limits of a route with one request, and says when its
// answer is due if it was let through.
func (a *API) decide(rt *route, key string) (limit.Decision, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.charges = a.charges[:0]
	for _, i := range rt.rules {
		a.charges = append(a.charges, limit.Charge{Limiter: a.rules[i].limiter, Key: a.rules[i].key(key)})
	}
	d := a.charges.Decide(now, 1)
	if d.Verdict == limit.Reject {
		a.counts.Refused++
		return d, now
	}
	a.counts.Answered++
	if d.Verdict == limit.Queue {
		a.counts.Queued++
	}
	return d, now.Add(d.Wait + a.serviceTime())
}

// now is the time as it passed since the start. Setting the machine's clock
// does not move it. The caller holds mu.
func (a *API) now() time.Time { return a.started.Add(time.Since(a.started)) }

// serviceTime draws how long a request takes. The caller holds mu.
func (a *API) serviceTime() time.Duration {
	return time.Duration(a.median * math.Exp(a.spread*a.rng.NormFloat64()))
}

// hold waits until a request is due, and reports whether its client did, too.
func hold(r *http.Request, due time.Time) bool {
	wait := time.Until(due)
	if wait <= 0 {
		return true
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (a *API) deny(w http.ResponseWriter, ans answer) {
	a.count(func(c *counts) { c.Denied++ })
	ans.write(w)
}

func (a *API) count(add func(*counts)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	add(&a.counts)
}
