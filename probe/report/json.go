package report

import (
	_ "embed"
	"encoding/json"
	"io"

	"brink/probe"
)

// Schema is the JSON schema of a probe report.
//
//go:embed report.schema.json
var Schema string

// FireSchema is the JSON schema of a fire report.
//
//go:embed fire.schema.json
var FireSchema string

// WriteJSON writes the report as one indented JSON document.
func WriteJSON(w io.Writer, r *probe.Report) error { return write(w, document(r)) }

// WriteFireJSON writes the report as one indented JSON document.
func WriteFireJSON(w io.Writer, r *probe.FireReport) error { return write(w, fireDocument(r)) }

func write(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // URLs hold ampersands
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

// document is r with its lists empty in place of null.
func document(r *probe.Report) *probe.Report {
	d := *r
	d.Limits = list(d.Limits)
	d.Scope = list(d.Scope)
	d.NotReached = list(d.NotReached)
	d.NotTested = list(d.NotTested)
	d.Refusal.Statuses = list(d.Refusal.Statuses)
	for i := range d.Limits {
		d.Limits[i].Evidence = list(d.Limits[i].Evidence)
	}
	return &d
}

// fireDocument is r with its lists empty in place of null.
func fireDocument(r *probe.FireReport) *probe.FireReport {
	d := *r
	d.Statuses = list(d.Statuses)
	d.NotSent = list(d.NotSent)
	d.Queue = list(d.Queue)
	d.PerSecond = list(d.PerSecond)
	d.RetryAfter = list(d.RetryAfter)
	return &d
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
