// Package infer works out which limiter is behind a series of answers.
//
// Every kind of limiter is a small deterministic state machine. The recorded
// requests are replayed through it in the order they reached the server, with
// the observed decisions, not the machine's own, feeding its state (teacher
// forcing). Each decision is then scored by how far in time its arrival was
// from the instant at which the decision would have flipped. Because the state
// is a function of the parameters and of what was observed, the likelihood of
// a whole series is the product over its requests, and one decision that a
// model cannot explain does not derail the rest of the replay.
//
// The package is pure: no clock, no goroutine, no I/O. Times are seconds since
// the start of the run.
package infer
