package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/google/go-cmp/cmp"

	"brink/probe"
)

var update = flag.Bool("update", false, "write the golden frames anew")

func TestFramesLookAsRecorded(t *testing.T) {
	sizes := [][2]int{{80, 24}, {120, 40}, {200, 60}, {30, 8}}
	runs := []struct {
		name    string
		records []probe.Record
		prepare func(*model)
	}{
		{name: "running", records: aprimo()},
		{name: "done", records: aprimoDone()},
		{name: "fire", records: firing()},
		{name: "start", records: aprimo()[:2]},
		{name: "help", records: aprimo(), prepare: func(m *model) { m.keys("?") }},
	}
	for _, run := range runs {
		for _, size := range sizes {
			if run.prepare != nil && size[0] != 80 {
				continue
			}
			name := fmt.Sprintf("%s-%dx%d", run.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				m := screen(size[0], size[1], run.records)
				if run.prepare != nil {
					run.prepare(m)
				}
				got := m.text() + "\n"
				checkSize(t, m.View(), size[0], size[1])
				path := filepath.Join("testdata", name+".txt")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
					t.Errorf("frame differs (-want +got); go test ./tui -update accepts it:\n%s", diff)
				}
			})
		}
	}
}

// checkSize fails unless frame is exactly h lines of w cells, by Bubble Tea's
// own measure.
func checkSize(t interface{ Fatalf(string, ...any) }, frame string, w, h int) {
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Fatalf("%dx%d: got %d lines, want %d", w, h, len(lines), h)
	}
	for i, line := range lines {
		if got := lipgloss.Width(line); got != w {
			t.Fatalf("%dx%d: line %d is %d cells wide: %q", w, h, i, got, line)
		}
	}
}
