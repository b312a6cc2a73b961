package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"brink/mockapi/memnet"
)

func newClient(t *testing.T, rawURL string) *Client {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClient(Request{Method: "GET", URL: u})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// serve runs h in memory and returns a client of it. Both end with the bubble.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	ln := memnet.Listen()
	srv := &http.Server{Handler: h}
	go srv.Serve(ln)
	c := newClient(t, "http://127.0.0.1/")
	c.Dial = ln.Dial
	t.Cleanup(func() {
		c.Close()
		srv.Close()
	})
	return c
}

func TestDoTimesTheExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(30 * time.Millisecond)
			w.Write([]byte("first"))
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
			w.Write([]byte("second"))
		})
		start := time.Now()
		time.Sleep(7 * time.Millisecond)
		s := c.Do(t.Context(), start, Sample{Due: 5 * time.Millisecond}, nil)
		for _, x := range []struct {
			what      string
			got, want time.Duration
		}{
			{"sent", s.Sent, 7 * time.Millisecond},
			{"lateness", s.Lateness(), 2 * time.Millisecond},
			{"first byte", s.FirstByte, 37 * time.Millisecond},
			{"done", s.Done, 57 * time.Millisecond},
		} {
			if x.got != x.want {
				t.Errorf("%s = %v, want %v", x.what, x.got, x.want)
			}
		}
		if s.Outcome != Accepted || s.Bytes != 11 || s.Reused {
			t.Errorf("got %+v, want 11 bytes accepted on a new connection", s)
		}
		if again := c.Do(t.Context(), start, Sample{}, nil); !again.Reused {
			t.Error("the second request opened a connection of its own")
		}
	})
}

func TestDoGivesUpAtTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		c.Timeout = 3 * time.Second
		s := c.Do(t.Context(), time.Now(), Sample{}, nil)
		if s.Outcome != Failed || s.Done != 3*time.Second || s.Err != "no answer within 3s" {
			t.Errorf("got %v %q after %v, want a failure after 3s", s.Outcome, s.Err, s.Done)
		}
	})
}

func TestCancelingCutsTheExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if s := c.Do(ctx, time.Now(), Sample{}, nil); s.Outcome != Aborted || s.Done != time.Second {
			t.Errorf("got %v after %v, want aborted after 1s", s.Outcome, s.Done)
		}
	})
}

func TestEngineSendsAtOnceOnOpenConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 130
		var connections, together, most atomic.Int64
		ln := memnet.Listen()
		srv := &http.Server{
			ConnState: func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					connections.Add(1)
				}
			},
			Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				most.Store(max(most.Load(), together.Add(1)))
				time.Sleep(time.Second)
				together.Add(-1)
			}),
		}
		go srv.Serve(ln)
		defer srv.Close()
		c := newClient(t, "http://127.0.0.1/")
		c.Dial = ln.Dial
		if open, err := c.Warm(t.Context(), n); open != n || err != nil {
			t.Fatalf("Warm = %d, %v, want %d connections", open, err, n)
		}
		e := NewEngine(t.Context(), c, n)
		time.Sleep(time.Millisecond)
		for range n {
			e.Send(0, 0)
		}
		got := 0
		e.Drain(func(s Sample) {
			e.Received()
			if s.Outcome == Accepted && s.Sent == time.Millisecond {
				got++
			}
		})
		if got != n || most.Load() != n || connections.Load() != n {
			t.Errorf("%d sent at once, %d together on the server, %d connections, want %d of each", got, most.Load(), connections.Load(), n)
		}
		c.Close()
	})
}

func TestClassify(t *testing.T) {
	later := http.Header{"Retry-After": {"1"}}
	for _, x := range []struct {
		status int
		header http.Header
		want   Outcome
	}{
		{200, nil, Accepted},
		{200, later, Accepted}, // some APIs send it always
		{404, nil, Accepted},
		{429, nil, Refused},
		{503, later, Refused},
		{503, nil, Failed},
		{500, later, Failed},
		{401, nil, Denied},
		{403, nil, Denied},
	} {
		if got := Classify(x.status, x.header); got != x.want {
			t.Errorf("Classify(%d, %v) = %v, want %v", x.status, x.header, got, x.want)
		}
	}
}

// raw answers every connection with the same bytes and closes it, counting the
// requests that reach it.
func raw(t *testing.T, answer func(io.Writer)) (url string, requests *atomic.Int64) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	requests = new(atomic.Int64)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					requests.Add(1)
					answer(conn)
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String(), requests
}

