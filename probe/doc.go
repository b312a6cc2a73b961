// Package probe finds the limits of an HTTP API. A Prober sends controlled
// traffic through probe/load, explains the answers with probe/infer, and tells
// what happens as one ordered stream of events; its readers are the screen
// (tui) and the headless formats (probe/report).
//
// It never imports mockapi: the prober must not be able to know the answer.
package probe
