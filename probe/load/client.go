package load

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	maxAnswer   = 1 << 20 // bytes read of one answer; past that the connection is closed
	maxBodyKept = 512     // bytes kept of an answer that was not accepted
	dialsAtOnce = 32      // connections opened at the same time by Warm

	never time.Duration = -1 // the time of what has not happened
)

// Request is what is sent each time.
type Request struct {
	Method     string
	URL        *url.URL
	Header     http.Header
	Body       []byte
	Credential Credential
}

// Client sends one Request over and over. Its methods are safe for concurrent
// use. The zero Dial uses a net.Dialer and the zero Timeout is 30 s.
type Client struct {
	Timeout time.Duration // for a whole exchange, connecting included
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	TLS     *tls.Config

	wire    []byte // the request, as it goes over the wire
	request *http.Request
	addr    string
	hide    func(string) string // blots out the credential

	authorized bool

	mu      sync.Mutex
	idle    []*conn
	open    int
	rtt     time.Duration // the shortest connect seen
	closed  bool
	closing context.Context // done once the client is closed: cuts dials
	cancel  context.CancelFunc
}

// conn is a connection and its reader. budget bounds what one answer may send.
type conn struct {
	net.Conn
	budget io.LimitedReader
	r      *bufio.Reader
	used   bool
}

// NewClient prepares to send r. It fails when r cannot be put on the wire.
func NewClient(r Request) (*Client, error) {
	hr, err := http.NewRequest(r.Method, r.URL.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		hr.Header[name] = values
	}
	if host := hr.Header.Get("Host"); host != "" {
		hr.Host = host
	}
	r.Credential.apply(hr.Header)
	var wire bytes.Buffer
	if err := hr.Write(&wire); err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	port := r.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	}
	c := &Client{
		wire:    wire.Bytes(),
		request: &http.Request{Method: r.Method},
		addr:    net.JoinHostPort(r.URL.Hostname(), port),
		hide:    redactor(r.Credential),

		authorized: r.Credential.set != nil,
	}
	if r.URL.Scheme == "https" {
		c.TLS = &tls.Config{ServerName: r.URL.Hostname()}
	}
	c.closing, c.cancel = context.WithCancel(context.Background())
	return c, nil
}

// Warm opens connections until n are open, so that n requests can be sent at
// the same instant without a handshake in the way. It returns how many are
// open, and the first error met when that is fewer. Where one does not open
// within the Timeout no further ones are waited for, so that a server which
// accepts and never speaks holds Warm up only once; nor once ctx is done.
func (c *Client) Warm(ctx context.Context, n int) (int, error) {
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	c.mu.Lock()
	missing := n - c.open
	c.mu.Unlock()
	gate := make(chan struct{}, dialsAtOnce)
	errs := make(chan error, max(0, missing))
	for range missing {
		gate <- struct{}{}
		go func() {
			conn, err := c.dial(ctx)
			var slow net.Error
			switch {
			case err == nil:
				c.release(conn)
			case errors.As(err, &slow) && slow.Timeout():
				giveUp()
			}
			errs <- err
			<-gate
		}()
	}
	var first error
	for range missing {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, first
}

// RTT is the shortest time a connection took to open, without TLS: the best
// estimate of the network's round trip. Zero before the first connection.
func (c *Client) RTT() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rtt
}

// Close closes the idle connections. The others close when their exchange ends.
func (c *Client) Close() {
	c.mu.Lock()
	idle := c.idle
	c.idle, c.closed = nil, true
	c.mu.Unlock()
	c.cancel()
	for _, conn := range idle {
		conn.Close()
	}
}

// Do sends the request once and waits for the whole answer, filling in what s
// does not yet say. Times count from start. Cancelling ctx cuts the exchange
// and gives an Aborted sample. wrote, unless nil, is called with the time at
// which the request is written; it is not called when none can be.
func (c *Client) Do(ctx context.Context, start time.Time, s Sample, wrote func(time.Duration)) Sample {
	timeout := c.AnswerTimeout()
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	s.Sent, s.FirstByte = never, never
	err := c.exchange(bounded, start, &s, wrote)
	s.Done = time.Since(start)
	if s.Sent == never {
		s.Sent = s.Done
	}
	if s.FirstByte == never {
		s.FirstByte = s.Done
	}
	if err != nil {
		s.Outcome, s.Err = Failed, Explain(err)
		switch {
		case ctx.Err() != nil:
			s.Outcome, s.Err = Aborted, "given up"
		case bounded.Err() != nil:
			s.Err = fmt.Sprintf("no answer within %v", timeout)
		}
	}
	return s
}

