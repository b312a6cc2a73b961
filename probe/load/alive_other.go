//go:build !unix

package load

import "net"

// alive cannot look at the socket here and trusts the connection.
func alive(net.Conn) bool { return true }
