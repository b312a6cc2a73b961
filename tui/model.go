package tui

import (
	"runtime/debug"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"brink/probe"
	"brink/tui/draw"
	"brink/tui/theme"
)

// toastTime is how long a remark stays in the footer.
const toastTime = 4 * time.Second

// model is the only tea.Model. It holds the picture, not the run: what is known
// of the run is in the store, and control is the only way to steer it.
type model struct {
	store   *Store
	control *probe.Control
	cut     func()
	theme   theme.Theme
	every   time.Duration // between two looks at the store

	now  time.Time // of the last tick: the only clock here
	snap snapshot
	live status
	grid draw.Grid
	lay  layout

	help       bool
	asking     bool // whether to stop the run and quit
	leaving    bool // quit when the run is done
	left       bool // about to quit: the last frame is empty
	suspending bool // when nothing is under way any more
	resume     bool // resume the traffic after that
	noShell    string
	toast      string
	toastUntil time.Time

	interrupted   bool
	interruptedAt time.Time

	dirty bool
	frame string
	drawn struct { // what the frame shows, to notice when it is out of date
		version        uint64
		column, second time.Duration
	}
	crash *crash
}

// tickMsg asks for a look at the store.
type tickMsg time.Time

var _ tea.Model = (*model)(nil)

// Init takes the first look.
func (m *model) Init() tea.Cmd {
	return func() tea.Msg { return tickMsg(time.Now()) }
}

// Update handles sizes, keys and ticks; it does no I/O. A panic ends the program
// in good order, with the terminal restored.
func (m *model) Update(msg tea.Msg) (self tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			m.crash = &crash{v, debug.Stack()}
			self, cmd = m, m.leave()
		}
	}()
	if m.crash != nil { // in View, which cannot quit
		return m, m.leave()
	}
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.grid.Resize(msg.Width, msg.Height)
		m.lay = layoutOf(msg.Width, msg.Height)
		m.dirty = true
		cmd = tea.ClearScreen // what the terminal made of the old frame is anybody's guess
	case tea.KeyMsg:
		cmd = m.press(msg.String())
		m.look()
		m.dirty = true
	case tickMsg:
		m.now = time.Time(msg)
		m.look()
		if m.live.done && m.leaving {
			return m, m.leave()
		}
		if m.suspending && (m.live.inFlight == 0 || m.live.done) {
			return m, tea.Batch(m.tick(), m.suspendNow())
		}
		cmd = m.tick()
	case tea.ResumeMsg:
		if m.resume {
			m.control.Resume()
			m.resume = false
		}
		m.dirty = true
	}
	return m, cmd
}

func (m *model) tick() tea.Cmd {
	return tea.Tick(m.every, func(t time.Time) tea.Msg { return tickMsg(t) })
}

// leave quits with an empty frame. Going back to the main screen, tmux spills
// what is on the alternate one into it when the size has changed in between
// (3.3a does so under less, too), and an empty screen spills nothing.
func (m *model) leave() tea.Cmd {
	m.left = true
	return tea.Quit
}

// look takes over what has changed in the run.
func (m *model) look() {
	was := m.live
	m.live = m.store.status()
	m.live.frozen = was.frozen
	m.live.paused = m.control.Paused()
	select {
	case <-m.control.Stopping():
		m.live.stopping = true
		m.leaving = m.leaving || m.control.Reason() == interrupted
	default:
	}
	if !m.live.done && !m.live.began.IsZero() {
		m.live.elapsed = max(m.live.elapsed, m.now.Sub(m.live.began))
	}
	if m.toast != "" && m.now.After(m.toastUntil) {
		m.say("")
	}
	if m.live.paused != was.paused || m.live.stopping != was.stopping || m.live.done != was.done {
		m.dirty = true
	}
	second := m.live.elapsed / time.Second
	column := m.live.elapsed
	if m.snap.binWidth > 0 {
		column /= newTimeline(m.live.elapsed, m.snap.binWidth, m.lay.chart.W-2-axisWidth).width()
	}
	if d := &m.drawn; d.version != m.live.version || d.second != second || d.column != column {
		d.version, d.second, d.column = m.live.version, second, column
		m.dirty = true
	}
}

// say shows a remark in the footer for a while.
func (m *model) say(s string) {
	if m.toast != s {
		m.dirty = true
	}
	m.toast, m.toastUntil = s, m.now.Add(toastTime)
}

// View draws a frame when there is something new to show.
func (m *model) View() (frame string) {
	defer func() {
		if v := recover(); v != nil {
			m.crash, frame = &crash{v, debug.Stack()}, ""
		}
	}()
	if m.grid.Bounds().Empty() || m.crash != nil || m.left {
		return ""
	}
	if m.dirty || m.frame == "" {
		if !m.live.frozen || m.snap.binWidth == 0 {
			m.store.snapshot(&m.snap)
			m.snap.elapsed, m.snap.stopping = m.live.elapsed, m.live.stopping
		}
		m.draw()
		m.frame, m.dirty = m.grid.Render(m.theme[:]), false
	}
	return m.frame
}

// draw puts the present picture on the grid.
func (m *model) draw() {
	g, s, l := &m.grid, &m.snap, m.lay
	g.Clear()
	if l.tier == tiny {
		drawTiny(g, l.header, m)
		return
	}
	drawHeader(g, l.header, s, m.live)
	drawRateChart(g, l.chart, s)
	if s.firing() {
		drawAnswers(g, l.findings, s)
	} else {
		drawFindings(g, l.findings, s)
	}
	drawLog(g, l.log, s, l.tier > small)
	switch l.tier {
	case small:
		drawPhaseLine(g, l.phases, s)
		drawNow(g, l.now, s)
	case medium:
		drawPhaseLine(g, l.phases, s)
		drawLatency(g, l.latency, s)
		drawInFlight(g, l.inFlight, s)
	case large:
		drawPhases(g, l.phases, s)
		drawLatency(g, l.latency, s)
		drawDistribution(g, l.dist, s)
		drawInFlight(g, l.inFlight, s)
		drawResponse(g, l.last, s)
	}
	drawFooter(g, l.footer, m)
	if m.help {
		drawHelp(g, g.Bounds())
	}
}
