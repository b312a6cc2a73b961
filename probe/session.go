package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"brink/probe/infer"
	"brink/probe/load"
)

// Why a session ends before its experiments do. Every phase returns these
// unchanged.
var (
	errCut    = errors.New("cut off")    // the user's context ended: nothing more is waited for
	errStop   = errors.New("stopped")    // Control.Stop: what is under way is waited for
	errBudget = errors.New("budget")     // a budget is spent; halted says which
	errUnsafe = errors.New("safety")     // going on would do harm; halted says why
	errFailed = errors.New("no measure") // nothing can be measured; failure says why
)

// failStreak is how many errors in a row end a run.
const failStreak = 5

// session sends on behalf of a prober: it keeps the budget, tells the sinks,
// and remembers every sample.
type session struct {
	opt    Options
	ctx    context.Context
	ctl    *Control
	engine *load.Engine
	sinks  []Sink

	seq     uint64
	teller  teller
	phase   int
	samples []load.Sample
	spent   Spent
	aborted int // of the failed: given up by brink itself
	base    infer.Baseline
	warm    int // connections opened ahead
	streak  int // errors in a row
	failed  error
	halted  string // why the session ended, in words
	failure *Failure

	longest      time.Duration // of the accepted, from write to answer
	firstRefusal *load.Sample
	retryAt      time.Duration // when the last refusal asked to come back; 0 if it did not
}

func (s *session) emit(e Event) {
	r := Record{Seq: s.seq, Elapsed: s.engine.Now(), Event: e}
	s.seq++
	for _, sink := range s.sinks {
		sink.Handle(r)
	}
}

func (s *session) notice(l Level, format string, args ...any) {
	s.emit(Notice{l, fmt.Sprintf(format, args...)})
}

// run carries out one phase between its two events. The text f returns says
// what the phase taught.
func (s *session) run(name, why string, f func() (string, error)) error {
	s.emit(PhaseStart{s.phase, name, why})
	text, err := f()
	if err != nil && text == "" {
		text = s.halted
	}
	s.emit(PhaseEnd{s.phase, name, text})
	s.phase++
	return err
}

// send sends one request as soon as every budget allows, and not before due.
func (s *session) send(due time.Duration) error {
	if err := s.until(due); err != nil {
		return err
	}
	if err := s.ready(s.engine.InFlight() + 1); err != nil {
		return err
	}
	if err := s.allowed(); err != nil {
		return err
	}
	s.spent.Requests++
	s.engine.Send(max(due, 0), s.phase)
	return nil
}

// ready opens connections ahead of need, so that no handshake delays a request.
func (s *session) ready(inFlight int) error {
	if inFlight <= s.warm {
		return nil
	}
	want := min(max(2*s.warm, inFlight, 4), s.opt.Budget.MaxConcurrency)
	ctx, done := s.ctl.until(s.ctx)
	defer done()
	open, err := s.opt.Client.Warm(ctx, want)
	if err != nil && open < inFlight {
		s.notice(Warn, "only %d connections could be opened: %s", open, load.Explain(err))
	}
	s.warm = want
	return nil
}

// await handles answers until the time is reached or enough is true.
func (s *session) await(until time.Duration, enough func() bool) error {
	for !enough() {
		if s.failed != nil {
			return s.failed
		}
		wait := until - s.engine.Now()
		if wait <= 0 {
			return nil
		}
		timer := time.NewTimer(s.tell(wait))
		select {
		case sample := <-s.engine.Results():
			s.receive(sample)
		case <-timer.C:
		case <-s.ctl.Stopping():
			timer.Stop()
			s.halted = s.ctl.Reason()
			return errStop
		case <-s.ctx.Done():
			timer.Stop()
			return s.cut()
		}
		timer.Stop()
	}
	return nil
}

// idle waits until nothing is under way.
func (s *session) idle() error {
	return s.await(s.engine.Now()+time.Hour, func() bool { return s.engine.InFlight() == 0 })
}

// until waits for a moment, or says at once that it lies beyond the budget.
func (s *session) until(t time.Duration) error {
	if t > time.Duration(s.opt.Budget.MaxTime) {
		return s.outOfTime()
	}
	return s.await(t, func() bool { return false })
}

// pause waits for the given time.
func (s *session) pause(d time.Duration) error { return s.until(s.engine.Now() + d) }

// paused waits for the user to resume.
func (s *session) paused() error {
	s.notice(Info, "paused")
	for {
		resumed := s.ctl.resume()
		if resumed == nil {
			s.notice(Info, "resumed")
			return nil
		}
		select {
		case <-resumed:
		case sample := <-s.engine.Results():
			s.receive(sample)
		case <-s.ctl.Stopping():
			s.halted = s.ctl.Reason()
			return errStop
		case <-s.ctx.Done():
			return s.cut()
		}
	}
}