func TestDoSurvivesBrokenServers(t *testing.T) {
	endless := func(prefix, line string) func(io.Writer) {
		return func(w io.Writer) {
			fmt.Fprint(w, prefix)
			for {
				if _, err := io.WriteString(w, line); err != nil {
					return
				}
			}
		}
	}
	fixed := func(s string) func(io.Writer) { return func(w io.Writer) { io.WriteString(w, s) } }
	for name, x := range map[string]struct {
		answer func(io.Writer)
		want   string // part of the error
	}{
		"closes without an answer": {fixed(""), "connection closed before"},
		"garbage status":           {fixed("HTTP/1.1 two hundred\r\n\r\n"), "malformed HTTP"},
		"garbage header":           {fixed("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"), "malformed"},
		"not HTTP":                 {fixed("SSH-2.0-OpenSSH_9.2\r\n"), "malformed HTTP"},
		"body cut short":           {fixed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), "connection closed before"},
		"endless header":           {endless("HTTP/1.1 200 OK\r\n", "X-More: "+strings.Repeat("x", 1000)+"\r\n"), "connection closed before"},
		"endless body":             {endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 4096)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			url, requests := raw(t, x.answer)
			c := newClient(t, url)
			c.Timeout = 20 * time.Second
			s := c.Do(t.Context(), time.Now(), Sample{}, nil)
			if x.want != "" && (s.Outcome != Failed || !strings.Contains(s.Err, x.want)) {
				t.Errorf("got %v %q, want a failure that says %q", s.Outcome, s.Err, x.want)
			}
			if s.Bytes > maxAnswer {
				t.Errorf("read %d bytes of an answer, want at most %d", s.Bytes, maxAnswer)
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("the server saw %d requests, want 1: nothing may be sent again", n)
			}
		})
	}
}

// A server may close an idle connection at any time. The next request must not
// be lost to that.
func TestDoNoticesAConnectionClosedWhileIdle(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	c := newClient(t, srv.URL)
	if s := c.Do(t.Context(), time.Now(), Sample{}, nil); s.Outcome != Accepted {
		t.Fatalf("first request: %v %s", s.Outcome, s.Err)
	}
	srv.CloseClientConnections()
	if s := c.Do(t.Context(), time.Now(), Sample{}, nil); s.Outcome != Accepted || s.Reused {
		t.Errorf("second request: %v %q reused %v, want accepted on a new connection", s.Outcome, s.Err, s.Reused)
	}
}

func TestRefusedConnectionIsSaidInWords(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + ln.Addr().String()
	ln.Close()
	if s := newClient(t, url).Do(t.Context(), time.Now(), Sample{}, nil); s.Err != "connection refused" {
		t.Errorf("got %q, want connection refused", s.Err)
	}
}

// An API may echo the credential it refuses. It must not get into samples, from
// where reports and recordings take it.
func TestDoBlotsOutAnEchoedCredential(t *testing.T) {
	for _, spec := range []string{"bearer:env:S", "basic:env:S", "header:X-Api-Key:env:S"} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-RateLimit-Key", fmt.Sprint(r.Header))
			w.WriteHeader(http.StatusForbidden)
			user, password, _ := r.BasicAuth()
			fmt.Fprintf(w, "denied: %v %s:%s", r.Header, user, password)
		}))
		cred, err := ParseCredential(spec, func(string) string { return "someone:hunter2 hunter3" })
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(srv.URL)
		c, err := NewClient(Request{Method: "GET", URL: u, Credential: cred})
		if err != nil {
			t.Fatal(err)
		}
		s := c.Do(t.Context(), time.Now(), Sample{}, nil)
		if text := fmt.Sprintf("%+v", s); strings.Contains(text, "hunter") || !strings.Contains(text, "denied: ") || !strings.Contains(text, redacted) {
			t.Errorf("%s: the sample holds %s", spec, text)
		}
		c.Close()
		srv.Close()
	}
}

// A server that gives up on an idle connection may say so with a 408 that
// answers no request of ours.
func TestDoTakesNoUnaskedAnswer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	said := make(chan struct{})
	go func() {
		for i := 0; ; i++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if i == 0 {
				io.WriteString(conn, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
				close(said)
				continue
			}
			go http.Serve(&oneConn{conn: conn}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		}
	}()
	c := newClient(t, "http://"+ln.Addr().String())
	if _, err := c.Warm(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	<-said
	if s := c.Do(t.Context(), time.Now(), Sample{}, nil); s.Status != 200 {
		t.Errorf("got status %d %q, want an answer to the request", s.Status, s.Err)
	}
}

// oneConn is a listener that accepts one connection.
type oneConn struct{ conn net.Conn }

func (o *oneConn) Accept() (net.Conn, error) {
	if o.conn == nil {
		return nil, io.EOF
	}
	c := o.conn
	o.conn = nil
	return c, nil
}
func (o *oneConn) Close() error   { return nil }
func (o *oneConn) Addr() net.Addr { return nil }
