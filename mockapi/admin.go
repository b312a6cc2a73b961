package mockapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

const adminPrefix = "/_mock/"

// newAdmin serves the paths that look into the mock.
func (a *API) newAdmin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+adminPrefix+"state", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.Encode(a.state()) // an error means that the client left
	})
	mux.HandleFunc("POST "+adminPrefix+"reset", func(w http.ResponseWriter, _ *http.Request) {
		a.reset()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// state is what GET /_mock/state answers.
type state struct {
	Profile  string       `json:"profile"`
	Plan     string       `json:"plan"`
	Now      time.Time    `json:"now"`
	Requests counts       `json:"requests"`
	Limits   []limitState `json:"limits"`
}

type limitState struct {
	Name    string     `json:"name"`
	Kind    string     `json:"kind"`
	Scope   string     `json:"scope"`
	Summary string     `json:"summary"`
	Keys    []keyState `json:"keys"` // those with something used up
}

type keyState struct {
	Key          string  `json:"key"`
	Limit        int     `json:"limit"`
	Remaining    int     `json:"remaining"`
	Queued       int     `json:"queued"`
	ResetAfterMS float64 `json:"reset_after_ms"` // until all of the limit is back
}

func (a *API) state() state {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	s := state{Profile: a.profile.Name, Plan: a.plan.Name, Now: now.UTC(), Requests: a.counts, Limits: []limitState{}}
	for _, r := range a.rules {
		l := limitState{
			Name: r.Name, Kind: string(r.Kind.Value), Scope: string(r.Scope.Value),
			Summary: r.Summary(), Keys: []keyState{},
		}
		for key := range r.limiter.Keys() {
			d := r.limiter.Peek(now, key, 0)
			if d.Remaining == d.Limit {
				continue // idle, and not forgotten yet
			}
			l.Keys = append(l.Keys, keyState{
				Key: label(key), Limit: d.Limit, Remaining: d.Remaining, Queued: d.Queued,
				ResetAfterMS: float64(d.ResetAfter.Microseconds()) / 1000,
			})
		}
		slices.SortFunc(l.Keys, func(x, y keyState) int { return cmp.Compare(x.Key, y.Key) })
		s.Limits = append(s.Limits, l)
	}
	return s
}

// reset gives every key all of its allowances back. Requests held in a queue
// stay there until they are due.
func (a *API) reset() {
	rules, err := newRules(a.plan)
	if err != nil {
		panic(err) // New made the same ones
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rules, a.counts = rules, counts{}
}
