package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"brink/probe/report"
	"brink/profiles"
)

var profilesVerb = verb{
	name:  "profiles",
	args:  "ACTION [NAME]",
	short: "look at what is known about vendors",
	long: `list          the built-in profiles and their limits
show NAME     all that a profile says, with evidence and source; NAME:PLAN for
              one plan
check FILE    say what is wrong with a profile file of your own
schema        the JSON schema of profile files

A number is documented (the vendor says so), observed (seen in an answer of the
real API), inferred (it follows from other facts), or unknown (nobody said; it
is only what the mock does).`,
	examples: [][2]string{
		{"brink profiles list", "which vendors there are"},
		{"brink profiles show constantcontact:partner", "the numbers and where they come from"},
		{"brink profiles show aprimo --json", "the same for a program"},
	},
	setup: func(fs *pflag.FlagSet) action {
		takes := map[string]string{"list": "no arguments", "show": "one profile", "check": "one file", "schema": "no arguments"}
		asJSON := fs.Bool("json", false, "print one JSON document (list, show)")
		return func(_ context.Context, std stdio, args []string) error {
			what, args := first(args)
			switch {
			case what == "list" && len(args) == 0:
				return listProfiles(std.Out, *asJSON)
			case what == "show" && len(args) == 1:
				return showProfile(std.Out, args[0], *asJSON)
			case what == "check" && len(args) == 1:
				return checkProfile(std.Out, args[0])
			case what == "schema" && len(args) == 0:
				return printed(std.Out, profiles.Schema)
			case what == "":
				return usageError("profiles needs to know what to do", "for example: brink profiles list")
			}
			hint := `"brink help profiles" explains it`
			if takes, ok := takes[what]; ok {
				return usageError(fmt.Sprintf("profiles %s takes %s", what, takes), hint)
			}
			if near := nearest(what, slices.Sorted(maps.Keys(takes))); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return usageError(fmt.Sprintf("profiles does not know %q", what), hint)
		}
	},
}

// first splits off the first of the arguments, "" if there is none.
func first(args []string) (string, []string) {
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
}

func listProfiles(w io.Writer, asJSON bool) error {
	var all []profiles.Profile
	for _, name := range profiles.Names() {
		p, err := profiles.Load(name)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	if asJSON {
		return writeJSON(w, all)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "PROFILE\tPLAN\tLIMIT\tKIND\tNUMBERS")
	for _, p := range all {
		name := p.Name
		for _, plan := range p.Plans {
			title := plan.Name
			if plan.Name == p.DefaultPlan {
				title += " *"
			}
			for _, l := range plan.Limits {
				fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", name, title, l.Name, words(string(l.Kind.Value)), l.Summary())
				name, title = "", "" // said once
			}
		}
	}
	fmt.Fprintln(tw, "\n* the default plan")
	return tw.Flush()
}

func showProfile(w io.Writer, target string, asJSON bool) error {
	p, plan, err := findProfile(target)
	if err != nil {
		return err
	}
	if strings.Contains(target, ":") {
		p.Plans = []profiles.Plan{plan}
	}
	if asJSON {
		return writeJSON(w, p)
	}
	return printed(w, describeProfile(p))
}

// writeJSON writes a document for programs.
func writeJSON(w io.Writer, doc any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// checkProfile reads a profile that is not built in.
func checkProfile(w io.Writer, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		var pathErr *os.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err // the message below has the path
		}
		return usageError(fmt.Sprintf("read %s: %v", path, err), "")
	}
	p, err := profiles.Parse(path, data)
	if err != nil {
		return usageError(err.Error(), `"brink profiles schema" is the form of a profile; "brink profiles show" has examples`)
	}
	return printed(w, fmt.Sprintf("%s: %s is a valid profile\n", path, p.Name))
}

// describeProfile is all that a profile says, for people.
func describeProfile(p profiles.Profile) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", p.Title, p.Name)
	fmt.Fprintf(&b, "  %-14s %s\n", "limits page", p.Docs)
	fmt.Fprintf(&b, "  %-14s %s\n", "base URL", p.BaseURL)
	fmt.Fprintf(&b, "  %-14s Authorization: Bearer, from the environment variable %s\n", "credential", p.Auth.Env)
	for _, h := range p.Headers {
		fmt.Fprintf(&b, "  %-14s %s: %s\n", "needs", h.Name, h.Value)
	}
	fmt.Fprintf(&b, "  %-14s %s %s\n", "safe to probe", p.Probe.Method, p.Probe.Path)
	fmt.Fprintf(&b, "  %-14s %v ± %.0f %%   (%s)\n", "service time", p.ServiceTime.Median, 100*p.ServiceTime.Spread, p.ServiceTime.Evidence)
	for _, plan := range p.Plans {
		fmt.Fprintf(&b, "\nplan %s: %s", plan.Name, plan.Title)
		if plan.Name == p.DefaultPlan {
			b.WriteString(" (default)")
		}
		if plan.Note != "" {
			b.WriteString("; " + plan.Note)
		}
		b.WriteString("\n")
		for _, l := range plan.Limits {
			describeLimit(&b, l)
		}
	}
	return b.String()
}

// describeLimit has a line for each value, and below it where that comes from.
func describeLimit(b *strings.Builder, l profiles.Limit) {
	fmt.Fprintf(b, "\n  %s: %s\n", l.Name, l.Summary())
	claim := func(name, value string, f profiles.Fact) {
		fmt.Fprintf(b, "    %-13s %-15s %s\n", name, value, f.Evidence)
		for _, text := range []string{f.Source, f.Note} {
			if text == "" {
				continue
			}
			for _, line := range report.Wrap(text, helpWidth-8) {
				fmt.Fprintf(b, "        %s\n", line)
			}
		}
	}
	claim("kind", words(string(l.Kind.Value)), l.Kind.Fact)
	if l.Rate != nil {
		claim("rate", l.Rate.Value.String(), l.Rate.Fact)
	}
	if l.Burst != nil {
		claim("burst", fmt.Sprint(l.Burst.Value), l.Burst.Fact)
	}
	if l.Queue != nil {
		claim("queue", fmt.Sprint(l.Queue.Depth.Value), l.Queue.Depth.Fact)
		claim("queue drain", string(l.Queue.Drain.Value), l.Queue.Drain.Fact)
	}
	if l.Limit != nil {
		claim("limit", fmt.Sprint(l.Limit.Value), l.Limit.Fact)
	}
	if l.Window != nil {
		claim("window", l.Window.Value.String(), l.Window.Fact)
	}
	if l.Align != nil {
		claim("begins by", string(l.Align.Value), l.Align.Fact)
	}
	claim("shared by", words(string(l.Scope.Value)), l.Scope.Fact)
	free := "are counted"
	if l.RefusedRequestsFree.Value {
		free = "are free"
	}
	claim("refused ones", free, l.RefusedRequestsFree.Fact)
	claim("refusal", fmt.Sprint("status ", l.Refusal.Status.Value), l.Refusal.Status.Fact)
	if body := l.Refusal.Body; body != nil {
		claim("body", cmp.Or(body.Value, "empty"), body.Fact)
	}
}

// words spells a name such as token_bucket for people.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }
