package mockapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"brink/mockapi"
	"brink/mockapi/memnet"
	"brink/profiles"
)

// mock is a served API and a client for it, in fake time.
type mock struct {
	t      *testing.T
	client *http.Client
	stop   func() error // waits for the server to be gone
}

// start serves a plan without any service time, so that every wait is the
// limiter's.
func start(t *testing.T, target string, opt mockapi.Options) *mock {
	t.Helper()
	p, plan, err := profiles.Find(target)
	if err != nil {
		t.Fatal(err)
	}
	if opt.ServiceTime == nil {
		opt.ServiceTime = new(time.Duration)
	}
	api, err := mockapi.New(p, plan, opt)
	if err != nil {
		t.Fatal(err)
	}
	ln := memnet.Listen()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- api.Serve(ctx, ln) }()
	tr := &http.Transport{DialContext: ln.Dial, MaxIdleConnsPerHost: 200}
	return &mock{t: t, client: &http.Client{Transport: tr}, stop: sync.OnceValue(func() error {
		tr.CloseIdleConnections()
		cancel()
		return <-ended
	})}
}

// answer is what came back, and when.
type answer struct {
	status int
	body   string
	header http.Header
	after  time.Duration
}

// send sends a request such as "GET /v3/contacts" with headers "Name: value".
func (m *mock) send(line string, headers ...string) answer {
	m.t.Helper()
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequestWithContext(m.t.Context(), method, "http://mock.test"+path, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return m.do(req)
}

func (m *mock) do(req *http.Request) answer {
	m.t.Helper()
	began := time.Now()
	resp, err := m.client.Do(req)
	if err != nil {
		m.t.Error(err)
		return answer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Error(err)
	}
	return answer{resp.StatusCode, string(body), resp.Header, time.Since(began)}
}

// atOnce sends n requests in the same instant and returns the answers by the
// time they took.
func (m *mock) atOnce(n int, line string, headers ...string) []answer {
	m.t.Helper()
	answers := make([]answer, n)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = m.send(line, headers...) })
	}
	wg.Wait()
	slices.SortFunc(answers, func(a, b answer) int { return int(a.after - b.after) })
	return answers
}

func statuses(answers []answer) map[int]int {
	n := map[int]int{}
	for _, a := range answers {
		n[a.status]++
	}
	return n
}

const (
	records = "GET /api/core/records"
	summary = "GET /v3/account/summary"
)

// The vendor's own example, over HTTP.
func TestAprimo130AtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := start(t, "aprimo", mockapi.Options{})
		answers := m.atOnce(130, records)
		if diff := cmp.Diff(map[int]int{200: 115, 429: 15}, statuses(answers)); diff != "" {
			t.Fatalf("statuses (-want +got):\n%s", diff)
		}
		// 15 normal ones and 15 refusals come at once, then one each 1/15 s.
		for i, a := range answers {
			want := time.Duration(0)
			if i >= 30 {
				want = (time.Duration(i-29)*time.Second + 14) / 15
			}
			if a.after != want {
				t.Errorf("answer %d (%d) after %v, want %v", i, a.status, a.after, want)
			}
		}
		time.Sleep(time.Second)
		answers = m.atOnce(16, records)
		if fast := answers[14].after; fast != 0 {
			t.Errorf("after a second of rest the 15th of 16 waits %v, want 0", fast)
		}
		if slow := answers[15].after; slow != 66_666_667 {
			t.Errorf("after a second of rest the 16th waits %v, want 66.666667ms", slow)
		}
		if err := m.stop(); err != nil {
			t.Error(err)
		}
	})
}

