package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rules say who may import whom. Tests are exempt: those of probe run against
// mockapi.
var rules = []struct {
	why      string
	imports  []string              // these packages and what is below them
	excepted func(pkg string) bool // who may
	direct   bool                  // only a direct import counts
}{
	{
		"the prober must not be able to know the answer",
		[]string{"brink/mockapi", "brink/profiles"},
		func(pkg string) bool { return !within(pkg, "brink/probe") }, false,
	},
	{
		"the mock and the prober must not share an idea of how limits work",
		[]string{"brink/probe"},
		func(pkg string) bool { return !within(pkg, "brink/mockapi") && !within(pkg, "brink/profiles") }, false,
	},
	{
		"the screen is one part, and only main knows it",
		[]string{"brink/tui"},
		func(pkg string) bool { return pkg == "brink" || within(pkg, "brink/tui") }, false,
	},
	{
		"a later Bubble Tea must not reach beyond the screen",
		[]string{"github.com/charmbracelet", "github.com/muesli/termenv"},
		func(pkg string) bool { return within(pkg, "brink/tui") }, true,
	},
	{
		"progress bars are one way to report",
		[]string{"github.com/vbauerster/mpb/v8"},
		func(pkg string) bool { return pkg == "brink/probe/report" }, true,
	},
	{
		"flags belong to the command line", // load.Rate has Set and Type, which takes no import
		[]string{"github.com/spf13/pflag"}, func(pkg string) bool { return pkg == "brink" }, true,
	},
}

// leaves say what the innermost packages may import, tests aside: of this module
// only what is listed, and where std is set nothing beyond the standard library.
var leaves = map[string]struct {
	of  []string
	std bool
}{
	"brink/mockapi/limit": {std: true},
	"brink/probe/infer":   {of: []string{"brink/probe/load"}},
	"brink/probe/metric":  {},
	"brink/profiles":      {},
}

// strays are the imports that the package pkg may not have.
func strays(pkg string, imports []string) (out []string) {
	leaf, ok := leaves[pkg]
	for _, dep := range imports {
		first, _, _ := strings.Cut(dep, "/")
		outside := within(dep, "brink") || leaf.std && strings.Contains(first, ".") // a domain
		if ok && outside && !slices.Contains(leaf.of, dep) {
			out = append(out, dep)
		}
	}
	return out
}

func TestStraysAreFound(t *testing.T) {
	imports := []string{"time", "brink/probe/load", "brink/tui", "golang.org/x/time/rate"}
	for pkg, want := range map[string][]string{
		"brink/mockapi/limit": {"brink/probe/load", "brink/tui", "golang.org/x/time/rate"},
		"brink/probe/infer":   {"brink/tui"},
		"brink/probe/metric":  {"brink/probe/load", "brink/tui"},
		"brink/profiles":      {"brink/probe/load", "brink/tui"},
		"brink/tui":           nil,
	} {
		if got := strays(pkg, imports); !slices.Equal(got, want) {
			t.Errorf("%s: strays %q, want %q", pkg, got, want)
		}
	}
}

func within(pkg, tree string) bool { return pkg == tree || strings.HasPrefix(pkg, tree+"/") }

func TestWhoImportsWhom(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen, leavesSeen := 0, 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; seen++ {
		var pkg struct {
			ImportPath    string
			Imports, Deps []string
		}
		if err := d.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if _, ok := leaves[pkg.ImportPath]; ok {
			leavesSeen++
		}
		for _, dep := range strays(pkg.ImportPath, pkg.Imports) {
			t.Errorf("%s imports %s: it is to depend on less", pkg.ImportPath, dep)
		}
		for _, r := range rules {
			if r.excepted(pkg.ImportPath) {
				continue
			}
			imported := pkg.Deps
			if r.direct {
				imported = pkg.Imports
			}
			for _, dep := range imported {
				if slices.ContainsFunc(r.imports, func(tree string) bool { return within(dep, tree) }) {
					t.Errorf("%s imports %s: %s", pkg.ImportPath, dep, r.why)
				}
			}
		}
	}
	if leavesSeen != len(leaves) {
		t.Errorf("go list found %d of %d leaves", leavesSeen, len(leaves))
	}
	if seen < 10 {
		t.Errorf("go list found %d packages: this test looks at nothing", seen)
	}
}

// What is pure takes the time as an argument: only so can it be tested to the
// nanosecond, and give the same answer twice.
func TestPurePackagesReadNoClock(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, dir := range []string{"mockapi/limit", "probe/infer", "probe/metric", "tui/draw"} {
		files := 0
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, s.Sel.Name) {
						t.Errorf("%s reads the clock: time.%s", set.Position(s.Pos()), s.Sel.Name)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if files == 0 {
			t.Errorf("%s holds no code: this test looks at nothing", dir)
		}
	}
}
