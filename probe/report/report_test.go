package report

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"brink/probe"
)

var update = flag.Bool("update", false, "write the golden files anew")

var started = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// sampleReports are one report of each kind.
func sampleReports() map[string]*probe.Report {
	base := probe.Report{
		Schema: probe.ReportSchema, Tool: probe.Tool{Name: "brink", Version: "v1.2.3"},
		Target:    probe.Target{URL: "http://127.0.0.1:40123/api/core/records", Method: "GET", Profile: "aprimo", Plan: "standard", Mock: true},
		StartedAt: started, ElapsedS: 24.1, Seed: 7, Budget: probe.DefaultBudget,
		Refusal: probe.Refusal{Form: "none"},
		Spent:   probe.Spent{Requests: 342, Accepted: 327, Refused: 15, ElapsedS: 24.1},
	}
	base.LatencyMS = probe.Quantiles{P50: 30.2, P90: 4810, P99: 6570, Max: 6697}
	base.LatenessMS = probe.Quantiles{P50: 0.1, P99: 0.8, Max: 2.31}

	queue := base
	queue.Verdict = probe.Limited
	queue.Limits = []probe.Limit{{
		Kind: "leaky_queue", Confidence: 0.993,
		RatePerS:     &probe.Measured{Value: 15, Low: 14.99, High: 15.01},
		Burst:        &probe.Measured{Value: 15, Low: 15, High: 15},
		QueueDepth:   &probe.Measured{Value: 100, Low: 99, High: 101},
		Alternatives: []probe.Alternative{{Kind: "concurrency_queue", Probability: 0.006}, {Kind: "token_bucket", Probability: 0.001}},
		Evidence:     []probe.Evidence{{Text: "342 of 342 decisions explained", Counts: 342}},
		Claimed:      &probe.Claimed{Profile: "15/s, burst 15, queue of 100, per tenant"}, Agrees: new(true),
	}}
	queue.Refusal = probe.Refusal{Form: "http", Statuses: []int{429}, RetryAfter: "7"}
	queue.RefusedCallsCount = new(false)
	queue.NotReached = []probe.Reach{{What: "concurrency", UpTo: 115}}
	queue.NotTested = []probe.NotTested{{What: "scope", Why: "one credential, one endpoint and one source address were used"}}
	queue.Advice = &probe.Advice{RatePerS: 14.2, Burst: 15, TimeoutS: 9, Margin: 0.05}

	two := base
	two.Verdict = probe.Limited
	two.Target = probe.Target{URL: "https://api.example.com/v1/items?a=1&b=2", Method: "GET"}
	two.Limits = []probe.Limit{
		{
			Kind: "fixed_window", Confidence: 0.62, Alignment: "clock",
			RatePerS: &probe.Measured{Value: 0.5, Low: 0.49, High: 0.52},
			Limit:    &probe.Measured{Value: 30, Low: 30, High: 30}, WindowS: &probe.Measured{Value: 60, Low: 59.9, High: 60.2},
			Claimed: &probe.Claimed{Headers: "X-RateLimit-Limit: 40\x1b[2J"}, Agrees: new(false),
		},
		{Kind: "concurrency", Confidence: 0.97, Concurrency: &probe.Measured{Value: 20, Low: 20, High: 20}},
	}
	two.Refusal = probe.Refusal{Form: "http", Statuses: []int{429, 503}}
	two.RefusedCallsCount = new(true)
	two.Scope = []probe.Scope{{Attribute: "source_ip", Shared: new(true), Evidence: "a second address met the limit of the first"}}
	two.NotTested = []probe.NotTested{{What: "day", Why: "its window is longer than a run", Documented: "10000 per 24h from 00:00 UTC, per api key"}}
	two.Notes = []string{"3 of 342 requests failed for reasons of their own (not counted as refusals)"}
	two.Spent.Failed = 3

	unlimited := base
	unlimited.Verdict = probe.Unlimited
	unlimited.NotReached = []probe.Reach{{What: "rate_per_s", UpTo: 500}, {What: "concurrency", UpTo: 200}}

	stopped := base
	stopped.Verdict, stopped.StopReason = probe.Stopped, "budget spent: 250 refusals"

	failed := base
	failed.Verdict = probe.Stopped
	failed.Failure = &probe.Failure{Kind: "denied", Message: "http://127.0.0.1:1/ answers 401 Unauthorized", Hint: "give a credential"}
	failed.Spent = probe.Spent{Requests: 1, Failed: 1, ElapsedS: 0.1}
	failed.LatencyMS = probe.Quantiles{}

	return map[string]*probe.Report{"queue": &queue, "two": &two, "unlimited": &unlimited, "stopped": &stopped, "failed": &failed}
}

