package main

import (
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"brink/probe/report"
)

var update = flag.Bool("update", false, "write the expectations of the scripts anew")

// asBrink makes the test binary behave as brink, for tests that need a process.
const asBrink = "BRINK_TEST_AS_BRINK"

func TestMain(m *testing.M) {
	if os.Getenv(asBrink) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"brink": main})
}

// brink is the program itself, in a process of its own.
func brink(t *testing.T, args ...string) *exec.Cmd {
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), asBrink+"=1")
	return c
}

// TestScripts runs the command line as a user types it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Values["server"] = new(server)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": serve, "seen": seen, "exits": exits, "valid": validate,
		},
	})
}

// server is what the command serve starts, and what it saw.
type server struct{ conns, requests atomic.Int64 }

// serve starts a server and sets URL, HOST and PORT to its address. Its argument says
// what it does: "ok" answers, "html" answers with a page, "token SECRET" wants a
// bearer token, "status CODE" answers that, "tls" has a certificate nobody
// trusts, and "none" does not listen.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("server").(*server)
	kind := args[0]
	h := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		w.Header().Set("Content-Type", "application/json")
		switch kind {
		case "html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<!doctype html><p>Welcome")
		case "token":
			if r.Header.Get("Authorization") != "Bearer "+args[1] {
				w.WriteHeader(http.StatusUnauthorized)
			}
		case "status":
			code, err := strconv.Atoi(args[1])
			ts.Check(err)
			w.WriteHeader(code)
		default:
			io.WriteString(w, "{}")
		}
	}))
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	if kind == "tls" {
		h.StartTLS()
	} else {
		h.Start()
	}
	ts.Setenv("URL", h.URL)
	host := h.Listener.Addr().String()
	ts.Setenv("HOST", host)
	ts.Setenv("PORT", host[strings.LastIndex(host, ":")+1:])
	if kind == "none" {
		h.Close()
		return
	}
	ts.Defer(h.Close)
}

// seen fails unless the server saw so many requests: "seen nothing" means not
// even a connection.
func seen(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("server").(*server)
	nothing := s.conns.Load() == 0 && s.requests.Load() == 0
	if args[0] != "nothing" || nothing == neg {
		ts.Fatalf("the server saw %d connections and %d requests", s.conns.Load(), s.requests.Load())
	}
}

// exits runs a command that must end with the given code: exits 2 brink ...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(*exec.ExitError)
		if !ok {
			ts.Check(err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// validate checks stdout, or a file, against a published schema: valid report,
// valid fire FILE.
func validate(ts *testscript.TestScript, _ bool, args []string) {
	file := "stdout"
	if len(args) > 1 {
		file = args[1]
	}
	text := map[string]string{"report": report.Schema, "fire": report.FireSchema}[args[0]]
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	ts.Check(err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	ts.Check(c.AddResource("schema.json", schema))
	compiled, err := c.Compile("schema.json")
	ts.Check(err)
	// UnmarshalJSON also fails when anything follows the one document.
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(file)))
	ts.Check(err)
	ts.Check(compiled.Validate(doc))
}
