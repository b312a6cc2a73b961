package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"brink/probe"
)

// A panic beside the screen must not leave the terminal in its alternate screen,
// and is a fault in brink like any other.
func TestPanicBesideTheScreenRestoresTheTerminal(t *testing.T) {
	var screen, told bytes.Buffer
	keys, _ := io.Pipe()
	std := stdio{In: keys, Out: &screen, Err: &told, Ending: t.Context()}
	f := trafficFlags{theme: "mono"}
	var c probe.Control

	restored := false
	func() {
		defer func() {
			broken, ok := recover().(*fault)
			if !ok || broken.value != "boom" || !strings.Contains(string(broken.stack), "output_test.go") {
				t.Errorf("the panic went on as %+v, want boom and its stack", broken)
			}
			out := screen.String()
			restored = strings.LastIndex(out, "\x1b[?1049l") > strings.LastIndex(out, "\x1b[?1049h")
		}()
		f.watchScreen(t.Context(), std, &c, func(context.Context, ...probe.Sink) { panic("boom") })
	}()
	if !restored {
		t.Errorf("the screen was not left: %q", screen.String())
	}
}

// Ctrl-c interrupts a run that was asked to stop before, by x.
func TestInterruptAfterStopIsOne(t *testing.T) {
	keys, press := io.Pipe()
	defer press.Close()
	std := stdio{In: keys, Out: new(bytes.Buffer), Err: io.Discard, Ending: t.Context()}
	f := trafficFlags{theme: "mono"}
	var c probe.Control
	interrupted, err := f.watchScreen(t.Context(), std, &c, func(ctx context.Context, _ ...probe.Sink) {
		io.WriteString(press, "x")
		<-c.Stopping()
		go func() { // until it is heard twice in time, however slow the machine
			for ctx.Err() == nil {
				io.WriteString(press, "\x03")
			}
		}()
		<-ctx.Done()
	})
	if err != nil || !interrupted {
		t.Errorf("watchScreen = %v, %v; want an interrupted run", interrupted, err)
	}
	if got := codeOf(ended(t.Context(), std, interrupted, nil, func() error { return nil })); got != exitInterrupted {
		t.Errorf("exit code %d, want %d", got, exitInterrupted)
	}
}
