package main

import (
	"bytes"
	"encoding/json"
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
	for _, args := range [][]string{{"--epochs", "0"}, {"--width", "-3"}, {"--rate", "0"}} {
		if status, _, stderr := train(append(args, "-o", out, captions)...); status != 2 || !strings.Contains(stderr, args[0]) {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
	if status, _, stderr := train("-o", captions, captions); status != 1 || stderr != "audioclip: "+captions+": not a folder\n" {
		t.Errorf("a file for a folder: status %d, %q", status, stderr)
	}
	if status, _, stderr := train("-o", out, filepath.Join(dir, "none.csv")); status != 1 || !strings.Contains(stderr, "none.csv") {
		t.Errorf("no file: status %d, %q", status, stderr)
	}
}

// A table of words, which knows few, is evaluated with phrases that it does not know:
// they count as wrong. It cannot tag.
func TestEvalWords(t *testing.T) {
	dir := t.TempDir()
	captions := writeText(t, filepath.Join(dir, "captions.csv"), "caption\n"+strings.Repeat("a dog barks loudly\nrain falls down\n", 20))
	out := filepath.Join(dir, "words")
	ok(t, "train-words", "-q", "-o", out, "--width", "8", captions)
	synonyms := writeText(t, filepath.Join(dir, "synonyms.tsv"), "phrase\tconcept\nthe dog\tdog\nhound\tdog\nrain\train\ndrizzle\train\n")
	status, stdout, stderr := audioclipIn(t, nil, "eval", "-m", out, "--synonyms", synonyms, "--json", "-")
	var r evalResult
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || status != 0 { // nothing but JSON
		t.Fatalf("status %d, %v: %s", status, err, stdout)
	}
	if s := r.Synonyms; s == nil || s.Phrases != 4 || s.Top1 != 0.5 || r.UnknownTexts != 2 || !strings.Contains(stderr, `2 of 4 texts, such as "hound"`) {
		t.Errorf("%+v, %q", r, stderr)
	}
	if status, _, stderr := audioclipIn(t, nil, "tag", "-m", out, crow, "--labels", "dog,rain"); status != 1 || !strings.Contains(stderr, "no audio encoder") {
		t.Errorf("tag: status %d, %q", status, stderr)
	}
}
