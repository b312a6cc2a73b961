package report

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"brink/probe"
)

// Bars shows the progress of a run on a terminal: a bar for each phase with what
// it taught once it is over, and the findings and notices above the bars.
type Bars struct {
	p      *mpb.Progress
	bar    *mpb.Bar // nil between phases
	taught *atomic.Pointer[string]
	total  int64 // of the present bar
	count  int64 // the samples of the present phase
	fire   int   // how many requests a fire sends; 0 for a probe
	last   string
}

var _ probe.Sink = (*Bars)(nil)

// NewBars starts drawing on w, which must be a terminal: mpb draws nothing on
// anything else. Close it before writing to the same terminal.
func NewBars(w io.Writer) *Bars {
	return &Bars{p: mpb.New(mpb.WithOutput(w), mpb.WithWidth(24), mpb.WithRefreshRate(150*time.Millisecond))}
}

// Handle draws what r tells.
func (b *Bars) Handle(r probe.Record) {
	switch e := r.Event.(type) {
	case probe.Start:
		b.fire = e.Expected
	case probe.PhaseStart:
		b.begin(e.Name)
	case probe.Sample:
		b.advance()
	case probe.PhaseEnd:
		b.end(e.Text)
	case probe.Finding, probe.Notice:
		if text := progress(e, &b.last); text != "" {
			b.Say(text)
		}
	}
}

// begin opens the bar of a phase. How many requests a phase of a probe takes is
// not known ahead, so its bar fills against a total that doubles when reached.
func (b *Bars) begin(name string) {
	const guess = 16
	b.count, b.total = 0, int64(b.fire)
	if b.total == 0 {
		b.total = guess
	}
	taught := new(atomic.Pointer[string])
	b.taught = taught
	// Zero, because mpb lets no bar grow that was made with a total.
	b.bar = b.p.New(0, mpb.BarStyle().Lbound("").Rbound("").Filler("█").Tip("█").Padding("░"),
		mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-12s", name))),
		mpb.AppendDecorators(decor.Any(func(s decor.Statistics) string {
			if text := taught.Load(); text != nil {
				return " " + *text
			}
			return fmt.Sprintf(" %d requests", s.Current)
		})),
	)
	b.bar.SetTotal(b.total, false)
}

func (b *Bars) advance() {
	if b.bar == nil {
		return
	}
	b.count++
	if b.fire == 0 && b.count >= b.total {
		b.total *= 2
		b.bar.SetTotal(b.total, false)
	}
	b.bar.SetCurrent(b.count) // and is complete only when end says so
}

func (b *Bars) end(text string) {
	if b.bar == nil {
		return
	}
	if text = Printable(text); text != "" {
		b.taught.Store(&text)
	}
	b.bar.SetCurrent(max(1, b.count))
	b.bar.SetTotal(-1, true) // to the present count
	b.bar = nil
}

// Say writes a line above the bars. It may be called from any goroutine. The
// line begins with a return, because a terminal echoes the ^C that led to it,
// and mpb would begin behind that.
func (b *Bars) Say(text string) { fmt.Fprintf(b.p, "\r%s\n", Printable(text)) }

// Close ends the bar that is open, when a run broke off, and waits until all is
// drawn.
func (b *Bars) Close() error {
	if b.bar != nil {
		b.bar.Abort(false)
		b.bar = nil
	}
	b.p.Wait()
	return nil
}
