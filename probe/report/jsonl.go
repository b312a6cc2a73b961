package report

import (
	"bytes"
	"encoding/json"
	"io"
	"math"

	"brink/probe"
)

// JSONL writes each record of a run as one line of JSON: its type, seq and
// elapsed_s, and the fields of the event beside them. The first line is of type
// "run" and the last one, however the run ended, of type "report".
type JSONL struct{ out *queue }

var _ probe.Sink = JSONL{}

// NewJSONL starts writing to w. Close it to be sure that all is written.
func NewJSONL(w io.Writer) JSONL { return JSONL{newQueue(w)} }

// Handle writes one record.
func (j JSONL) Handle(r probe.Record) { j.out.write(line(r)) }

// Close waits until everything is written, and returns the first error.
func (j JSONL) Close() error { return j.out.close() }

// line encodes a record, its newline included.
func line(r probe.Record) []byte {
	head := struct {
		Type     string  `json:"type"`
		Schema   string  `json:"schema,omitempty"`
		Seq      uint64  `json:"seq"`
		ElapsedS float64 `json:"elapsed_s"`
	}{Seq: r.Seq, ElapsedS: math.Round(r.Elapsed.Seconds()*1e6) / 1e6}
	event := any(r.Event)
	switch e := r.Event.(type) {
	case probe.Start:
		head.Type, head.Schema = "run", "brink.events/1"
	case probe.Sample:
		head.Type = "sample"
	case probe.PhaseStart:
		head.Type = "phase_start"
	case probe.PhaseEnd:
		head.Type = "phase_end"
	case probe.Progress:
		head.Type = "progress"
	case probe.Finding:
		head.Type = "finding"
		event = probe.Finding{Limits: list(e.Limits)}
	case probe.Notice:
		head.Type = "notice"
	case probe.Done:
		head.Type = "report"
		if e.Report != nil {
			event = map[string]any{"report": document(e.Report)}
		} else {
			event = map[string]any{"report": fireDocument(e.Fire)}
		}
	}
	b := append(encode(head), encode(event)...)
	b = bytes.Replace(b, []byte("}\n{"), []byte(","), 1) // two objects become one
	return b
}

// encode gives v as a line of JSON. Events hold nothing that has no JSON form.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}
