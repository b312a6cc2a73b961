package probe

import (
	"fmt"
	"math"
	"time"

	"brink/probe/load"
)

// rateSlack widens the window of the rate budget by what requests may be delayed
// on their way.
const rateSlack = 5 * time.Millisecond

// allowed waits until one more request breaks no budget, or says which one it
// would break.
func (s *session) allowed() error {
	b := s.opt.Budget
	for {
		if s.stopping() {
			s.halted = s.ctl.Reason()
			return errStop
		}
		if s.ctx.Err() != nil {
			return s.cut()
		}
		now := s.engine.Now()
		switch wait, inFlight := s.rateWait(now), s.engine.InFlight(); {
		case s.failed != nil:
			return s.failed
		case s.ctl.Paused():
			if err := s.paused(); err != nil {
				return err
			}
		case s.spent.Requests >= b.MaxRequests:
			return s.spend("requests", b.MaxRequests)
		case now+s.longest+s.expectedWait() > time.Duration(b.MaxTime):
			return s.outOfTime()
		case wait > 0:
			if err := s.until(now + wait); err != nil {
				return err
			}
		// Each request under way may yet be refused.
		case s.spent.Refused+inFlight >= b.MaxRefusals && inFlight == 0:
			return s.spend("refusals", b.MaxRefusals)
		case inFlight >= b.MaxConcurrency, s.spent.Refused+inFlight >= b.MaxRefusals:
			if err := s.await(time.Hour+now, func() bool { return s.engine.InFlight() < inFlight }); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// outOfTime ends the session because what comes next would end too late.
func (s *session) outOfTime() error {
	s.halted = fmt.Sprintf("the next step would go beyond the time budget of %s", load.FormatDuration(time.Duration(s.opt.Budget.MaxTime)))
	return errBudget
}

// spend ends the session because a count is used up.
func (s *session) spend(what string, limit int) error {
	s.halted = fmt.Sprintf("the budget of %d %s is spent", limit, what)
	return errBudget
}

// expectedWait is how long the answer to a request sent now may take, going by
// the delays seen.
func (s *session) expectedWait() time.Duration {
	return time.Duration(2 * s.base.Latency * float64(time.Second))
}

// rateWait is how long to wait before one more request keeps every stretch of
// a second (or, below one a second, of one interval) within the rate budget. It
// goes by when requests were written, because that is what the API sees.
func (s *session) rateWait(now time.Duration) time.Duration {
	rate := float64(s.opt.Budget.MaxRate)
	window := time.Duration(max(1, 1/rate)*float64(time.Second)) + rateSlack
	n, oldest := s.engine.Lately(window)
	if n < int(max(1, math.Floor(rate*(window-rateSlack).Seconds()+1e-9))) {
		return 0
	}
	return max(oldest+window-now, time.Millisecond)
}

// timeLeft is what remains of the time budget.
func (s *session) timeLeft() time.Duration {
	return time.Duration(s.opt.Budget.MaxTime) - s.engine.Now()
}

// bearable ends the session if the last refusal asked to stay away for longer
// than it may last.
func (s *session) bearable() error {
	if wait := s.retryAt - s.engine.Now(); wait > s.timeLeft() {
		s.halted = fmt.Sprintf("the API asks to come back in %v, which is beyond the time budget", wait.Round(time.Second))
		return errUnsafe
	}
	return nil
}

// patient stays away for as long as the last refusal asked for.
func (s *session) patient() error {
	if err := s.bearable(); err != nil {
		return err
	}
	return s.until(s.retryAt)
}
