package inputs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a/b/y.flac", "a/x.wav", "a/.hidden.wav", "a/.hidden/z.wav", "a/notes.txt", "c.wav"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"link": "a", "a/up": "..", "a/c.wav": filepath.Join("..", "c.wav"), "a/nowhere.wav": "none.wav"} {
		if err := os.Symlink(to, name); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	below := func(root string) (list []Input) {
		for _, name := range []string{"b/y.flac", "c.wav", "notes.txt", "nowhere.wav", "x.wav"} {
			in := Input{Path: filepath.Join(root, name), Below: ".", Found: true}
			if name == "b/y.flac" {
				in.Below = "b"
			}
			list = append(list, in)
		}
		return list
	}
	for _, root := range []string{"a", "a/", "./a", filepath.Join(dir, "a"), "link", "link/", filepath.Join(dir, "link")} {
		if got, want := Find([]string{root}, true), below(root); !slices.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", root, got, want)
		}
		if got := Find([]string{root}, false); len(got) != 1 || got[0].Path != root || got[0].Err == nil {
			t.Errorf("%s, not recursive: %+v", root, got)
		}
	}
	got := Find([]string{"c.wav", "-", "none.wav", "a/x.wav"}, true)
	if len(got) != 4 || got[2].Err == nil {
		t.Fatalf("%+v", got)
	}
	got[2].Err = nil
	if want := []Input{{Path: "c.wav"}, {Path: "-"}, {Path: "none.wav"}, {Path: "a/x.wav"}}; !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
