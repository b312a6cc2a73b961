package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"brink/probe/load"
	"brink/probe/report"
)

const helpWidth = 80

func helpVerb() verb {
	return verb{
		name:  "help",
		args:  "[VERB]",
		short: "explain a verb",
		setup: func(*pflag.FlagSet) action { return help },
	}
}

func help(_ context.Context, std stdio, args []string) error {
	if len(args) == 0 {
		return printed(std.Out, rootHelp())
	}
	if len(args) > 1 {
		return usageError("help takes one verb", `"brink help" lists them`)
	}
	switch args[0] {
	case "json":
		return printed(std.Out, report.Schema)
	case "json-fire":
		return printed(std.Out, report.FireSchema)
	}
	v, err := findVerb(args[0])
	if err != nil {
		return err
	}
	fs := newFlagSet(v.name)
	v.setup(fs)
	return printed(std.Out, v.help(fs))
}

// The groups flags are listed in, in this order; a flag in none of them is
// listed first, under "Flags".
var flagGroups = []string{"Load", "Target", "Safety", "Output"}

const groupAnnotation = "group"

// group lists the named flags under a heading of the help text.
func group(fs *pflag.FlagSet, heading string, names ...string) {
	for _, name := range names {
		if err := fs.SetAnnotation(name, groupAnnotation, []string{heading}); err != nil {
			panic(err) // a flag that was never defined
		}
	}
}

// printed writes text and gives the error of doing so.
func printed(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

func shortHelp() string {
	var b strings.Builder
	b.WriteString("brink finds the rate limits of an HTTP API.\n\n")
	writeVerbs(&b)
	b.WriteString("\n\"brink help VERB\" explains one.\n")
	return b.String()
}

func rootHelp() string {
	var b strings.Builder
	b.WriteString("usage: brink VERB [ARGUMENTS] [FLAGS]\n\n")
	b.WriteString("brink finds the rate limits of an HTTP API by sending it controlled traffic.\n\n")
	writeVerbs(&b)
	b.WriteString(`
Exit codes:
    0  done
    1  the run failed: unreachable, credentials refused, not an API
    2  wrong usage, bad profile, or no consent to send
    3  finished without a sure answer
    5  stopped for safety: the budget, 401 or 403, a streak of errors
   70  a fault in brink itself
  130  interrupted (143: terminated, 129: the terminal was closed); what was
       known is still reported

"brink help VERB" explains a verb. "brink help json" and "brink help json-fire"
print the JSON schemas of the reports of probe and of fire.
`)
	return b.String()
}

func writeVerbs(b *strings.Builder) {
	b.WriteString("Verbs:\n")
	width := 0
	for _, v := range verbs() {
		width = max(width, len(v.args))
	}
	for _, v := range verbs() {
		fmt.Fprintf(b, "  %-9s %-*s  %s\n", v.name, width, v.args, v.short)
	}
}

// help is the verb's help text.
func (v verb) help(fs *pflag.FlagSet) string {
	var b strings.Builder
	usage := strings.Join(strings.Fields("usage: brink "+v.name+" "+v.args), " ")
	if fs.HasFlags() {
		usage += " [FLAGS]"
	}
	fmt.Fprintf(&b, "%s\n\n%s.\n", usage, strings.ToUpper(v.short[:1])+v.short[1:])
	if len(v.examples) > 0 {
		writeExamples(&b, v.examples)
	}
	if v.long != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(v.long))
	}
	for _, heading := range append([]string{"Flags"}, flagGroups...) {
		writeFlags(&b, fs, heading)
	}
	return b.String()
}

// writeExamples lists command lines, and beside each what it does, or below it
// where there is no room.
func writeExamples(b *strings.Builder, examples [][2]string) {
	b.WriteString("\nExamples:\n")
	width := 0
	for _, e := range examples {
		width = max(width, len(e[0]))
	}
	for _, e := range examples {
		if width+4+len(e[1]) > helpWidth {
			fmt.Fprintf(b, "  %s\n      %s\n", e[0], e[1])
		} else {
			fmt.Fprintf(b, "  %-*s  %s\n", width, e[0], e[1])
		}
	}
}

// writeFlags lists the flags of one group with their defaults, wrapped.
func writeFlags(b *strings.Builder, fs *pflag.FlagSet, heading string) {
	const column = 28
	first := true
	fs.VisitAll(func(f *pflag.Flag) {
		in := "Flags"
		if g := f.Annotations[groupAnnotation]; len(g) > 0 {
			in = g[0]
		}
		if in != heading || f.Hidden {
			return
		}
		if first {
			fmt.Fprintf(b, "\n%s:\n", heading)
			first = false
		}
		placeholder, usage := pflag.UnquoteUsage(f)
		left := "      --" + f.Name
		if f.Shorthand != "" {
			left = "  -" + f.Shorthand + ", --" + f.Name
		}
		if placeholder != "" {
			left += " " + placeholder
		}
		value := f.DefValue
		if d, err := time.ParseDuration(value); err == nil {
			value = load.FormatDuration(d)
		}
		switch value {
		case "", "0", "0s", "0/s", "false", "[]":
		default:
			usage += " (default " + value + ")"
		}
		lines := report.Wrap(usage, helpWidth-column)
		if len(left) > column-1 {
			fmt.Fprintf(b, "%s\n%*s%s\n", left, column, "", lines[0])
		} else {
			fmt.Fprintf(b, "%-*s%s\n", column, left, lines[0])
		}
		for _, l := range lines[1:] {
			fmt.Fprintf(b, "%*s%s\n", column, "", l)
		}
	})
}
