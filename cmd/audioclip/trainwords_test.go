package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTrainWords(t *testing.T) {
	dir := t.TempDir()
	captions := filepath.Join(dir, "captions.csv")
	table := "id,caption\n" + strings.Repeat("1,\"A dog barks, a cat meows\"\n2,Rain falls\n", 20)
	if err := os.WriteFile(captions, []byte(table), 0o666); err != nil {
		t.Fatal(err)
	}
	train := func(args ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append([]string{"train-words"}, args...), nil, &stdout, &stderr)
		return status, stdout.String(), stderr.String()
	}

	out := filepath.Join(dir, "words")
	status, stdout, stderr := train("-o", out, "--width", "8", "--epochs", "2", "--show", "dog,giraffe", captions)
	if status != 0 || !strings.HasPrefix(stdout, "7 words of 40 texts, 8 values each\ndog: ") || strings.Contains(stdout, "giraffe") {
		t.Errorf("status %d, printed %q and %q", status, stdout, stderr)
	}
	if !strings.Contains(stderr, "pass 2 of 2: ") {
		t.Errorf("progress %q", stderr)
	}
	for name, size := range map[string]int{"words.txt": len("a\nbarks\ncat\ndog\nfalls\nmeows\nrain\n"), "model.safetensors": 7 * 8 * 4} {
		if st, err := os.Stat(filepath.Join(out, name)); err != nil || int(st.Size()) < size {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
	if status, _, stderr := train(captions); status != 2 || !strings.Contains(stderr, "-o DIR") {
		t.Errorf("no folder: status %d, %q", status, stderr)
	}
	if status, _, stderr := train("-o", out, filepath.Join(dir, "none.csv")); status != 1 || !strings.Contains(stderr, "none.csv") {
		t.Errorf("no file: status %d, %q", status, stderr)
	}
}
