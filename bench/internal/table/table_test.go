package table

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWriteBetween(t *testing.T) {
	name := filepath.Join(t.TempDir(), "README.md")
	begin, end := "<!-- bench:it -->", "<!-- /bench:it -->"
	for _, old := range []string{"", "old\n"} {
		if err := os.WriteFile(name, []byte("before\n"+begin+"\n"+old+end+"\nafter\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := WriteBetween(name, "it", "new\n"); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(name)
		if want := "before\n" + begin + "\nnew\n" + end + "\nafter\n"; string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	os.WriteFile(name, []byte("no marks\n"), 0o666)
	if err := WriteBetween(name, "it", "new\n"); err == nil {
		t.Error("no error without marks")
	}
	if err := WriteBetween("", "it", "new\n"); err != nil {
		t.Error(err)
	}
}
