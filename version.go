package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/spf13/pflag"
)

var versionVerb = verb{
	name:  "version",
	short: "print the version",
	setup: func(fs *pflag.FlagSet) action {
		asJSON := fs.Bool("json", false, "print one JSON document")
		return func(_ context.Context, std stdio, args []string) error {
			if len(args) > 0 {
				return usageError("version takes no arguments", "")
			}
			v := readVersion()
			if *asJSON {
				return json.NewEncoder(std.Out).Encode(v)
			}
			return printed(std.Out, v.String()+"\n")
		}
	},
}

// buildVersion says which build this is.
type buildVersion struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from a tree that differs from the commit
	Go       string `json:"go"`
}

func (v buildVersion) String() string {
	s := "brink " + v.Version
	if v.Commit != "" {
		s += fmt.Sprintf(" (%.12s", v.Commit)
		if v.Modified {
			s += ", modified"
		}
		s += ")"
	}
	return s + " " + v.Go
}

// readVersion asks the binary itself.
func readVersion() buildVersion {
	v := buildVersion{Version: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Go = info.GoVersion
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
