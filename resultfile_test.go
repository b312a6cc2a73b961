package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Only a regular file may be replaced: anything else under the name stays what
// it is.
func TestResultFileLeavesLinksAndDirectoriesWhatTheyAre(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	f, err := newResultFile(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.save(func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is now %v, %v", info.Mode(), err)
	}
	if got, _ := os.ReadFile(real); string(got) != "new" {
		t.Errorf("behind the link: %q, want the report", got)
	}
	for _, name := range []string{dir, "-"} {
		if _, err := newResultFile(name); err == nil {
			t.Errorf("%q was accepted as the name of a file", name)
		}
	}
}

func TestResultFileWritesToADeviceWithoutReplacingIt(t *testing.T) {
	before, err := os.Stat(os.DevNull)
	if err != nil || before.Mode().IsRegular() {
		t.Skip("no null device here")
	}
	f, err := newResultFile(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if !f.direct {
		f.discard()
		t.Fatal("the device would have been replaced by a file")
	}
	if err := f.save(func(w io.Writer) error { _, err := io.WriteString(w, "report"); return err }); err != nil {
		t.Errorf("write to the null device: %v", err)
	}
}
