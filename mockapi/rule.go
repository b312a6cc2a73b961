package mockapi

import (
	"fmt"
	"iter"
	"time"

	"brink/mockapi/limit"
	"brink/profiles"
)

// limiter is a limit that can be looked at from the admin paths.
type limiter interface {
	limit.Limiter
	Keys() iter.Seq[string]
}

// rule is a limit of the plan at work.
type rule struct {
	profiles.Limit
	limiter limiter
}

// newRules makes the limiters of a plan, all of them unused.
func newRules(plan profiles.Plan) ([]rule, error) {
	var rules []rule
	for _, l := range plan.Limits {
		lim, err := newLimiter(l)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule{Limit: l, limiter: lim})
	}
	return rules, nil
}

func newLimiter(l profiles.Limit) (limiter, error) {
	switch l.Kind.Value {
	case profiles.TokenBucket:
		queue := 0
		if l.Queue != nil {
			queue = int(l.Queue.Depth.Value)
		}
		return limit.NewBucket(l.Name, limit.Rate(l.Rate.Value), int(l.Burst.Value), queue)
	case profiles.FixedWindow:
		return limit.NewWindow(l.Name, int(l.Limit.Value), time.Duration(l.Window.Value))
	}
	return nil, fmt.Errorf("limit %s: no limiter is of kind %q", l.Name, l.Kind.Value)
}

// everyone is the one key of a limit that all callers share.
const everyone = "everyone"

// key is what the rule knows a caller by.
func (r *rule) key(apiKey string) string {
	if r.Scope.Value == profiles.Tenant {
		return everyone
	}
	return apiKey
}
