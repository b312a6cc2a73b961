package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A run that is interrupted reports what it knows, as one valid document, and
// exits with the signal's code.
func TestInterruptStillReports(t *testing.T) {
	tests := []struct {
		name    string
		args    []string
		signals []syscall.Signal
		want    int
	}{
		{"ctrl-c", []string{"probe", "aprimo", "--json"}, []syscall.Signal{syscall.SIGINT}, 130},
		{"terminated", []string{"probe", "aprimo", "--json"}, []syscall.Signal{syscall.SIGTERM}, 143},
		{"ctrl-c in fire", []string{"fire", "aprimo", "--rate", "5/s", "--for", "1m", "--json"}, []syscall.Signal{syscall.SIGINT}, 130},
		{"ctrl-c twice", []string{"fire", "aprimo", "--at-once", "130", "--json"}, []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, 130},
		{"closed terminal", []string{"fire", "aprimo", "--at-once", "130", "--json"}, []syscall.Signal{syscall.SIGHUP}, 129},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := brink(t, tt.args...)
			var stdout bytes.Buffer
			c.Stdout = &stdout
			stderr, err := c.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			var told []string
			signals := tt.signals
			for lines := bufio.NewScanner(stderr); lines.Scan(); {
				told = append(told, lines.Text())
				// The first line of a phase says that the run is under way, the
				// answer to a signal that the next one may come.
				underWay := strings.Contains(lines.Text(), "preflight:") || strings.Contains(lines.Text(), "load:")
				if len(signals) > 0 && (underWay || strings.Contains(lines.Text(), "stopping; ctrl-c again")) {
					if err := c.Process.Signal(signals[0]); err != nil {
						t.Fatal(err)
					}
					signals = signals[1:]
				}
			}
			code := 0
			if err := c.Wait(); err != nil {
				var exit *exec.ExitError
				if !errors.As(err, &exit) {
					t.Fatal(err)
				}
				code = exit.ExitCode()
			}
			if code != tt.want {
				t.Errorf("exit code %d, want %d; stderr:\n%s", code, tt.want, strings.Join(told, "\n"))
			}
			var doc struct {
				Schema     string
				StopReason string `json:"stop_reason"`
			}
			if err := json.Unmarshal(stdout.Bytes(), &doc); err != nil || doc.Schema == "" || doc.StopReason == "" {
				t.Errorf("stdout is no report of an interrupted run: %v\n%s", err, &stdout)
			}
			if took := time.Since(began); took > 20*time.Second { // the loads last up to a minute
				t.Errorf("took %v to stop", took)
			}
		})
	}
}
