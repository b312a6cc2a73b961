package memnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"brink/mockapi/memnet"
)

// An hour of waiting inside a server passes at once, and to the nanosecond.
func TestServerRunsInFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := memnet.Listen()
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Hour)
			io.WriteString(w, "late")
		})}
		go srv.Serve(ln)
		tr := &http.Transport{DialContext: ln.Dial}
		began := time.Now()
		resp, err := (&http.Client{Transport: tr}).Get("http://api.test/")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := time.Since(began); got != time.Hour || string(body) != "late" {
			t.Errorf("%q after %v, want \"late\" after 1h", body, got)
		}
		tr.CloseIdleConnections()
		srv.Close()
	})
}

func TestDeadlineEndsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := memnet.Listen()
		defer ln.Close()
		go ln.Accept()
		c, err := ln.Dial(t.Context(), "tcp", "api.test:80")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetReadDeadline(time.Now().Add(time.Second))
		var timeout net.Error
		if _, err := c.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("read: %v, want a timeout", err)
		}
	})
}

func TestDialWithoutServer(t *testing.T) {
	ln := memnet.Listen()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ln.Dial(ctx, "", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("dial that was given up: %v, want %v", err, context.Canceled)
	}
	ln.Close()
	ln.Close() // again does no harm
	if _, err := ln.Dial(t.Context(), "", ""); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial to a closed listener: %v, want %v", err, syscall.ECONNREFUSED)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept on a closed listener: %v, want %v", err, net.ErrClosed)
	}
}
