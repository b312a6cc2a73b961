package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&net.DNSError{Err: "no such host", Name: "a.test", IsNotFound: true}, "no such host: a.test"},
		{&net.DNSError{Err: "i/o timeout", Name: "a.test", IsTimeout: true}, "the name server did not answer in time for a.test"},
		{&net.DNSError{Err: "server misbehaving", Name: "a.test"}, "the name a.test could not be looked up: server misbehaving"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "connection refused"},
		{fmt.Errorf("answer: %w", syscall.ECONNRESET), "connection reset"},
		{fmt.Errorf("tls: %w", context.DeadlineExceeded), "no answer in time"},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "no answer in time"},
		{fmt.Errorf("tls: %w", context.Canceled), "given up"},
		{errors.New("answer: something else"), "something else"},
	} {
		if got := Explain(tt.err); got != tt.want {
			t.Errorf("Explain(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}
