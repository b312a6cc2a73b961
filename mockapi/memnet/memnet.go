// Package memnet is a network inside the process: a listener, and a way to dial
// it. Reads and writes on it block durably in the sense of testing/synctest, so
// that a client and a server can be tested together in fake time; real sockets
// cannot.
//
// Connections are made of net.Pipe and have no buffer: a write returns when the
// other side has read it. That suits HTTP/1.1.
package memnet

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// Listener accepts the connections that its own Dial makes. Make one with
// Listen.
type Listener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

var _ net.Listener = (*Listener)(nil)

// Listen returns a listener that nobody else can reach.
func Listen() *Listener {
	return &Listener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept waits for the next Dial. After Close it returns net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, l.opError("accept", net.ErrClosed)
	}
}

// Dial connects to the listener and returns once the connection is accepted. The
// network and address do not matter, so that Dial fits where a
// net.Dialer's DialContext does, such as http.Transport.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, l.opError("dial", syscall.ECONNREFUSED)
	case <-ctx.Done():
		return nil, l.opError("dial", ctx.Err())
	}
}

// Close ends Accept and Dial. Connections that were made stay open.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is the same for all listeners.
func (l *Listener) Addr() net.Addr { return addr{} }

func (l *Listener) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: addr{}.Network(), Addr: addr{}, Err: err}
}

type addr struct{}

func (addr) Network() string { return "memory" }
func (addr) String() string  { return "memory:0" }
