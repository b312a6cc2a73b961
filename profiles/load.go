package profiles

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

//go:embed *.yaml
var files embed.FS

// Schema is the JSON schema of a profile file.
//
//go:embed profile.schema.json
var Schema string

// Names lists the built-in profiles in alphabetical order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // it is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Load returns a built-in profile. For a name that there is none of, the error
// is an *UnknownError.
func Load(name string) (Profile, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return Profile{}, &UnknownError{What: "profile", Name: name, Known: Names()}
	}
	return Parse(name+".yaml", data)
}

// Find returns the profile and plan that a target such as "aprimo" or
// "constantcontact:partner" names. The error may be an *UnknownError.
func Find(target string) (Profile, Plan, error) {
	name, planName, _ := strings.Cut(target, ":")
	p, err := Load(name)
	if err != nil {
		return Profile{}, Plan{}, err
	}
	plan, err := p.Plan(planName)
	return p, plan, err
}

// UnknownError is a name that nothing has.
type UnknownError struct {
	What  string   // "profile", "plan of aprimo"
	Name  string   // as asked for
	Known []string // what there is
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no %s is called %q: there is %s", e.What, e.Name, strings.Join(e.Known, ", "))
}

// Error is a fault in a profile file.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 when the fault has no place
	Msg          string // what is wrong and what to do
	Excerpt      string // the lines around it, with a caret
}

// Error gives file:line:column and the message, and the excerpt below them.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	if e.Line == 0 {
		s = e.File + ": " + e.Msg
	}
	if e.Excerpt != "" {
		s += "\n" + e.Excerpt
	}
	return s
}

// Parse reads and checks a profile. Unknown fields, duplicate fields and values
// that make no sense are errors, of type *Error, joined when there are several.
func Parse(filename string, data []byte) (Profile, error) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return Profile{}, located(filename, err)
	}
	if len(bytes.TrimSpace(data)) == 0 || len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return Profile{}, &Error{File: filename, Msg: "the file is empty"}
	}
	if len(file.Docs) > 1 {
		return Profile{}, at(filename, file.Docs[1].Start, "a second document begins here: a file holds one profile")
	}
	var p Profile
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&p); err != nil {
		if errors.Is(err, io.EOF) { // nothing but comments
			return Profile{}, &Error{File: filename, Msg: "the file is empty"}
		}
		return Profile{}, located(filename, err)
	}
	var faults []error
	for _, problem := range p.problems() {
		faults = append(faults, at(filename, find(file, problem.path), problem.String()))
	}
	return p, errors.Join(faults...)
}

// located gives an error of the YAML library our form.
func located(filename string, err error) error {
	var y yaml.Error
	if !errors.As(err, &y) {
		return &Error{File: filename, Msg: err.Error()}
	}
	return at(filename, y.GetToken(), y.GetMessage())
}

// at makes an error of a place in the file.
func at(filename string, tk *token.Token, msg string) *Error {
	e := &Error{File: filename, Msg: msg}
	if tk == nil {
		return e
	}
	e.Line, e.Column = tk.Position.Line, tk.Position.Column
	text := yaml.FormatError(&yaml.SyntaxError{Message: "-", Token: tk}, false, true)
	if _, excerpt, ok := strings.Cut(text, "\n"); ok {
		e.Excerpt = strings.TrimRight(excerpt, " \n")
	}
	return e
}

// find returns the token of the value at a path such as $.plans[0].name or, when
// there is no such value, of the nearest one that it would be part of.
func find(file *ast.File, path string) *token.Token {
	for {
		if p, err := yaml.PathString(path); err == nil {
			if node, err := p.FilterFile(file); err == nil && node != nil {
				return node.GetToken()
			}
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return nil
		}
		path = path[:cut]
	}
}
