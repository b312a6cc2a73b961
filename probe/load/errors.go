package load

import (
	"errors"
	"net"
	"strings"
	"syscall"
)

// Explain puts a transport error in a few plain words.
func Explain(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "no such host: " + dns.Name
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	case errors.Is(err, syscall.EMFILE):
		return "too many open files"
	}
	return strings.TrimPrefix(err.Error(), "answer: ")
}
