package profiles_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"brink/profiles"
)

// The numbers that the built-in profiles must have: a change in a file has to
// be made here, too, and thus twice.
func TestBuiltInLimits(t *testing.T) {
	want := map[string][]string{
		"aprimo:standard":          {"rate: 15/s, burst 15, queue of 100, per tenant"},
		"constantcontact:standard": {"second: 4/s, burst 4, per api key", "day: 10000 per 24h from 00:00 UTC, per api key", "token: 1/s, burst 1, per api key, only token"},
		"constantcontact:partner":  {"second: 10/s, burst 10, per api key", "day: 250000 per 24h from 00:00 UTC, per api key", "token: 1/s, burst 1, per api key, only token"},
	}
	got := map[string][]string{}
	for _, name := range profiles.Names() {
		p, err := profiles.Load(name)
		if err != nil {
			t.Error(err)
		}
		if p.Name != name {
			t.Errorf("%s.yaml calls itself %q", name, p.Name)
		}
		for _, plan := range p.Plans {
			key := name + ":" + plan.Name
			for _, l := range plan.Limits {
				got[key] = append(got[key], l.Name+": "+l.Summary())
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFind(t *testing.T) {
	for _, tt := range []struct{ target, plan, unknown string }{
		{"aprimo", "standard", ""},
		{"constantcontact", "standard", ""},
		{"constantcontact:", "standard", ""},
		{"constantcontact:partner", "partner", ""},
		{"constantcontact:gold", "", "plan of constantcontact"},
		{"acme", "", "profile"},
		{"", "", "profile"},
		{"../aprimo", "", "profile"},
		{"profile.schema", "", "profile"},
	} {
		_, plan, err := profiles.Find(tt.target)
		var unknown *profiles.UnknownError
		switch {
		case tt.unknown == "" && (err != nil || plan.Name != tt.plan):
			t.Errorf("%q: plan %q, %v; want %q", tt.target, plan.Name, err, tt.plan)
		case tt.unknown != "" && (!errors.As(err, &unknown) || unknown.What != tt.unknown || len(unknown.Known) == 0):
			t.Errorf("%q: error %v, want an unknown %s", tt.target, err, tt.unknown)
		}
	}
}

// valid is the smallest profile there is, one line for each thing that the tests
// below break.
const valid = `name: acme
title: Acme API
docs: https://acme.test/limits
base_url: https://api.acme.test
auth:
  kind: bearer
  env: ACME_TOKEN
  demo: brink-demo
  unauthorized: {status: {value: 401, evidence: unknown}}
probe: {method: GET, path: /v1/things}
service_time: {median: 5ms, spread: 0.1, evidence: unknown}
routes:
  - name: things
    method: GET
    path: /v1/things
    answer: {status: {value: 200, evidence: unknown}}
not_found: {status: {value: 404, evidence: unknown}}
default_plan: free
plans:
  - name: free
    title: free of charge
    limits:
      - name: rate
        kind: {value: token_bucket, evidence: unknown}
        rate: {value: 15/s, evidence: documented, source: Acme help}
        burst: {value: 15, evidence: inferred, note: a second of the rate}
        scope: {value: api_key, evidence: unknown}
        refused_requests_free: {value: true, evidence: unknown}
        refusal: {status: {value: 429, evidence: unknown}}
      - name: day
        kind: {value: fixed_window, evidence: unknown}
        limit: {value: 1000, evidence: unknown}
        window: {value: 24h, evidence: unknown}
        align: {value: clock, evidence: unknown}
        scope: {value: tenant, evidence: unknown}
        refused_requests_free: {value: true, evidence: unknown}
        refusal: {status: {value: 429, evidence: unknown}}
`

// mistakes are single changes to the valid profile, with where they are noticed
// and a part of what is said. The schema must refuse them, too, unless it cannot
// know.
var mistakes = []struct {
	old, new string
	line     int
	says     string
	schemaOK bool
}{
	{old: "title: Acme API", new: "titel: Acme API", line: 2, says: `unknown field "titel"`},
	{old: "        burst: {value: 15, ", new: "        burst: {value: 15, vaule: 3, ", line: 26, says: `unknown field "vaule"`},
	{old: "title: Acme API", new: "name: acme", line: 2, says: `"name" already defined`, schemaOK: true},
	{old: "name: acme", new: "name: Acme Inc", line: 1, says: "lower case"},
	{old: "docs: https", new: "docs: http", line: 3, says: "https address"},
	{old: "kind: bearer", new: "kind: oauth", line: 6, says: `"oauth" is not known: use bearer`},
	{old: "ACME_TOKEN", new: "acme-token", line: 7, says: "environment variable"},
	{old: "path: /v1/things}", new: "path: /v1/thing}", line: 10, says: "none of the routes", schemaOK: true},
	{old: "method: GET, path", new: "method: POST, path", line: 10, says: `"POST" is not known: use GET`},
	{old: "median: 5ms", new: "median: 5", line: 11, says: `duration "5": write a number and a unit`},
	{old: "spread: 0.1", new: "spread: 7", line: 11, says: "between 0 and 2"},
	{old: "name: things", new: "name: ''", line: 13, says: "a name is lower case"},
	{old: "    path: /v1/things\n", new: "    path: v1\n", line: 15, says: "want a path"},
	{old: "    path: /v1/things\n", new: "    path: /_mock/state\n", line: 15, says: "belongs to the mock", schemaOK: true},
	{old: "{value: 404, ", new: "{value: 4040, ", line: 17, says: "HTTP status"},
	{old: "default_plan: free", new: "default_plan: pro", line: 18, says: `no plan is called "pro"`, schemaOK: true},
	{old: "value: token_bucket", new: "value: gcra", line: 24, says: `"gcra" is not known: use token_bucket or fixed_window`},
	{old: "15/s", new: "15/fortnight", line: 25, says: `rate "15/fortnight": write a whole number`},
	{old: "15/s", new: "0/s", line: 25, says: "above zero"},
	{old: "15/s", new: "15", line: 25, says: "a unit"},
	{old: ", source: Acme help", new: "", line: 25, says: "name the page or document"},
	{old: "documented", new: "certain", line: 25, says: `"certain" is not known: use documented or observed or inferred or unknown`},
	{old: "value: 15, ", new: "value: 1.5, ", line: 26, says: `"1.5" is no whole number`},
	{old: "value: 15, ", new: "value: 0, ", line: 26, says: "must be at least 1"},
	{old: "value: 15, ", new: "value: fifteen, ", line: 26, says: `"fifteen" is no whole number`},
	{old: ", note: a second of the rate", new: "", line: 26, says: "inferred from"},
	{old: "        rate: {value: 15/s, evidence: documented, source: Acme help}\n", new: "", line: 23, says: "missing: a token_bucket needs it"},
	{old: "        align: {", new: "        queue: {depth: {value: 1, evidence: unknown}, drain: {value: smooth, evidence: unknown}}\n        align: {", line: 34, says: "a fixed_window has none: remove it"},
	{old: "value: clock", new: "value: first_request", line: 34, says: "use clock"},
	{old: "value: tenant", new: "value: planet", line: 35, says: "use tenant or api_key"},
	{old: "name: day", new: "name: rate", line: 30, says: "taken by a limit above", schemaOK: true},
	{old: "        burst", new: "        routes: [nothing]\n        burst", line: 26, says: `no route is called "nothing"`, schemaOK: true},
	{old: "{value: true, ", new: "{value: false, ", line: 28, says: "only true works"},
	{old: "refusal: {status: {value: 429", new: "refusal: {status: {value: 200", line: 29, says: "does not refuse", schemaOK: true},
}

func TestMistakesAreShownWhereTheyAre(t *testing.T) {
	if _, err := profiles.Parse("acme.yaml", []byte(valid)); err != nil {
		t.Fatal(err)
	}
	schema := compileSchema(t)
	for _, tt := range mistakes {
		text := strings.Replace(valid, tt.old, tt.new, 1)
		if text == valid {
			t.Errorf("%q is not in the profile", tt.old)
			continue
		}
		_, err := profiles.Parse("acme.yaml", []byte(text))
		var fault *profiles.Error
		if !errors.As(err, &fault) {
			t.Errorf("%q: error %v, want a fault in the file", tt.new, err)
			continue
		}
		if fault.Line != tt.line || fault.Column == 0 || !strings.Contains(fault.Msg, tt.says) {
			t.Errorf("%q: %v\nwant line %d and %q", tt.new, err, tt.line, tt.says)
		}
		if !strings.Contains(fault.Excerpt, "^") {
			t.Errorf("%q: no caret in\n%s", tt.new, fault.Excerpt)
		}
		if err := validate(schema, text); err == nil && !tt.schemaOK {
			t.Errorf("%q: the schema has no objection", tt.new)
		}
	}
}

func TestParseRefusesWhatIsNoProfile(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "acme.yaml: the file is empty",
		"# nothing\n":         "acme.yaml: the file is empty",
		"name: [":             "acme.yaml:1:7: ",
		"- name: acme":        "acme.yaml:1:1: ",
		valid + "---\na: b\n": "acme.yaml:38:1: a second document",
	} {
		_, err := profiles.Parse("acme.yaml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.20q: error %v, want %q", text, err, want)
		}
	}
}

func TestErrorShowsTheLine(t *testing.T) {
	_, err := profiles.Parse("acme.yaml", []byte(strings.Replace(valid, "15/s", "15/t", 1)))
	want := `acme.yaml:25:23: rate "15/t": write a whole number above zero and a unit (s, min, h or day), as in 15/s`
	if first, _, _ := strings.Cut(fmt.Sprint(err), "\n"); first != want {
		t.Errorf("got  %s\nwant %s", first, want)
	}
	lines := strings.Split(err.Error(), "\n")
	for i, l := range lines {
		if strings.Contains(l, "> 25") && strings.Index(lines[i+1], "^") == strings.Index(l, "15/t") {
			return
		}
	}
	t.Errorf("no caret below the rate in\n%v", err)
}

// source is the text of a built-in profile.
func source(tb testing.TB, name string) string {
	data, err := os.ReadFile(name + ".yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

func TestSchemaFitsTheBuiltInProfiles(t *testing.T) {
	schema := compileSchema(t)
	if err := validate(schema, valid); err != nil {
		t.Errorf("the valid profile: %v", err)
	}
	for _, name := range profiles.Names() {
		if err := validate(schema, source(t, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(profiles.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("profile.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("profile.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(schema *jsonschema.Schema, text string) error {
	var doc any
	if err := yaml.UnmarshalWithOptions([]byte(text), &doc, yaml.AllowDuplicateMapKey()); err != nil {
		return err
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	plain, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		return err
	}
	return schema.Validate(plain)
}

func TestValuesReadWhatTheyWrite(t *testing.T) {
	for _, text := range []string{"15/s", "1/min", "300/min", "2000/h", "10000/day"} {
		if r, err := profiles.ParseRate(text); err != nil || r.String() != text {
			t.Errorf("%s: read as %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "/s", "15", "15/", "-1/s", "1.5/s", "15/s/s", "99999999999/s"} {
		if r, err := profiles.ParseRate(text); err == nil {
			t.Errorf("%s: read as %v, want an error", text, r)
		}
	}
	for d, want := range map[time.Duration]string{
		30 * time.Millisecond: "30ms", 24 * time.Hour: "24h", 90 * time.Minute: "1h30m",
		time.Minute: "1m", 90 * time.Second: "1m30s", 0: "0s", time.Hour + time.Second: "1h0m1s",
	} {
		if got := profiles.Duration(d).String(); got != want {
			t.Errorf("%v: written as %s, want %s", d, got, want)
		}
	}
}

// Whatever a file holds, Parse returns a profile that is valid, or an error that
// can be printed.
func FuzzParse(f *testing.F) {
	f.Add(valid)
	for _, name := range profiles.Names() {
		f.Add(source(f, name))
	}
	f.Add("a: &a [*a]")
	f.Add("name: !!binary x\n? - a\n: b")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := profiles.Parse("fuzz.yaml", []byte(text))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		if err := p.Validate(); err != nil {
			t.Errorf("parsed, and yet: %v", err)
		}
		for _, plan := range p.Plans {
			for _, l := range plan.Limits {
				l.Summary()
			}
		}
	})
}