// tell reports progress if it is due, and shortens a wait to when it will be.
func (s *session) tell(wait time.Duration) time.Duration {
	p, now := Progress{s.spent.Requests, s.engine.InFlight()}, s.engine.Now()
	news, hold := s.teller.changed(p, now)
	switch {
	case !news:
		return wait
	case hold > 0:
		return min(wait, hold)
	}
	s.teller.told(p, now)
	s.emit(p)
	return wait
}

// stopping reports whether the user wants the run to end.
func (s *session) stopping() bool {
	select {
	case <-s.ctl.Stopping():
		return true
	default:
		return false
	}
}

// cut says why the context ended: the time budget, or the user.
func (s *session) cut() error {
	if errors.Is(s.ctx.Err(), context.DeadlineExceeded) {
		return s.outOfTime()
	}
	s.halted = "cut off"
	return errCut
}

// receive takes in one answer.
func (s *session) receive(sample load.Sample) {
	s.engine.Received()
	s.samples = append(s.samples, sample)
	e := Sample{Sample: sample}
	first := false
	switch sample.Outcome {
	case load.Accepted:
		s.spent.Accepted++
		s.streak = 0
		s.longest = max(s.longest, sample.Latency())
		if over := sample.Wait().Seconds() - s.base.Latency; s.base.Latency > 0 && over > s.delayed() {
			e.Delay = time.Duration(over * float64(time.Second))
		}
	case load.Refused:
		s.spent.Refused++
		s.streak = 0
		s.retryAt = 0
		if wait, ok := load.RetryAfter(sample.RetryAfter, s.engine.Start().Add(sample.Done)); ok {
			s.retryAt = sample.Done + wait
		}
		if first = s.firstRefusal == nil; first {
			s.firstRefusal = &sample
		}
	case load.Aborted:
		s.spent.Failed++
		s.aborted++
	default:
		s.spent.Failed++
		s.streak++
		s.checkHarm(sample)
	}
	s.emit(e)
	if first {
		s.notice(Warn, "first refusal: status %d after %d accepted", sample.Status, s.spent.Accepted)
	}
}

// delayed is the excess latency, in seconds, that cannot be noise.
func (s *session) delayed() float64 {
	return max(0.6*s.base.Latency, 0.004, 4*s.base.Noise)
}

// checkHarm ends the session when going on would do harm.
func (s *session) checkHarm(sample load.Sample) {
	what := sample.Err
	if sample.Status != 0 {
		what = fmt.Sprintf("status %d", sample.Status)
	}
	answered := s.spent.Accepted+s.spent.Refused > 0
	switch {
	case s.failed != nil || s.halted != "" || sample.Outcome == load.Aborted: // over already
	case sample.Outcome == load.Denied && answered:
		s.halted = fmt.Sprintf("the API began to answer %s", what)
		s.failed = errUnsafe
	case s.streak >= failStreak && answered:
		s.halted = fmt.Sprintf("%d errors in a row: %s", s.streak, what)
		if sample.Status == http.StatusServiceUnavailable {
			s.halted += " (some limiters refuse with 503; brink takes one for a refusal only if it has a Retry-After)"
		}
		s.failed = errUnsafe
	}
}

// refusedSince reports whether any sample from index from on was refused.
func (s *session) refusedSince(from int) bool {
	for _, x := range s.samples[from:] {
		if x.Outcome == load.Refused {
			return true
		}
	}
	return false
}

// perform carries out a step that begins now.
func (s *session) perform(step infer.Step) error {
	from := len(s.samples)
	if step.InFlight > 1 {
		if err := s.ready(min(step.InFlight, step.Count, s.opt.Budget.MaxConcurrency)); err != nil {
			return err
		}
	}
	due := s.engine.Now()
	for i := range step.Count {
		stop := func() bool { return step.UntilRefused && s.refusedSince(from) }
		if err := s.await(s.engine.Now()+time.Hour, func() bool { return stop() || s.engine.InFlight() < step.InFlight }); err != nil {
			return err
		}
		s.collect()
		if stop() {
			break
		}
		if step.InFlight < step.Count {
			due = s.engine.Now()
		} else if i > 0 {
			due += duration(step.Gap)
		}
		if err := s.send(due); err != nil {
			return err
		}
	}
	return s.idle()
}

// collect takes in the answers that are already there, without waiting.
func (s *session) collect() {
	for {
		select {
		case sample := <-s.engine.Results():
			s.receive(sample)
		default:
			return
		}
	}
}

// duration turns the seconds of package infer into a Duration.
func duration(s float64) time.Duration {
	if s > math.MaxInt64/2e9 {
		return math.MaxInt64 / 2
	}
	return time.Duration(s * float64(time.Second))
}
