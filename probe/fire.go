package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"brink/probe/load"
)

const (
	// lateLimit is how overdue a request may be and still be sent: past it, the
	// load would no longer be the one asked for.
	lateLimit = 250 * time.Millisecond
	// leadIn is when the schedule starts, so that its first request is not late.
	leadIn = time.Millisecond
	// drainTime is how long a load that was stopped waits for its answers.
	drainTime = 5 * time.Second
	// errorStreak is how many errors in a row end a load.
	errorStreak = 20

	// noRefusals is why a request was not sent that might have been refused, and
	// been one too many.
	noRefusals = "max refusals"

	interrupted = "interrupted" // the reason of a stop that came from outside
)

// errTimeSpent is why the context of a load ended by itself.
var errTimeSpent = errors.New("the time budget is spent")

// FireOptions say what to send.
type FireOptions struct {
	Target  Target
	Client  *load.Client
	Pacer   load.Pacer
	Version string

	// Budget bounds the load. A zero field sets no bound, save for
	// MaxConcurrency, where it means DefaultBudget's. MaxRequests ends the load,
	// and so does the answer that is the last of MaxRefusals; as every request
	// under way may be refused yet, none is sent while those and the refusals so
	// far add up to MaxRefusals. MaxTime counts from the call of Fire, pauses and
	// the opening of connections included; what is under way by then is cut.
	Budget Budget
}

// Fire sends the load that opt.Pacer describes, in an open loop: request n
// leaves when it is due, whatever became of those before it. One that cannot,
// because the budget holds it back or because it is overdue, is counted as not
// sent and never made up for. Fire returns when every answer is in. When c says
// stop it sends no more and waits for the answers a few seconds at most; when
// ctx is canceled, or MaxTime is over, it cuts what is under way. The report is
// never nil.
func Fire(ctx context.Context, c *Control, opt FireOptions, sinks ...Sink) *FireReport {
	if opt.Budget.MaxConcurrency == 0 {
		opt.Budget.MaxConcurrency = DefaultBudget.MaxConcurrency
	}
	f := &fire{
		opt:   opt,
		sinks: sinks,
		start: time.Now(),
		tally: newFireTally(),
		sent:  make([]time.Duration, min(max(0, int(math.Ceil(float64(opt.Budget.MaxRate)))), 1<<20)),
	}
	report := f.run(ctx, c)
	f.emit(Done{Fire: report})
	return report
}

// fire is one load on its way.
type fire struct {
	opt    FireOptions
	sinks  []Sink
	seq    uint64
	start  time.Time
	engine *load.Engine // nil until connections are open
	tally  *fireTally
	sent   []time.Duration // a ring of the last MaxRate sends
	streak int             // errors in a row
	teller teller
	stop   string // why the load ended early
}

func (f *fire) emit(e Event) {
	r := Record{Seq: f.seq, Event: e}
	if f.engine != nil {
		r.Elapsed = f.engine.Now()
	}
	f.seq++
	for _, s := range f.sinks {
		s.Handle(r)
	}
}

func (f *fire) run(ctx context.Context, c *Control) *FireReport {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	if d := time.Duration(f.opt.Budget.MaxTime); d > 0 {
		var done context.CancelFunc
		ctx, done = context.WithDeadlineCause(ctx, f.start.Add(d), errTimeSpent)
		defer done()
	}
	size := scheduleSize(f.opt.Pacer)
	f.emit(Start{
		Verb: "fire", Target: f.opt.Target, Budget: f.opt.Budget, StartedAt: f.start,
		Load: f.opt.Pacer.String(), Expected: size,
	})
	warm := min(size, f.opt.Budget.MaxConcurrency, connectionsFor(f.opt.Pacer))
	if most := f.opt.Budget.MaxRefusals; most > 0 {
		warm = min(warm, most)
	}
	warming, warmed := c.until(ctx)
	open, err := f.opt.Client.Warm(warming, warm)
	warmed()
	if f.ended(ctx, c) {
		return f.report(nil)
	}
	if open == 0 && err != nil {
		return f.report(new(connectFailure(f.opt.Target.URL, err)))
	}
	f.engine = load.NewEngine(ctx, f.opt.Client, f.opt.Budget.MaxConcurrency)
	if err != nil {
		f.emit(Notice{Warn, fmt.Sprintf("only %d of %d connections could be opened ahead: %s", open, warm, load.Explain(err))})
	}
	f.emit(PhaseStart{Name: "load", Why: f.opt.Pacer.String()})
	f.send(ctx, c)
	f.tell(true) // the last ones may be out for long
	f.drain(ctx, c, cut)
	if n := f.tally.notSent[noRefusals]; n > 0 && f.stop == "" {
		f.stop = fmt.Sprintf("the budget of %d refusals held back %d requests", f.opt.Budget.MaxRefusals, n)
	}
	f.emit(PhaseEnd{Name: "load", Text: f.tally.String()})
	return f.report(nil)
}

// send walks the schedule to its end, or until something stops it.
func (f *fire) send(ctx context.Context, c *Control) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	held := leadIn         // how much later than planned the schedule runs
	var last time.Duration // when the request before was due
	for n := uint64(0); ; n++ {
		due, ok := f.opt.Pacer.At(n)
		if !ok {
			return
		}
		due += held
		for {
			resumed := c.resume()
			if resumed == nil && f.engine.Now() >= due {
				break
			}
			timer.Reset(due - f.engine.Now())
			wake := timer.C
			if resumed != nil {
				wake = nil
			}
			began := f.engine.Now()
			select {
			case <-wake:
			case s := <-f.engine.Results():
				f.engine.Received()
				f.receive(s)
			case <-resumed:
			case <-c.Stopping():
			case <-ctx.Done():
			}
			if resumed != nil { // a pause moves the rest of the schedule
				pause := f.engine.Now() - began
				held, due = held+pause, due+pause
			}
			if f.stopped(ctx, c) {
				return
			}
		}
		f.collect()
		if f.stopped(ctx, c) {
			return
		}
		if why := f.hindrance(n, due, last); why != "" {
			f.tally.notSent[why]++
		} else {
			if len(f.sent) > 0 {
				f.sent[f.tally.sent%len(f.sent)] = f.engine.Now()
			}
			f.tally.sent++
			f.engine.Send(due, 0)
			f.tell(false)
		}
		last = due
	}
}

