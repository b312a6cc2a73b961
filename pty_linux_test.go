package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openPTY returns the two ends of a new pseudo-terminal.
func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// onPTY runs a command on a terminal that shows everything and answers nothing.
func onPTY(t *testing.T, c *exec.Cmd) (shown string, took time.Duration) {
	t.Helper()
	master, slave := openPTY(t)
	c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var out bytes.Buffer
	read := make(chan struct{})
	go func() {
		out.ReadFrom(master) // ends in an error when the last user is gone
		close(read)
	}()
	err := c.Wait()
	took = time.Since(began)
	<-read
	if err != nil {
		t.Errorf("%v: %v\n%s", c.Args[1:], err, &out)
	}
	return out.String(), took
}

// A terminal that does not answer questions, as in a container or over ssh, must
// cost nothing: Bubble Tea would wait five seconds for one, on every verb.
func TestASilentTerminalCostsNothing(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"help"}, {"profiles", "list"}} {
		c := brink(t, args...)
		c.Env = append(c.Env, "TERM=xterm-256color", "CI=", "NO_COLOR=")
		shown, took := onPTY(t, c)
		if took > 3*time.Second {
			t.Errorf("%v took %v", args, took)
		}
		if strings.Contains(shown, "\x1b") {
			t.Errorf("%v asked the terminal something: %q", args, shown)
		}
	}
}

// Without a screen, a terminal still gets bars, and the report after them.
func TestBarsOnATerminal(t *testing.T) {
	c := brink(t, "fire", "aprimo", "--at-once", "10", "--no-tui")
	c.Env = append(c.Env, "TERM=xterm-256color", "CI=")
	shown, _ := onPTY(t, c)
	bar, verdict := strings.LastIndex(shown, "load  "), strings.Index(shown, "10 at once: 10 passed")
	if bar < 0 || verdict < bar {
		t.Errorf("want a bar, and the report after it:\n%q", shown)
	}
	if !strings.Contains(shown, "10 sent, 10 accepted, 0 refused") {
		t.Errorf("the bar does not say what came back:\n%q", shown)
	}
}
