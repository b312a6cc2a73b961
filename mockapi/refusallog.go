package mockapi

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"brink/mockapi/limit"
)

// refusalLog writes a line for a refused request, but no more than one in a
// second for an API key: the others are counted, and the count is told when the
// second is over.
type refusalLog struct {
	logger *slog.Logger

	mu     sync.Mutex
	byKey  map[string]*tally
	closed bool
}

// tally is what happened to a key since its last line.
type tally struct {
	more  int
	limit string
	timer *time.Timer
}

const refusalLogEvery = time.Second

func newRefusalLog(l *slog.Logger) *refusalLog {
	return &refusalLog{logger: l, byKey: make(map[string]*tally)}
}

// refused tells of a request, or counts it. It names who sent it by the API
// key, never by the token.
func (l *refusalLog) refused(key string, r *http.Request, d limit.Decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t, ok := l.byKey[key]; ok {
		t.more++
		t.limit = d.Rule
		return
	}
	l.logger.Warn("refused", "key", label(key), "request", r.Method+" "+r.URL.Path,
		"limit", d.Rule, "frees_in", d.RetryAfter.Round(time.Millisecond).String())
	if !l.closed {
		l.byKey[key] = &tally{timer: time.AfterFunc(refusalLogEvery, func() { l.flush(key) })}
	}
}

// flush ends a key's second.
func (l *refusalLog) flush(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.byKey[key]
	if !ok {
		return
	}
	if t.more == 0 || l.closed {
		delete(l.byKey, key)
	} else {
		t.timer.Reset(refusalLogEvery)
	}
	l.tell(key, t)
}

// tell writes what was counted and starts over. The caller holds mu.
func (l *refusalLog) tell(key string, t *tally) {
	if t.more > 0 {
		l.logger.Warn("refused", "key", label(key), "limit", t.limit, "more", t.more)
		t.more = 0
	}
}

// close tells what is counted and waits for no more.
func (l *refusalLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for key, t := range l.byKey {
		t.timer.Stop()
		l.tell(key, t)
		delete(l.byKey, key)
	}
}
