package load

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// silent is a client of a TLS port that takes connections and never speaks.
func silent(t *testing.T, dials *atomic.Int64) *Client {
	c := newClient(t, "https://127.0.0.1/")
	c.Dial = func(context.Context, string, string) (net.Conn, error) {
		dials.Add(1)
		near, far := net.Pipe()
		t.Cleanup(func() { far.Close() })
		return near, nil
	}
	return c
}

func TestWarmGivesUpOnASilentPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int64
		c := silent(t, &dials)
		c.Timeout = 3 * time.Second
		began := time.Now()
		open, err := c.Warm(t.Context(), 130)
		if open != 0 || err == nil || Explain(err) != "no answer in time" {
			t.Errorf("Warm = %d, %v; want an error that it took too long", open, err)
		}
		// One timeout, not one for each batch of dials.
		if took := time.Since(began); took != c.Timeout || dials.Load() != dialsAtOnce {
			t.Errorf("%d dials took %v, want %d in %v", dials.Load(), took, dialsAtOnce, c.Timeout)
		}
	})
}

func TestWarmEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int64
		c := silent(t, &dials)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		if open, err := c.Warm(ctx, 130); open != 0 || err == nil || time.Since(began) != time.Second {
			t.Errorf("Warm = %d, %v after %v; want an error after 1s", open, err, time.Since(began))
		}
	})
}
