package probe

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"brink/probe/load"
)

// pipeNet is a network of in-memory connections.
type pipeNet struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipeNet) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipeNet) Close() error   { close(p.done); return nil }
func (p *pipeNet) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
func (p *pipeNet) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	time.Sleep(200 * time.Microsecond)
	a, b := net.Pipe()
	p.conns <- a
	return b, nil
}

type logSink struct{ t *testing.T }

func (l logSink) Handle(r Record) {
	switch e := r.Event.(type) {
	case Sample:
	case Start, Done:
	case Finding:
		for _, x := range e.Limits {
			l.t.Logf("%8.3f finding %s rate %v burst %v queue %v limit %v window %v conc %v conf %v alt %v", r.Elapsed.Seconds(), x.Kind, x.RatePerS, x.Burst, x.QueueDepth, x.Limit, x.WindowS, x.Concurrency, x.Confidence, x.Alternatives)
		}
	default:
		l.t.Logf("%8.3f %T %+v", r.Elapsed.Seconds(), e, e)
	}
}

func probeHandler(t *testing.T, h http.Handler, sinks ...Sink) (report *Report) {
	synctest.Test(t, func(t *testing.T) {
		pn := &pipeNet{make(chan net.Conn, 400), make(chan struct{})}
		srv := &http.Server{Handler: h}
		go srv.Serve(pn)
		u, _ := url.Parse("http://127.0.0.1/x")
		c, err := load.NewClient(load.Request{Method: "GET", URL: u})
		if err != nil {
			t.Fatal(err)
		}
		c.Dial = pn.Dial
		report = New(Options{Target: Target{URL: u.String(), Method: "GET"}, Client: c}).Run(t.Context(), new(Control), sinks...)
		c.Close()
		srv.Close()
		time.Sleep(5 * time.Minute) // handlers that nobody waits for
		synctest.Wait()
	})
	return report
}

func TestXRate(t *testing.T) {
	var l *rate.Limiter
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l == nil {
			l = rate.NewLimiter(50, 20)
		}
		if !l.Allow() {
			w.WriteHeader(429)
			return
		}
		time.Sleep(5 * time.Millisecond)
		w.Write([]byte("ok"))
	})
	start := time.Now()
	r := probeHandler(t, h, logSink{t})
	t.Logf("%+v %v", r, time.Since(start))
	if len(r.Limits) == 0 {
		t.Fatal("nothing")
	}
	t.Logf("%+v %+v %+v", r.Limits[0], *r.Limits[0].RatePerS, *r.Limits[0].Burst)
}
