package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"brink/probe"
	"brink/probe/load"
)

// run is a short run with every type of event.
func run() []probe.Record {
	limits := sampleReports()["queue"].Limits
	events := []probe.Event{
		probe.Start{Verb: "probe", Target: probe.Target{URL: "http://localhost/", Method: "GET"}, Budget: probe.DefaultBudget, StartedAt: started},
		probe.PhaseStart{Name: "drain", Why: "speed up until a limit shows"},
		probe.Sample{Sample: load.Sample{N: 0, Status: 200, Done: 30 * time.Millisecond}},
		probe.Sample{Sample: load.Sample{N: 1, Status: 429, Outcome: load.Refused}, Delay: time.Second},
		probe.Notice{Level: probe.Warn, Text: "first refusal: \x1b[31mstatus 429"},
		probe.Finding{Limits: limits},
		probe.Finding{Limits: limits},
		probe.Progress{Sent: 3, InFlight: 1},
		probe.PhaseEnd{Name: "drain", Text: "1 passed before the first refusal"},
		probe.Done{Report: sampleReports()["queue"]},
	}
	var rs []probe.Record
	for i, e := range events {
		rs = append(rs, probe.Record{Seq: uint64(i), Elapsed: time.Duration(i) * 1500 * time.Millisecond, Event: e})
	}
	return rs
}

func TestJSONLHasOneEventALine(t *testing.T) {
	var b bytes.Buffer
	j := NewJSONL(&b)
	for _, r := range run() {
		j.Handle(r)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var types []string
	for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		var record struct {
			Type     string
			Seq      int
			ElapsedS float64         `json:"elapsed_s"`
			Report   json.RawMessage // of the last line
			Status   int             // of samples
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("line %d: %v: %s", i+1, err, line)
		}
		if record.Seq != i || record.ElapsedS != float64(i)*1.5 {
			t.Errorf("line %d: seq %d, elapsed_s %v", i+1, record.Seq, record.ElapsedS)
		}
		if record.Type == "sample" && record.Status == 0 {
			t.Errorf("line %d: the sample lost its fields: %s", i+1, line)
		}
		if record.Type == "report" {
			if err := valid(t, compile(t, Schema), string(record.Report)); err != nil {
				t.Error(err)
			}
		}
		types = append(types, record.Type)
	}
	if got, want := strings.Join(types, " "), "run phase_start sample sample notice finding finding progress phase_end report"; got != want {
		t.Errorf("types %s\nwant  %s", got, want)
	}
}

func TestLinesTellWhatMatters(t *testing.T) {
	var b bytes.Buffer
	l := NewLines(&b)
	for _, r := range run() {
		l.Handle(r)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// A finding is told once, and what a server sent cannot steer the terminal.
	want := `brink:     0.0s  probe    GET http://localhost/
brink:     1.5s  drain: speed up until a limit shows
brink:     6.0s  warning  first refusal: ?[31mstatus 429
brink:     7.5s  found    leaky queue, 15.00 requests/s (over 99 %)
brink:    12.0s  drain: done: 1 passed before the first refusal
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", &b, want)
	}
}

// stuck is a writer whose reader never comes, until it is let go.
type stuck struct{ let chan struct{} }

func (s stuck) Write(b []byte) (int, error) {
	<-s.let
	return 0, errors.New("gone")
}

func TestASlowReaderDoesNotHoldTheRun(t *testing.T) {
	s := stuck{make(chan struct{})}
	j := NewJSONL(s)
	for range 1000 { // would never end if Handle waited for the reader
		for _, r := range run() {
			j.Handle(r)
		}
	}
	close(s.let)
	if err := j.Close(); err == nil || err.Error() != "gone" {
		t.Errorf("Close() = %v, want the writer's error", err)
	}
}

func TestBarsSurviveEveryRun(t *testing.T) {
	for cut := range len(run()) + 1 { // also one that broke off
		b := NewBars(new(bytes.Buffer))
		for _, r := range run()[:cut] {
			b.Handle(r)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}
