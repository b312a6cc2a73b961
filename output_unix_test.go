//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The umask decides who may read a report, as with any file a user makes.
func TestResultFileHeedsTheUmask(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027)) // no test beside this one makes files
	name := filepath.Join(t.TempDir(), "report.json")
	file, err := newResultFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.discard()
	if err := file.save(func(w io.Writer) error { return printed(w, "{}") }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("%v, %v; want -rw-r-----", info.Mode(), err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".brink-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
