package probe

import (
	"context"
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

	interrupted = "interrupted" // the reason of a stop that came from outside
)

// FireOptions say what to send. A zero field of the Budget sets no bound, save
// for MaxConcurrency, where it means DefaultBudget's.
type FireOptions struct {
	Target  Target
	Client  *load.Client
	Pacer   load.Pacer
	Budget  Budget
	Version string
}

// Fire sends the load that opt.Pacer describes, in an open loop: request n
// leaves when it is due, whatever became of those before it. One that cannot,
// because the budget holds it back or because it is overdue, is counted as not
// sent and never made up for. Fire returns when every answer is in, when c says
// stop, or when ctx is canceled, which also cuts what is under way. The report
// is never nil.
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
	size := scheduleSize(f.opt.Pacer)
	f.emit(Start{
		Verb: "fire", Target: f.opt.Target, Budget: f.opt.Budget, StartedAt: f.start,
		Load: f.opt.Pacer.String(), Expected: size,
	})
	warm := min(size, f.opt.Budget.MaxConcurrency, connectionsFor(f.opt.Pacer))
	open, err := f.opt.Client.Warm(ctx, warm)
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
	f.drain(c, cut)
	if f.stop == "" && ctx.Err() != nil {
		f.stop = interrupted
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
func (f *fire) drain(c *Control, cut func()) {
	var timeUp, patience <-chan time.Time
	if d := time.Duration(f.opt.Budget.MaxTime); d > 0 {
		timeUp = time.After(d - f.engine.Now())
	}
	for f.engine.InFlight() > 0 {
		stopping := c.Stopping()
		if f.stop != "" {
			timeUp, stopping = nil, nil
			if patience == nil {
				patience = time.After(drainTime)
			}
		}
		select {
		case s := <-f.engine.Results():
			f.engine.Received()
			f.receive(s)
		case <-stopping:
			f.stop = c.Reason()
		case <-timeUp:
			f.stop = timeSpent(f.opt.Budget)
		case <-patience:
			cut()
		}
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
	now := f.engine.Now()
	switch {
	case f.engine.InFlight() >= f.opt.Budget.MaxConcurrency:
		return "max concurrency"
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

// stopped reports whether the load has to end before its schedule does.
func (f *fire) stopped(ctx context.Context, c *Control) bool {
	b := f.opt.Budget
	switch {
	case c.Reason() != "":
		f.stop = c.Reason()
	case ctx.Err() != nil:
		f.stop = interrupted
	case b.MaxRequests > 0 && f.tally.sent >= b.MaxRequests:
		f.stop = fmt.Sprintf("the budget of %d requests is spent", b.MaxRequests)
	case b.MaxRefusals > 0 && f.tally.refused >= b.MaxRefusals:
		f.stop = fmt.Sprintf("the budget of %d refusals is spent", b.MaxRefusals)
	case b.MaxTime > 0 && f.engine.Now() >= time.Duration(b.MaxTime):
		f.stop = timeSpent(b)
	case f.streak >= errorStreak:
		f.stop = fmt.Sprintf("%d errors in a row", f.streak)
	}
	return f.stop != ""
}

func timeSpent(b Budget) string {
	return fmt.Sprintf("the budget of %v is spent", time.Duration(b.MaxTime))
}

// receive counts an answer and passes it on.
func (f *fire) receive(s load.Sample) {
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
