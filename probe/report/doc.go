// Package report reads a run without a screen: as JSON, as a stream of JSON
// lines, as progress on stderr, and as the text a person pastes to a colleague.
// It is the only package that imports mpb.
package report