// Two tokens of one key share its limit, two keys do not, and both refusals have
// the body that the vendor documents.
func TestConstantContactLimitsKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := start(t, "constantcontact", mockapi.Options{})
		got := map[string]int{}
		for range 3 {
			for _, token := range []string{"alpha.one", "alpha.two", "beta"} {
				a := m.send(summary, "Authorization: Bearer "+token)
				got[fmt.Sprint(token, " ", a.status)]++
				if a.status == 429 {
					if want := `{"error_key":"throttled","error_message":"Too Many Requests"}`; a.body != want {
						t.Errorf("refusal %q, want %q", a.body, want)
					}
					if a.header.Get("Content-Type") != "application/json" || a.header.Get("Retry-After") != "" {
						t.Errorf("refusal with headers %v, want JSON and no Retry-After", a.header)
					}
				}
			}
		}
		want := map[string]int{"alpha.one 200": 2, "alpha.one 429": 1, "alpha.two 200": 2, "alpha.two 429": 1, "beta 200": 3}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}

		// A day's quota at 4/s is spent in 41 minutes and 40 seconds.
		began := time.Now()
		n := 0
		for a := (answer{status: 200}); a.status == 200; n++ {
			a = m.send(summary, "Authorization: Bearer gamma")
			if a.status == 429 {
				if want := `{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}`; a.body != want {
					t.Errorf("refusal %d %q, want %q", n, a.body, want)
				}
			}
			time.Sleep(time.Second / 4)
		}
		if took := time.Since(began).Round(time.Second); n != 10_001 || took != 2500*time.Second {
			t.Errorf("the quota lasted for %d requests and %v, want 10000 and 41m40s", n-1, took)
		}
		// The fake clock starts at midnight UTC, and the quota is back at the next one.
		midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		time.Sleep(time.Until(midnight) - 1)
		if a := m.send(summary, "Authorization: Bearer gamma"); a.status != 429 {
			t.Errorf("a nanosecond before midnight: %d, want 429", a.status)
		}
		time.Sleep(time.Nanosecond)
		if a := m.send(summary, "Authorization: Bearer gamma"); a.status != 200 {
			t.Errorf("at midnight: %d, want 200", a.status)
		}
		m.stop()
	})
}

func TestPartnerPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := start(t, "constantcontact:partner", mockapi.Options{})
		if diff := cmp.Diff(map[int]int{200: 10, 429: 5}, statuses(m.atOnce(15, summary))); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		m.stop()
	})
}

func TestTokenEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := start(t, "constantcontact", mockapi.Options{})
		call := func(client, form string) answer {
			req, _ := http.NewRequestWithContext(t.Context(), "POST", "http://mock.test/oauth2/default/v1/token", strings.NewReader(form))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if client != "" {
				req.SetBasicAuth(client, "irrelevant")
			}
			return m.do(req)
		}
		const form = "grant_type=refresh_token&refresh_token=x"
		first := call("client-1", form)
		var token struct {
			Type    string `json:"token_type"`
			Token   string `json:"access_token"`
			Expires int    `json:"expires_in"`
		}
		if err := json.Unmarshal([]byte(first.body), &token); err != nil || first.status != 200 {
			t.Fatalf("%d %q: %v", first.status, first.body, err)
		}
		if token.Type != "Bearer" || token.Expires != 86400 || !strings.HasPrefix(token.Token, "client-1.") {
			t.Errorf("issued %+v, want a bearer token of client-1 for 24 hours", token)
		}
		if a := call("client-1", form); a.status != 429 {
			t.Errorf("second call within a second: %d, want 429", a.status)
		}
		if a := call("client-2", form); a.status != 200 {
			t.Errorf("another client: %d, want 200", a.status)
		}
		if a := call("", form); a.status != 401 {
			t.Errorf("nobody: %d, want 401", a.status)
		}
		time.Sleep(time.Second)
		if a := call("client-1", "grant=nothing"); a.status != 400 || !strings.Contains(a.body, "grant_type") {
			t.Errorf("without a grant: %d %q, want 400", a.status, a.body)
		}
		// The token belongs to its client's key, which the calls above did not charge.
		auth := "Authorization: Bearer " + token.Token
		if diff := cmp.Diff(map[int]int{200: 4, 429: 2}, statuses(m.atOnce(6, summary, auth))); diff != "" {
			t.Errorf("statuses with the token (-want +got):\n%s", diff)
		}
		if a := m.send(summary, "Authorization: Bearer client-1"); a.status != 429 {
			t.Errorf("another token of the client: %d, want 429", a.status)
		}
		m.stop()
	})
}

func TestCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			target, line string
			strict       bool
			headers      []string
			status       int
			body         string // if not ""
		}{
			{target: "aprimo", line: records, status: 200},
			{target: "aprimo", line: records, headers: []string{"Authorization: Bearer brink-demo"}, status: 200},
			{target: "aprimo", line: records, headers: []string{"Authorization: Basic eA=="}, status: 401},
			{target: "aprimo", line: records, headers: []string{"Authorization: Bearer"}, status: 401},
			{target: "aprimo", line: records, headers: []string{"Authorization: Bearer a b"}, status: 401},
			{target: "aprimo", line: records, strict: true, status: 401},
			{target: "aprimo", line: records, strict: true, headers: []string{"Authorization: Bearer brink-demo"}, status: 400},
			{target: "aprimo", line: records, strict: true, headers: []string{"Authorization: bearer brink-demo.1", "API-VERSION: 1"}, status: 200},
			{target: "constantcontact", line: summary, status: 200},
			{
				target: "constantcontact", line: summary, strict: true, status: 401,
				body: `{"error_key":"unauthorized","error_message":"Unauthorized"}`,
			},
			{target: "constantcontact", line: "GET /nowhere", status: 404},
			{target: "constantcontact", line: "DELETE /v3/contacts", status: 404},
			{target: "constantcontact", line: "GET /v3//contacts", status: 200}, // no redirect of our own
			{target: "aprimo", line: "GET /api/core/record/42", status: 200},
		} {
			m := start(t, tt.target, mockapi.Options{Strict: tt.strict})
			a := m.send(tt.line, tt.headers...)
			if a.status != tt.status || tt.body != "" && a.body != tt.body {
				t.Errorf("%s strict=%v %s %q: %d %q, want %d %q", tt.target, tt.strict, tt.line, tt.headers, a.status, a.body, tt.status, tt.body)
			}
			m.stop()
		}
	})
}

// A request to an unknown path is charged, too: the limit is on all calls.
func TestUnknownPathsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := start(t, "constantcontact", mockapi.Options{})
		if diff := cmp.Diff(map[int]int{404: 4, 429: 1}, statuses(m.atOnce(5, "GET /nowhere"))); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		m.stop()
	})
}

// A client that goes away while it is queued gives nothing back.
func TestAbandonedRequestKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := start(t, "aprimo", mockapi.Options{})
		m.atOnce(15, records)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "GET", "http://mock.test/api/core/records", nil)
		if _, err := m.client.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("first in the queue: %v, want to give up", err)
		}
		if a := m.send(records); a.after != 132_333_334 {
			t.Errorf("second in the queue waited %v, want 2/15 s less the millisecond", a.after)
		}
		if got := m.state().Requests["abandoned"]; got != 1 {
			t.Errorf("%d abandoned, want 1", got)
		}
		m.stop()
	})
}

// A day of service times has the profile's median and spread, and is the same
// day each time the seed is.
func TestServiceTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		draw := func(seed uint64) []time.Duration {
			median := 100 * time.Millisecond
			m := start(t, "aprimo", mockapi.Options{Seed: seed, ServiceTime: &median})
			var took []time.Duration
			for range 400 {
				took = append(took, m.send(records).after)
			}
			m.stop()
			return took
		}
		first := draw(1)
		if diff := cmp.Diff(first, draw(1)); diff != "" {
			t.Error("the same seed gave other times")
		}
		slices.Sort(first)
		p50, p16, p84 := first[200], first[64], first[336]
		if p50 < 95*time.Millisecond || p50 > 105*time.Millisecond {
			t.Errorf("median %v, want about 100ms", p50)
		}
		if p16 > 94*time.Millisecond || p84 < 106*time.Millisecond {
			t.Errorf("two thirds lie in %v to %v, want about 90ms to 110ms", p16, p84)
		}
	})
}

// state is what the tests read of GET /_mock/state.
type state struct {
	Profile  string
	Requests map[string]int
	Limits   []struct {
		Name string
		Keys []struct {
			Key                      string
			Limit, Remaining, Queued int
			ResetAfterMS             float64 `json:"reset_after_ms"`
		}
	}
}

func (m *mock) state() state {
	m.t.Helper()
	var s state
	if err := json.Unmarshal([]byte(m.send("GET /_mock/state").body), &s); err != nil {
		m.t.Error(err)
	}
	return s
}