// exchange writes the request to a connection and reads the answer into s.
func (c *Client) exchange(ctx context.Context, start time.Time, s *Sample, wrote func(time.Duration)) error {
	conn, err := c.acquire(ctx)
	if err != nil {
		return err
	}
	s.Reused = conn.used
	conn.used = true
	// A deadline in the past wakes the blocked read or write.
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	keep := false
	defer func() {
		if stop() && keep {
			c.release(conn)
		} else {
			c.discard(conn)
		}
	}()

	conn.budget.N = maxAnswer
	s.Sent = time.Since(start)
	if wrote != nil {
		wrote(s.Sent)
	}
	if _, err := conn.Write(c.wire); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if _, err := conn.r.Peek(1); err != nil {
		return answerError(err)
	}
	s.FirstByte = time.Since(start)
	resp, err := http.ReadResponse(conn.r, c.request)
	for err == nil && resp.StatusCode >= 100 && resp.StatusCode < 200 {
		resp, err = http.ReadResponse(conn.r, c.request)
	}
	if err != nil {
		return answerError(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBodyKept))
	rest, errRest := io.Copy(io.Discard, resp.Body)
	s.Bytes = int64(len(body)) + rest
	s.Status = resp.StatusCode
	s.ContentType = resp.Header.Get("Content-Type")
	s.Location = resp.Header.Get("Location")
	s.RetryAfter = resp.Header.Get("Retry-After")
	s.Limits = limitHeaders(resp.Header)
	s.Outcome = Classify(resp.StatusCode, resp.Header)
	if s.Outcome != Accepted {
		s.Body = string(body)
	}
	c.redact(s)
	if conn.budget.N <= 0 {
		return nil // longer than is read: the answer counts, the connection is done
	}
	if err := errors.Join(err, errRest); err != nil {
		return answerError(err)
	}
	keep = !resp.Close && conn.r.Buffered() == 0
	return nil
}

// redact blots the credential out of what an answer echoes.
func (c *Client) redact(s *Sample) {
	for _, text := range []*string{&s.Body, &s.Location, &s.RetryAfter, &s.ContentType} {
		*text = c.hide(*text)
	}
	for i := range s.Limits {
		s.Limits[i].Value = c.hide(s.Limits[i].Value)
	}
}

// Classify says what an answer means for limits. 429 is a refusal wherever it
// comes from; so is a 503 that names a time to come back. A 404 is an answer
// that a limiter let through.
func Classify(status int, h http.Header) Outcome {
	switch {
	case status == http.StatusTooManyRequests,
		status == http.StatusServiceUnavailable && h.Get("Retry-After") != "":
		return Refused
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Denied
	case status >= 500, status == http.StatusRequestTimeout:
		// 408 also comes unasked, from a server that closes an idle connection.
		return Failed
	}
	return Accepted
}

// limitHeaders picks the headers that speak of limits, in any dialect.
func limitHeaders(h http.Header) []HeaderField {
	var fields []HeaderField
	for name, values := range h {
		n := strings.ToLower(name)
		if strings.Contains(n, "ratelimit") || strings.Contains(n, "rate-limit") || strings.Contains(n, "call-limit") {
			fields = append(fields, HeaderField{Name: name, Value: strings.Join(values, ", ")})
		}
	}
	return fields
}

// acquire takes an idle connection that is still open, or opens one.
func (c *Client) acquire(ctx context.Context) (*conn, error) {
	for {
		c.mu.Lock()
		last := len(c.idle) - 1
		if last < 0 {
			c.mu.Unlock()
			return c.dial(ctx)
		}
		conn := c.idle[last]
		c.idle = c.idle[:last]
		c.mu.Unlock()
		if alive(conn.Conn) {
			return conn, nil
		}
		c.discard(conn)
	}
}

// release gives a connection back for the next request.
func (c *Client) release(conn *conn) {
	c.mu.Lock()
	keep := !c.closed
	if keep {
		c.idle = append(c.idle, conn)
	}
	c.mu.Unlock()
	if !keep {
		c.discard(conn)
	}
}

func (c *Client) discard(conn *conn) {
	conn.Close()
	c.mu.Lock()
	c.open--
	c.mu.Unlock()
}

func (c *Client) dial(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.AnswerTimeout())
	defer cancel()
	defer context.AfterFunc(c.closing, cancel)()
	dial := c.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	}
	began := time.Now()
	raw, err := dial(ctx, "tcp", c.addr)
	if err != nil {
		return nil, err
	}
	rtt := time.Since(began)
	if c.TLS != nil {
		t := tls.Client(raw, c.TLS)
		if err := t.HandshakeContext(ctx); err != nil {
			raw.Close()
			return nil, fmt.Errorf("tls: %w", err)
		}
		raw = t
	}
	cn := &conn{Conn: raw, budget: io.LimitedReader{R: raw}}
	cn.r = bufio.NewReaderSize(&cn.budget, 4096)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	if c.rtt == 0 || rtt < c.rtt {
		c.rtt = rtt
	}
	return cn, nil
}

// answerError names what went wrong between the request and the end of the
// answer.
func answerError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("connection closed before the whole answer came")
	}
	return fmt.Errorf("answer: %w", err)
}

// Authorized reports whether a credential goes with the request.
func (c *Client) Authorized() bool { return c.authorized }

// AnswerTimeout is how long a whole exchange may take.
func (c *Client) AnswerTimeout() time.Duration { return cmp.Or(c.Timeout, 30*time.Second) }
