package mockapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"brink/profiles"
)

// grace is how long requests under way may take when the server stops. Those
// held in a queue for longer are cut.
const grace = time.Second

// Serve answers on ln until ctx is done, and returns when the listener and every
// connection are closed and no goroutine of the server is left. Being stopped
// is no error.
func (a *API) Serve(ctx context.Context, ln net.Listener) error {
	var conns sync.WaitGroup
	srv := &http.Server{
		Handler: a,
		// Generous, because a client may open its connections long before it uses
		// them, and a closed one would look like a failure of the API.
		ReadHeaderTimeout: 10 * time.Minute,
		ErrorLog:          slog.NewLogLogger(a.opt.Logger.Handler(), slog.LevelWarn),
		ConnState: func(_ net.Conn, s http.ConnState) {
			switch s {
			case http.StateNew:
				conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				conns.Done()
			}
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()

	var err error
	select {
	case err = <-ended: // the listener broke
	case <-ctx.Done():
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		srv.Shutdown(limited) // past its grace, Close does the rest
		cancel()
		err = <-ended
	}
	srv.Close()
	conns.Wait()
	a.log.close()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Start serves the mock of a plan inside this process, on a free port of the
// loopback address. It returns the base URL, such as http://127.0.0.1:40123, and
// a function that stops the server and returns when it is gone. The server also
// stops when ctx is done; stop must be called all the same.
func Start(ctx context.Context, p profiles.Profile, plan profiles.Plan, opt Options) (baseURL string, stop func(), err error) {
	api, err := New(p, plan, opt)
	if err != nil {
		return "", nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start the mock: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		api.Serve(ctx, ln) // only a broken listener ends it early, and its clients tell of that
	}()
	return "http://" + ln.Addr().String(), func() { cancel(); <-gone }, nil
}