// sampleFires are one fire report of each kind.
func sampleFires() map[string]*probe.FireReport {
	atOnce := &probe.FireReport{
		Schema: probe.FireSchema, Tool: probe.Tool{Name: "brink", Version: "v1.2.3"},
		Target: probe.Target{URL: "http://127.0.0.1:40123/api/core/records", Method: "GET", Profile: "aprimo", Plan: "standard", Mock: true},
		Load:   "130 at once", Expected: 130, StartedAt: started, ElapsedS: 6.7,
		Accepted: probe.FireAccepted{AtOnce: 15, AtOnceMS: 30.4, Delayed: 100}, Refused: 15,
		Statuses:   []probe.StatusCount{{Status: 200, Count: 115}, {Status: 429, Count: 15}},
		RetryAfter: []probe.ValueCount{{Value: "7", Count: 15}}, BaselineMS: 30.1,
		DelayS:    &probe.DelayRange{First: 0.0667, Last: 6.6667},
		PerSecond: []probe.SecondCounts{{S: 0, Sent: 130, AtOnce: 15, Delayed: 14, Refused: 15}, {S: 1, Delayed: 15}},
		LatencyMS: probe.FireLatency{FromDue: probe.Quantiles{P50: 2900, P90: 5970, P99: 6640, Max: 6699}},
		Spent:     probe.Spent{Requests: 130, Accepted: 115, Refused: 15, ElapsedS: 6.7},
	}
	for k := range 100 {
		atOnce.Queue = append(atOnce.Queue, probe.Queued{N: uint64(15 + k), DelayS: float64(k+1) / 15})
	}
	rate := &probe.FireReport{
		Schema: probe.FireSchema, Tool: atOnce.Tool, Target: probe.Target{URL: "http://localhost:8080/", Method: "GET"},
		Load: "20/s for 4s", Expected: 80, StartedAt: started, ElapsedS: 4.1, StopReason: "the budget of 70 requests is spent",
		Accepted: probe.FireAccepted{AtOnce: 50, AtOnceMS: 12}, Refused: 14, Failed: 6,
		Statuses:   []probe.StatusCount{{Status: 0, Count: 2}, {Status: 200, Count: 50}, {Status: 429, Count: 14}, {Status: 500, Count: 4}},
		NotSent:    []probe.ReasonCount{{Reason: "stopped", Count: 10}},
		RetryAfter: []probe.ValueCount{{Value: "1", Count: 7}, {Value: "2", Count: 7}}, BaselineMS: 12,
		PerSecond: []probe.SecondCounts{
			{S: 0, Sent: 20, AtOnce: 20},
			{S: 1, Sent: 20, AtOnce: 12, Refused: 8},
			{S: 2, Sent: 20, AtOnce: 10, Refused: 6, Failed: 4},
			{S: 3, Sent: 10, AtOnce: 8, Failed: 2},
		},
		LatencyMS: probe.FireLatency{FromDue: probe.Quantiles{P50: 12, P90: 13, P99: 15, Max: 15.4}},
		Spent:     probe.Spent{Requests: 70, Accepted: 50, Refused: 14, Failed: 6, ElapsedS: 4.1},
	}
	unsent := &probe.FireReport{Schema: probe.FireSchema, Tool: atOnce.Tool, Target: rate.Target, Load: "1 at once", StartedAt: started, StopReason: "dry run"}
	return map[string]*probe.FireReport{"fire-at-once": atOnce, "fire-rate": rate, "fire-unsent": unsent}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update writes it anew:\n%s", file, diff)
	}
}

func TestTextReports(t *testing.T) {
	check := func(name, got string) {
		golden(t, name, got)
		for i, line := range strings.Split(got, "\n") {
			if n := len([]rune(line)); n > pageWidth && !strings.Contains(line, "http") {
				t.Errorf("%s: line %d has %d cells: %s", name, i+1, n, line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: line %d ends in a space", name, i+1)
			}
		}
		if strings.Contains(got, "\x1b") {
			t.Errorf("%s holds an escape sequence", name)
		}
	}
	for name, r := range sampleReports() {
		var b strings.Builder
		if err := WriteText(&b, r, Style{}); err != nil {
			t.Fatal(err)
		}
		check(name, b.String())
	}
	for name, r := range sampleFires() {
		var b strings.Builder
		if err := WriteFireText(&b, r, Style{}); err != nil {
			t.Fatal(err)
		}
		check(name, b.String())
	}
}

func compile(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestJSONKeepsToTheSchemas(t *testing.T) {
	schema := compile(t, Schema)
	for name, r := range sampleReports() {
		var b strings.Builder
		if err := WriteJSON(&b, r); err != nil {
			t.Fatal(err)
		}
		if err := valid(t, schema, b.String()); err != nil {
			t.Errorf("%s: %v\n%s", name, err, &b)
		}
	}
	fire := compile(t, FireSchema)
	for name, r := range sampleFires() {
		var b strings.Builder
		if err := WriteFireJSON(&b, r); err != nil {
			t.Fatal(err)
		}
		if err := valid(t, fire, b.String()); err != nil {
			t.Errorf("%s: %v\n%s", name, err, &b)
		}
	}
}

// A schema that lets everything pass would prove nothing.
func TestSchemasRefuseWhatIsNotInThem(t *testing.T) {
	schema := compile(t, Schema)
	for name, change := range map[string]func(map[string]any){
		"an unknown field": func(d map[string]any) { d["surprise"] = 1 },
		"a lost field":     func(d map[string]any) { delete(d, "spent") },
		"a null list":      func(d map[string]any) { d["limits"] = nil },
		"a new verdict":    func(d map[string]any) { d["verdict"] = "perhaps" },
	} {
		var b strings.Builder
		if err := WriteJSON(&b, sampleReports()["queue"]); err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal([]byte(b.String()), &doc); err != nil {
			t.Fatal(err)
		}
		change(doc)
		changed, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if valid(t, schema, string(changed)) == nil {
			t.Errorf("%s passes", name)
		}
	}
}
