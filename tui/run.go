// Package tui is brink's screen: it shows a run while it happens and lets the
// user pause and stop it. A Store takes in the run's records, and Run draws it
// at its own pace, so a slow terminal never slows the traffic.
//
// Everything that imports Bubble Tea or Lip Gloss is below this directory, and
// only main imports it.
package tui

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"brink/probe"
	_ "brink/tui/bgguard" // before Bubble Tea asks the terminal
	"brink/tui/theme"
)

// DefaultFPS is how often the screen looks at the run, per second.
const DefaultFPS = 15

// Options say what to show and where. Store and Control are those of the run.
type Options struct {
	Store   *Store
	Control *probe.Control
	// Cut cancels everything that is under way. It is called when the user
	// insists on leaving, and when the screen is lost while the run goes on:
	// there is never traffic that nobody watches.
	Cut   func()
	In    io.Reader // the keyboard; nil for none
	Out   io.Writer
	FPS   int    // 1 to 30; 0 is DefaultFPS
	Theme string // one of theme.Names; "" is "auto"
}

// Result says how the user left the screen.
type Result struct {
	Interrupted bool // with ctrl-c, while the run was going on
}

// Run shows the run until the user leaves. A finished run stays on the screen
// until then, unless leaving was asked for before, by a key or by stopping the
// run with the reason "interrupted", as signals do: then Run returns as soon as
// the store has seen Done. Cancelling ctx closes the screen at once and is no
// error; the caller knows why it did so.
//
// Run returns a *CrashError when the screen panicked. Whenever it returns an
// error, the run has been stopped.
func Run(ctx context.Context, opt Options) (Result, error) {
	look, err := theme.New(opt.Theme, os.Getenv)
	m := newModel(opt, look)
	if err == nil {
		_, err = m.program(ctx, opt).Run()
	}
	switch {
	case m.crash != nil:
		err = m.crash.report(os.Getenv, time.Now())
	case ctx.Err() != nil && errors.Is(err, tea.ErrProgramKilled):
		err = nil
	}
	if err != nil {
		opt.Control.Stop("the screen was lost")
		opt.Cut()
	}
	return Result{Interrupted: m.interrupted}, err
}

func newModel(opt Options, look theme.Theme) *model {
	fps := opt.FPS
	if fps == 0 {
		fps = DefaultFPS
	}
	return &model{
		store: opt.Store, control: opt.Control, cut: opt.Cut, theme: look,
		noShell: whyNoShell(),
		every:   time.Second / time.Duration(min(max(fps, 1), 30)),
	}
}

// program leaves signals to the caller, who has to treat them alike with and
// without a screen.
func (m *model) program(ctx context.Context, opt Options) *tea.Program {
	return tea.NewProgram(m,
		tea.WithContext(ctx), tea.WithInput(opt.In), tea.WithOutput(opt.Out),
		tea.WithAltScreen(), tea.WithoutSignalHandler(), tea.WithFPS(30))
}