func TestAdmin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := start(t, "constantcontact", mockapi.Options{})
		m.atOnce(6, summary, "Authorization: Bearer alpha.secret")
		m.send(summary, "Authorization: Bearer "+strings.Repeat("secret", 9))
		s := m.state()
		if diff := cmp.Diff(map[string]int{"answered": 5, "queued": 0, "refused": 2, "abandoned": 0, "denied": 0}, s.Requests); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		text := fmt.Sprint(s.Limits)
		if !strings.HasPrefix(text, "[{second [{alpha 4 0 0 1000} {secret…") || strings.Contains(text, "secretsecret") {
			t.Errorf("limits %s: want alpha without its 4 of 4, and no token", text)
		}
		if a := m.send("POST /_mock/reset"); a.status != http.StatusNoContent {
			t.Errorf("reset: %d, want 204", a.status)
		}
		if a := m.send(summary, "Authorization: Bearer alpha"); a.status != 200 {
			t.Errorf("after the reset: %d, want 200", a.status)
		}
		m.stop()

		m = start(t, "constantcontact", mockapi.Options{NoAdmin: true})
		if a := m.send("GET /_mock/state"); a.status != 404 {
			t.Errorf("without admin paths: %d, want 404", a.status)
		}
		m.stop()
	})
}

// The log names the key and never the token, and does not grow with the load.
func TestRefusalsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		h := slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})
		m := start(t, "constantcontact", mockapi.Options{Logger: slog.New(h)})
		for range 3 {
			m.atOnce(104, summary, "Authorization: Bearer alpha.secret")
			time.Sleep(time.Second + time.Millisecond) // not in the instant of the log's own timer
		}
		m.atOnce(6, summary, "Authorization: Bearer beta.secret")
		m.stop()
		want := `level=WARN msg=refused key=alpha request="GET /v3/account/summary" limit=second frees_in=250ms
level=WARN msg=refused key=alpha limit=second more=99
level=WARN msg=refused key=alpha limit=second more=100
level=WARN msg=refused key=alpha limit=second more=100
level=WARN msg=refused key=beta request="GET /v3/account/summary" limit=second frees_in=250ms
level=WARN msg=refused key=beta limit=second more=1
`
		if diff := cmp.Diff(want, log.String()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// A server that is told to stop cuts what is queued for longer than its grace,
// and leaves nothing behind (the bubble would not end).
func TestStopCutsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := start(t, "aprimo", mockapi.Options{})
		var wg sync.WaitGroup
		var mu sync.Mutex
		served, cut := 0, 0
		for range 115 {
			wg.Go(func() {
				resp, err := m.client.Get("http://mock.test/api/core/records")
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					served++
				} else {
					cut++
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		if err := m.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 1100*time.Millisecond {
			t.Errorf("stopping took %v, want a second", took)
		}
		wg.Wait()
		if served < 29 || served > 31 || served+cut != 115 {
			t.Errorf("%d served and %d cut, want 15 and those of a second more (30), and the rest cut", served, cut)
		}
	})
}

func TestServeTellsOfABrokenListener(t *testing.T) {
	p, plan, err := profiles.Find("aprimo")
	if err != nil {
		t.Fatal(err)
	}
	api, err := mockapi.New(p, plan, mockapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ln := memnet.Listen()
	ln.Close()
	if err := api.Serve(t.Context(), ln); err == nil {
		t.Error("no error for a listener that is closed")
	}
}

// A smoke test on a real socket: 130 requests at once, all on connections of
// their own. Times are not asserted; the counts are what they must be.
func TestStart(t *testing.T) {
	p, plan, err := profiles.Find("aprimo")
	if err != nil {
		t.Fatal(err)
	}
	plan.Limits = slices.Clone(plan.Limits)
	rate := *plan.Limits[0].Rate
	rate.Value.Per = time.Hour // nothing comes back while the test runs
	plan.Limits[0].Rate = &rate
	plan.Limits[0].Queue = nil
	base, stop, err := mockapi.Start(t.Context(), p, plan, mockapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := &mock{t: t, client: &http.Client{Transport: &http.Transport{}}}
	answers := make([]answer, 130)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			req, _ := http.NewRequestWithContext(t.Context(), "GET", p.ProbeURL(base), nil)
			answers[i] = m.do(req)
		})
	}
	wg.Wait()
	if diff := cmp.Diff(map[int]int{200: 15, 429: 115}, statuses(answers)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	stop()
	stop() // again does no harm
	if _, err := m.client.Get(base); err == nil {
		t.Error("the server still answers after stop")
	}
}
