// Package load is brink's generator: it sends HTTP requests at the moments a
// schedule asks for and times each one. It speaks HTTP/1.1 on connections it
// opens ahead and owns, one request on each at a time, so that nothing queues,
// retries or redirects on the client's side and looks like the server's limit.
//
// It is the only part of the prober that starts goroutines.
package load
