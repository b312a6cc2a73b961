package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// startMock runs "brink mock" with args until stop, which returns the rest of
// its output, what it logged, and its exit code.
func startMock(t *testing.T, args ...string) (baseURL string, stop func() (out, log string, code exitCode)) {
	t.Helper()
	signals := make(chan os.Signal, 1)
	r, w := io.Pipe()
	var log bytes.Buffer // read only after the verb has ended
	ended := make(chan exitCode, 1)
	go func() {
		defer w.Close()
		ended <- run(t.Context(), append([]string{"mock"}, args...), stdio{In: strings.NewReader(""), Out: w, Err: &log, Signals: signals})
	}()
	lines := bufio.NewReader(r)
	first, err := lines.ReadString('\n')
	baseURL, ok := strings.CutPrefix(strings.TrimSuffix(first, "\n"), "listening on ")
	if !ok {
		t.Fatalf("first line %q (%v), want the address; exit code %d, %s", first, err, <-ended, &log)
	}
	var rest bytes.Buffer
	var reading sync.WaitGroup
	reading.Go(func() { io.Copy(&rest, lines) })
	return baseURL, func() (string, string, exitCode) {
		signals <- syscall.SIGINT
		code := <-ended
		reading.Wait()
		return rest.String(), log.String(), code
	}
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func TestMockServesUntilInterrupted(t *testing.T) {
	url, stop := startMock(t, "constantcontact", "--service-time", "0s", "--json-log")
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("listening on %s, want the loopback address", url)
	}
	refused := false
	for range 100 { // far faster than 4/s
		status, _ := get(t, url+"/v3/account/summary")
		refused = refused || status == 429
	}
	out, log, code := stop()
	if !refused {
		t.Error("100 requests in a row and none refused")
	}
	if want := "brink probe " + url + "/v3/account/summary\n"; !strings.HasSuffix(out, want) {
		t.Errorf("output %q, want %q at its end", out, want)
	}
	var line struct{ Msg, Key, Limit string }
	first, _, _ := strings.Cut(log, "\n")
	if err := json.Unmarshal([]byte(first), &line); err != nil || line.Msg != "refused" || line.Key != "anonymous" || line.Limit != "second" {
		t.Errorf("log %q: %+v, %v", first, line, err)
	}
	if code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("it still answers")
	}
}

func TestMockStrictShowsTheCredential(t *testing.T) {
	url, stop := startMock(t, "aprimo", "--strict")
	if status, _ := get(t, url+"/api/core/records"); status != 401 {
		t.Errorf("without a credential: %d, want 401", status)
	}
	out, _, _ := stop()
	for _, want := range []string{
		"export BRINK_MOCK_TOKEN=brink-demo\n",
		`curl -i -H "Authorization: Bearer $BRINK_MOCK_TOKEN" -H 'API-VERSION: 1' ` + url + "/api/core/records\n",
		"brink probe --auth bearer:env:BRINK_MOCK_TOKEN -H 'API-VERSION: 1' " + url + "/api/core/records\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("output %q, want %q in it", out, want)
		}
	}
}

func TestMockOnABusyPort(t *testing.T) {
	url, stop := startMock(t, "aprimo")
	defer stop()
	port := url[strings.LastIndex(url, ":")+1:]
	var errs bytes.Buffer
	code := run(t.Context(), []string{"mock", "aprimo", "--port", port}, stdio{Out: io.Discard, Err: &errs})
	want := "brink: error: 127.0.0.1:" + port + " is in use by another program\nbrink: hint: leave --port out to take a free one\n"
	if errs.String() != want || code != exitFailed {
		t.Errorf("exit code %d and %q, want 1 and %q", code, &errs, want)
	}
}

// Where strangers can come, the paths that look inside are off.
func TestMockForOthersHasNoAdmin(t *testing.T) {
	url, stop := startMock(t, "aprimo", "--addr", "0.0.0.0")
	if status, _ := get(t, url+"/_mock/state"); status != 404 {
		t.Errorf("/_mock/state: %d, want 404", status)
	}
	if _, log, _ := stop(); !strings.HasPrefix(log, "brink: warning: others can reach this mock") {
		t.Errorf("stderr %q, want a warning", log)
	}
}
