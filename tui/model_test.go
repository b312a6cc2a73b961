package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"brink/probe"
	"brink/tui/theme"
)

// screen is a model over a store that holds records, with its clock at the last
// of them.
func screen(w, h int, records []probe.Record) *model {
	look, _ := theme.New("mono", func(string) string { return "" })
	m := newModel(Options{Store: &Store{}, Control: &probe.Control{}, Cut: func() {}}, look)
	m.noShell = ""
	m.feed(records)
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	return m
}

// feed hands records to the store and looks, at the time of the last one.
func (m *model) feed(records []probe.Record) {
	for _, r := range records {
		m.store.Handle(r)
	}
	now := m.store.status()
	m.Update(tickMsg(now.began.Add(now.elapsed)))
}

// keys are key presses by name.
func (m *model) keys(names ...string) tea.Cmd {
	var cmd tea.Cmd
	for _, name := range names {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
		switch name {
		case "space":
			msg = tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
		case "esc":
			msg = tea.KeyMsg{Type: tea.KeyEsc}
		case "enter":
			msg = tea.KeyMsg{Type: tea.KeyEnter}
		case "ctrl+z":
			msg = tea.KeyMsg{Type: tea.KeyCtrlZ}
		case "ctrl+c":
			msg = tea.KeyMsg{Type: tea.KeyCtrlC}
		}
		_, cmd = m.Update(msg)
	}
	return cmd
}

// text is the frame without any styling.
func (m *model) text() string {
	m.View()
	return m.grid.String()
}