// drain waits for the answers still due. A load that is stopped, before or
// meanwhile, waits for drainTime and then cuts them.
func (f *fire) drain(ctx context.Context, c *Control, cut func()) {
	var patience <-chan time.Time
	stopping, done := c.Stopping(), ctx.Done()
	for f.engine.InFlight() > 0 {
		if f.stop != "" && patience == nil {
			stopping, patience = nil, time.After(drainTime)
		}
		select {
		case s := <-f.engine.Results():
			f.engine.Received()
			f.receive(s)
		case <-stopping:
			f.ended(ctx, c)
		case <-done:
			done = nil
			f.ended(ctx, c)
		case <-patience:
			cut()
		}
	}
	if f.stop == "" {
		f.ended(ctx, c) // what was cut may be in before the word that it was
	}
}

// collect takes the answers that are in, without waiting.
func (f *fire) collect() {
	for {
		select {
		case s := <-f.engine.Results():
			f.engine.Received()
			f.receive(s)
		default:
			return
		}
	}
}

// hindrance says why request n cannot leave now, or "". Requests due at the
// same instant are one burst, and its tail is not overdue.
func (f *fire) hindrance(n uint64, due, last time.Duration) string {
	now, most := f.engine.Now(), f.opt.Budget.MaxRefusals
	switch {
	case f.engine.InFlight() >= f.opt.Budget.MaxConcurrency:
		return "max concurrency"
	case most > 0 && f.tally.refused+f.engine.InFlight() >= most:
		return noRefusals
	case len(f.sent) > 0 && f.tally.sent >= len(f.sent) && now-f.sent[f.tally.sent%len(f.sent)] < f.window():
		return "max rate"
	case now-due > lateLimit && (n == 0 || due != last):
		return "overdue"
	}
	return ""
}

// window is the time in which the last len(f.sent) sends reach the highest rate:
// a second, or longer when that rate is not whole.
func (f *fire) window() time.Duration {
	return time.Duration(float64(len(f.sent)) / float64(f.opt.Budget.MaxRate) * float64(time.Second))
}

// ended reports whether the load was ended from outside, or by its time.
func (f *fire) ended(ctx context.Context, c *Control) bool {
	switch {
	case f.stop != "": // the first reason is the one
	case c.Reason() != "":
		f.stop = c.Reason()
	case errors.Is(context.Cause(ctx), errTimeSpent):
		f.stop = timeSpent(f.opt.Budget)
	case ctx.Err() != nil:
		f.stop = interrupted
	}
	return f.stop != ""
}

// stopped reports whether the load has to end before its schedule does.
func (f *fire) stopped(ctx context.Context, c *Control) bool {
	b := f.opt.Budget
	switch {
	case f.ended(ctx, c):
	case b.MaxRequests > 0 && f.tally.sent >= b.MaxRequests:
		f.stop = fmt.Sprintf("the budget of %d requests is spent", b.MaxRequests)
	case b.MaxRefusals > 0 && f.tally.refused >= b.MaxRefusals:
		f.stop = fmt.Sprintf("the budget of %d refusals is spent", b.MaxRefusals)
	case f.streak >= errorStreak:
		f.stop = fmt.Sprintf("%d errors in a row", f.streak)
	}
	return f.stop != ""
}

func timeSpent(b Budget) string {
	return fmt.Sprintf("the budget of %s is spent", load.FormatDuration(time.Duration(b.MaxTime)))
}

// receive counts an answer and passes it on.
func (f *fire) receive(s load.Sample) {
	f.engine.Lately(0) // forgets what it keeps for those who go by it
	if s.Outcome == load.Failed || s.Outcome == load.Denied {
		f.streak++
	} else {
		f.streak = 0
	}
	f.emit(Sample{Sample: s, Delay: f.tally.add(s)})
	f.tell(false)
}

// tell says what is out, as often as readers care for, or now if it must.
func (f *fire) tell(must bool) {
	p, now := Progress{Sent: f.tally.sent, InFlight: f.engine.InFlight()}, f.engine.Now()
	if news, wait := f.teller.changed(p, now); news && (must || wait == 0) {
		f.teller.told(p, now)
		f.emit(p)
	}
}

// connectionsFor is how many connections to open ahead. A burst needs one for
// each request; a steady rate those of the requests that are out during a
// quarter of a second, and opens more if answers take longer.
func connectionsFor(p load.Pacer) int {
	n := 0
	for due, ok := p.At(0); ok && due < 250*time.Millisecond && n < 1000; due, ok = p.At(uint64(n)) {
		n++
	}
	return max(1, n)
}

// scheduleSize counts the requests of a schedule by doubling and halving.
func scheduleSize(p load.Pacer) int {
	within := func(n uint64) bool { _, ok := p.At(n); return ok }
	high := uint64(1)
	for within(high-1) && high < 1<<40 {
		high *= 2
	}
	low := high / 2 // request low-1 is within, request high-1 is not
	for high-low > 1 {
		if mid := (low + high) / 2; within(mid - 1) {
			low = mid
		} else {
			high = mid
		}
	}
	return int(low)
}
