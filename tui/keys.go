package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// binding is a key and everything said about it: the footer and the help are
// made from this list and from nothing else.
type binding struct {
	key   string // as Bubble Tea names it
	show  string // as the user reads it
	short func(*model) string
	help  string
	group string
	// why says why the key cannot act at present; "" when it can.
	why func(*model) string
	act func(*model) tea.Cmd
}

const (
	groupRun   = "RUN"
	groupView  = "VIEW"
	groupLeave = "LEAVE"
)

func always(*model) string { return "" }

func text(s string) func(*model) string { return func(*model) string { return s } }

// bindings are all the keys there are, in the order of the footer.
var bindings = []binding{
	{" ", "space", pauseText, "pause / resume the traffic", groupRun, whyNotRunning, (*model).togglePause},
	{"x", "x", text("stop"), "stop and report", groupRun, whyNotRunning, (*model).stop},
	{"f", "f", freezeText, "freeze the picture only", groupView, always, (*model).toggleFreeze},
	{"?", "?", text("help"), "this help", groupView, always, (*model).toggleHelp},
	{"esc", "esc", nil, "close the top layer", groupView, whyNothingOpen, (*model).closeTop},
	{"q", "q", text("quit"), "quit (asks while running)", groupLeave, always, (*model).quit},
	{"enter", "enter", nil, "quit once the run is done", groupLeave, whyNotDone, (*model).quit},
	{"ctrl+z", "ctrl-z", nil, "pause and suspend", groupLeave, whyNoSuspend, (*model).suspend},
	{"ctrl+c", "ctrl-c", nil, "stop, then quit; twice: now", groupLeave, always, (*model).interrupt},
}

// interrupted is the reason of a stop by ctrl-c or a signal. It ends the screen,
// too, wherever it comes from.
const interrupted = "interrupted"

// byUser is the reason of a stop that the keys asked for.
const byUser = "at the user's request"

// doubleTap is how soon a second ctrl-c must follow to cut everything.
const doubleTap = 3 * time.Second

func pauseText(m *model) string {
	if m.live.paused {
		return "resume"
	}
	return "pause"
}

func freezeText(m *model) string {
	if m.live.frozen {
		return "unfreeze"
	}
	return "freeze"
}

func whyNotRunning(m *model) string {
	switch {
	case m.live.done:
		return "already finished"
	case m.live.stopping:
		return "already stopping"
	}
	return ""
}

func whyNotDone(m *model) string {
	if !m.live.done {
		return "still running: q stops it and quits"
	}
	return ""
}

func whyNoSuspend(m *model) string { return m.noShell }

func whyNothingOpen(m *model) string {
	if !m.help && !m.live.frozen {
		return "nothing to close: q quits"
	}
	return ""
}

// press acts on a key. While a question is open, it is the answer.
func (m *model) press(key string) tea.Cmd {
	m.say("")
	if m.asking && key != "ctrl+c" {
		m.asking = false
		switch key {
		case "y", "Y", "q", "enter": // whoever presses q twice means it
			m.control.Stop(byUser)
			return m.leaveWhenDone()
		}
		return nil
	}
	for _, b := range bindings {
		if b.key != key {
			continue
		}
		if why := b.why(m); why != "" {
			m.say(why)
			return nil
		}
		return b.act(m)
	}
	return nil
}

func (m *model) togglePause() tea.Cmd {
	m.suspending, m.resume = false, false
	if m.live.paused {
		m.control.Resume()
	} else {
		m.control.Pause()
		if m.live.inFlight > 0 {
			m.say("paused: what is under way is waited for")
		}
	}
	return nil
}

// suspend is ctrl-z. The process is stopped as a whole, so the traffic is paused,
// and what is under way is waited for: nothing would take its time. A second
// ctrl-z does not wait.
func (m *model) suspend() tea.Cmd {
	if m.suspending || m.live.done || m.live.inFlight == 0 {
		if !m.live.done {
			m.hold()
		}
		return m.suspendNow()
	}
	m.hold()
	m.suspending = true
	m.say("suspending when the answers under way are in; ctrl-z again: now")
	return nil
}

// hold pauses the traffic for as long as the process is suspended.
func (m *model) hold() {
	if !m.control.Paused() {
		m.control.Pause()
		m.resume = true
	}
}

func (m *model) suspendNow() tea.Cmd {
	m.suspending = false
	return tea.Suspend
}

func (m *model) stop() tea.Cmd {
	m.suspending = false
	m.control.Stop(byUser)
	m.say("stopping: the result stays on the screen")
	return nil
}

func (m *model) toggleFreeze() tea.Cmd {
	m.live.frozen = !m.live.frozen
	return nil
}

func (m *model) toggleHelp() tea.Cmd {
	m.help = !m.help
	return nil
}

func (m *model) closeTop() tea.Cmd {
	if m.help {
		m.help = false
	} else {
		m.live.frozen = false
	}
	return nil
}

// quit leaves a finished run at once and asks about any other.
func (m *model) quit() tea.Cmd {
	if m.live.done {
		return m.leave()
	}
	if m.live.stopping {
		return m.leaveWhenDone()
	}
	m.asking = true
	return nil
}

// interrupt is ctrl-c: the first stops the run in good order, a second soon
// after cuts it.
func (m *model) interrupt() tea.Cmd {
	if m.live.done {
		return m.leave()
	}
	m.asking = false
	if m.interrupted && m.now.Sub(m.interruptedAt) < doubleTap {
		m.cut()
		return m.leave()
	}
	m.interrupted, m.interruptedAt = true, m.now
	m.control.Stop(interrupted)
	cmd := m.leaveWhenDone()
	m.say("stopping; ctrl-c again to quit now")
	return cmd
}

func (m *model) leaveWhenDone() tea.Cmd {
	m.leaving = true
	m.say("stopping: leaving when the answers under way are in")
	if m.live.done {
		return m.leave()
	}
	return nil
}
