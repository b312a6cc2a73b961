package tui

import (
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"brink/probe"
)

func quits(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	return reflect.TypeOf(cmd()) == reflect.TypeFor[tea.QuitMsg]()
}

// footer is the last line of the frame.
func (m *model) footer() string {
	lines := strings.Split(m.text(), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

func done() []probe.Record {
	return []probe.Record{{Elapsed: time.Hour, Event: probe.Done{Report: &probe.Report{Verdict: probe.Limited}}}}
}

func TestSpacePausesAndResumesTheTraffic(t *testing.T) {
	m := screen(80, 24, aprimo())
	m.keys("space")
	if !m.control.Paused() || !strings.Contains(m.text(), "⏸ paused") {
		t.Errorf("paused %v after space; frame:\n%s", m.control.Paused(), m.text())
	}
	m.keys("space")
	if m.control.Paused() || !strings.Contains(m.text(), "▶ running") {
		t.Errorf("paused %v after the second space; frame:\n%s", m.control.Paused(), m.text())
	}
}

func TestPauseSpeaksOfWhatIsUnderWay(t *testing.T) {
	const remark = "what is under way is waited for"
	for inFlight, want := range []bool{false, true} {
		m := screen(80, 24, []probe.Record{{Event: probe.Start{}}, {Event: probe.Progress{Sent: inFlight, InFlight: inFlight}}})
		m.keys("space")
		if got := strings.Contains(m.footer(), remark); got != want {
			t.Errorf("with %d in flight the footer is %q", inFlight, m.footer())
		}
	}
}

func TestStopKeepsTheResultOnTheScreen(t *testing.T) {
	m := screen(80, 24, aprimo()[:100])
	m.keys("x")
	if m.control.Reason() == "" || !strings.Contains(m.text(), "■ stopping") || strings.Contains(m.text(), "· ") {
		t.Errorf("x did not stop, or phases are still announced; frame:\n%s", m.text())
	}
	if m.feed(done()); m.leaving || !strings.Contains(m.text(), "✓ done") {
		t.Errorf("after x the screen leaves (%v) or does not say done:\n%s", m.leaving, m.text())
	}
	if !quits(m.keys("enter")) {
		t.Error("enter does not leave a finished run")
	}
}

func TestKeysThatCannotActSayWhy(t *testing.T) {
	m := screen(80, 24, aprimo())
	for _, test := range [][2]string{{"enter", "still running: q stops it and quits"}, {"esc", "nothing to close: q quits"}} {
		if m.keys(test[0]); m.footer() != test[1] {
			t.Errorf("%s says %q, want %q", test[0], m.footer(), test[1])
		}
	}
	m.keys("x", "x")
	if got := m.footer(); got != "already stopping" {
		t.Errorf("x while stopping says %q", got)
	}
	m.feed(done())
	for _, key := range []string{"space", "x"} {
		if m.keys(key); m.footer() != "already finished" {
			t.Errorf("%s on a finished run says %q", key, m.footer())
		}
	}
	m.Update(tickMsg(m.now.Add(time.Minute)))
	if got := m.footer(); !strings.Contains(got, "q quit") || strings.Contains(got, "pause") {
		t.Errorf("footer of a finished run is %q", got)
	}
}

func TestQuitAsksWhileRunning(t *testing.T) {
	m := screen(80, 24, aprimo())
	for _, no := range []string{"n", "esc", "space"} {
		m.keys("q")
		if got := m.footer(); got != "stop the run and quit? y/n" {
			t.Fatalf("q shows %q", got)
		}
		m.keys(no)
		if m.asking || m.control.Reason() != "" {
			t.Errorf("%s was taken for a yes", no)
		}
	}
	if quits(m.keys("q", "y")) {
		t.Error("left before the answers under way were in")
	}
	if m.control.Reason() == "" {
		t.Error("y did not stop the run")
	}
	for _, yes := range []string{"q", "enter"} {
		if again := screen(80, 24, aprimo()); quits(again.keys("q", yes)) || again.control.Reason() == "" || !again.leaving {
			t.Errorf("q and %s was not taken for a yes", yes)
		}
	}
	for _, r := range done() {
		m.store.Handle(r)
	}
	_, cmd := m.Update(tickMsg(m.now))
	if !quits(cmd) || m.interrupted {
		t.Errorf("quits %v when the run has ended, interrupted %v", quits(cmd), m.interrupted)
	}
}

func TestFirstInterruptDrainsSecondCuts(t *testing.T) {
	m := screen(80, 24, aprimo())
	cut := 0
	m.cut = func() { cut++ }
	if quits(m.keys("ctrl+c")) || cut != 0 || m.control.Reason() != "interrupted" || !m.interrupted {
		t.Fatalf("first ctrl-c: cut %d times, reason %q", cut, m.control.Reason())
	}
	if got := m.footer(); got != "stopping; ctrl-c again to quit now" {
		t.Errorf("first ctrl-c says %q", got)
	}
	m.Update(tickMsg(m.now.Add(doubleTap)))
	if quits(m.keys("ctrl+c")) || cut != 0 {
		t.Error("a late second ctrl-c cut the run")
	}
	m.Update(tickMsg(m.now.Add(doubleTap / 2)))
	if !quits(m.keys("ctrl+c")) || cut != 1 {
		t.Errorf("second ctrl-c cut %d times, want once and quit", cut)
	}
	m = screen(80, 24, aprimoDone())
	if !quits(m.keys("ctrl+c")) || m.interrupted {
		t.Errorf("ctrl-c on a finished run: interrupted %v, want to leave as q does", m.interrupted)
	}
}

// A signal is main's to catch: it stops the run for the same reason.
func TestASignalLeavesWhenTheRunHasEnded(t *testing.T) {
	m := screen(80, 24, aprimo())
	m.control.Stop(interrupted)
	m.Update(tickMsg(m.now))
	if strings.Contains(m.text(), "▶ running") {
		t.Errorf("the screen does not say that it is stopping:\n%s", m.text())
	}
	for _, r := range done() {
		m.store.Handle(r)
	}
	if _, cmd := m.Update(tickMsg(m.now)); !quits(cmd) {
		t.Error("the screen stays")
	}
}

func TestFreezeHoldsThePictureNotTheRun(t *testing.T) {
	all := aprimo()
	m := screen(120, 40, all[:30])
	m.keys("f")
	before := m.text()
	m.feed(all[30:])
	after := m.text()
	if b, a := strings.Split(before, "\n"), strings.Split(after, "\n"); !reflect.DeepEqual(b[1:], a[1:]) || b[0] == a[0] {
		t.Errorf("frozen: want the same picture under a new header, got\n%s\nthen\n%s", before, after)
	}
	if m.control.Paused() {
		t.Error("freezing paused the traffic")
	}
	if m.keys("esc"); strings.Contains(m.text(), "frozen") || m.text() == before {
		t.Errorf("esc did not unfreeze:\n%s", m.text())
	}
}

func TestEscClosesTheTopLayer(t *testing.T) {
	m := screen(80, 24, aprimo())
	m.keys("f", "?", "esc")
	if m.help || !m.live.frozen {
		t.Errorf("esc closed help %v and kept the frozen picture %v", !m.help, m.live.frozen)
	}
}

// Footer and help are made from the bindings, so the keys must be distinct and
// each must be explained.
func TestBindingsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	m := screen(80, 24, nil)
	m.keys("?")
	help := m.text()
	for _, b := range bindings {
		if seen[b.key] {
			t.Errorf("%s is bound twice", b.show)
		}
		seen[b.key] = true
		if !strings.Contains(help, b.help) {
			t.Errorf("help does not explain %s:\n%s", b.show, help)
		}
	}
}

func TestSuspendPausesTheTraffic(t *testing.T) {
	suspends := func(cmd tea.Cmd) bool { return cmd != nil && cmd() == tea.Suspend() }
	idle := []probe.Record{{Event: probe.Start{}}}
	busy := append(idle[:1:1], probe.Record{Event: probe.Progress{Sent: 2, InFlight: 2}})

	m := screen(80, 24, idle)
	if !suspends(m.keys("ctrl+z")) || !m.control.Paused() {
		t.Errorf("not suspended, or the traffic goes on (paused %v)", m.control.Paused())
	}
	if m.Update(tea.ResumeMsg{}); m.control.Paused() {
		t.Error("the traffic is still paused after the suspension")
	}

	m = screen(80, 24, idle)
	m.keys("space", "ctrl+z")
	if m.Update(tea.ResumeMsg{}); !m.control.Paused() {
		t.Error("the suspension ended a pause that was there before")
	}

	m = screen(80, 24, busy)
	if m.keys("ctrl+z") != nil || !m.control.Paused() || !strings.HasPrefix(m.footer(), "suspending when") {
		t.Errorf("with requests under way: paused %v, footer %q", m.control.Paused(), m.footer())
	}
	if !suspends(m.keys("ctrl+z")) {
		t.Error("the second ctrl-z still waits")
	}

	m = screen(80, 24, busy)
	m.keys("ctrl+z", "space")
	if m.suspending || m.control.Paused() {
		t.Error("space does not take the suspension back")
	}

	m = screen(80, 24, idle)
	m.noShell = "no shell"
	if m.keys("ctrl+z") != nil || m.footer() != "no shell" || m.control.Paused() {
		t.Errorf("without a shell the footer is %q, paused %v", m.footer(), m.control.Paused())
	}
}
