//go:build unix

package load

import (
	"crypto/tls"
	"net"
	"syscall"
)

// alive reports whether an idle connection is still open, by looking at the
// socket without reading from it. A server may close an idle connection at any
// time, and a request written to such a one would fail as if refused. Bytes that
// nobody asked for, such as a 408, announce the same; under TLS they may be
// session tickets.
func alive(c net.Conn) bool {
	t, encrypted := c.(*tls.Conn)
	if encrypted {
		c = t.NetConn()
	}
	s, ok := c.(syscall.Conn)
	if !ok {
		return true // in-memory: nothing to look at
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	open := true
	err = raw.Control(func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		open = encrypted && n > 0 || err == syscall.EAGAIN || err == syscall.EINTR
	})
	return err == nil && open
}
