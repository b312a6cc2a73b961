package tui

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"brink/probe"
	"brink/tui/theme"
)

func TestEnabled(t *testing.T) {
	tty := Terminal{In: true, Out: true, Term: "xterm-256color"}
	tests := []struct {
		name   string
		change func(*Terminal)
		want   bool
	}{
		{"a terminal", func(*Terminal) {}, true},
		{"input is a pipe", func(t *Terminal) { t.In = false }, false},
		{"output is a pipe", func(t *Terminal) { t.Out = false }, false},
		{"dumb", func(t *Terminal) { t.Term = "dumb" }, false},
		{"no TERM", func(t *Terminal) { t.Term = "" }, false},
		{"in CI", func(t *Terminal) { t.CI = "true" }, false},
		{"ruled out", func(t *Terminal) { t.Off = true }, false},
	}
	for _, test := range tests {
		in := tty
		test.change(&in)
		if got := Enabled(in); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// The whole program, in fake time: it draws a run, and leaves when it is asked
// to and the run has ended.
func TestProgramShowsARunAndLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		opt := Options{Store: &Store{}, Control: &probe.Control{}, Cut: func() { t.Error("cut") }, Out: &out, Theme: "mono"}
		look, _ := theme.New(opt.Theme, os.Getenv)
		m := newModel(opt, look)
		program := m.program(context.Background(), opt)
		ended := make(chan error)
		go func() {
			_, err := program.Run()
			ended <- err
		}()
		program.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
		for _, r := range aprimo() {
			time.Sleep(max(0, r.Elapsed-m.store.status().elapsed))
			opt.Store.Handle(r)
		}
		program.Send(tea.KeyMsg{Type: tea.KeyCtrlC})
		<-opt.Control.Stopping()
		time.Sleep(time.Second)
		for _, r := range done() {
			opt.Store.Handle(r)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if !m.interrupted {
			t.Error("ctrl-c was not noticed")
		}
		for _, want := range []string{"\x1b[?1049h", "\x1b[?1049l", "parallel", "■ stopping"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the output lacks %q", want)
			}
		}
	})
}

func TestCancellingClosesTheScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		var out bytes.Buffer
		result, err := Run(ctx, Options{Store: &Store{}, Control: &probe.Control{}, Cut: func() { t.Error("cut") }, Out: &out})
		if err != nil || result.Interrupted {
			t.Errorf("got %+v, %v", result, err)
		}
		time.Sleep(time.Second) // the tick under way ends
	})
}

func TestCrashStopsTheRunAndKeepsATrace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	synctest.Test(t, func(t *testing.T) {
		cut := false
		var out bytes.Buffer
		// A store that is missing makes the first look panic.
		opt := Options{Control: &probe.Control{}, Cut: func() { cut = true }, Out: &out}
		_, err := Run(context.Background(), opt)
		var crash *CrashError
		if !errors.As(err, &crash) {
			t.Fatalf("got %v, want a CrashError", err)
		}
		trace, readErr := os.ReadFile(crash.Path)
		if readErr != nil || !strings.HasPrefix(crash.Path, dir) || !strings.Contains(string(trace), "model.go") {
			t.Errorf("trace %q: %v\n%s", crash.Path, readErr, trace)
		}
		if !strings.Contains(err.Error(), crash.Path) {
			t.Errorf("the error does not say where the trace is: %v", err)
		}
		if !cut || opt.Control.Reason() == "" {
			t.Error("the run was left going without a screen")
		}
		if strings.Contains(out.String(), "goroutine") || !strings.Contains(out.String(), "\x1b[?1049l") {
			t.Errorf("the terminal was not left clean: %q", out.String())
		}
	})
}

func BenchmarkFrame200x60(b *testing.B) {
	b.ReportAllocs()
	m := screen(200, 60, aprimo())
	for b.Loop() {
		m.dirty = true
		m.View()
	}
}

// tmux spills what is left on the alternate screen into the main one when the
// size has changed in between.
func TestLeavingEmptiesTheScreen(t *testing.T) {
	m := screen(80, 24, aprimoDone())
	if m.View() == "" {
		t.Fatal("nothing is drawn before")
	}
	if !quits(m.keys("q")) || m.View() != "" {
		t.Errorf("q left this on the screen:\n%s", m.View())
	}
	_, cmd := screen(80, 24, nil).Update(tea.WindowSizeMsg{Width: 100, Height: 30})
	if cmd == nil || cmd() != tea.ClearScreen() {
		t.Error("a new size does not clear the screen")
	}
}
