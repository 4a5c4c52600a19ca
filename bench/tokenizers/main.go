// Command tokenizers prints how many of many texts get the same ids from package tokenizer as from the original
// tokenizers, and what both take for a caption on one thread.
//
//	go run ./bench/tokenizers -vocabulary bpe_simple_vocab_16e6.txt.gz -captions audiocaps_val.csv
//
// It runs original.py, which says what Python packages it needs.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/soundspace/soundspace/internal/tokenizer"
)

func main() {
	vocabulary := flag.String("vocabulary", "../shared/data/text/bpe_simple_vocab_16e6.txt.gz", "CLIP's `file` of merges")
	captions := flag.String("captions", "", "CSV `file` with a column caption, to measure the speed")
	python := flag.String("python", "python3", "Python `program` that has the original tokenizers")
	script := flag.String("script", "bench/tokenizers/original.py", "`path` of original.py")
	count := flag.Int("count", 20000, "`number` of random texts, besides 10,000 systematic ones")
	seed := flag.Int("seed", 1, "seed of the random texts")
	flag.Parse()
	if err := run(*python, *script, *vocabulary, *captions, *count, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "tokenizers:", err)
		os.Exit(1)
	}
}

// result is what original.py writes.
type result struct {
	Texts         []string
	OpenCLIPTexts []string `json:"open_clip texts"` // without the special tokens, which open_clip renamed
	Captions      []string
	IDs           map[string][][]int32
	NS            map[string]float64 // per caption
}

func run(python, script, vocabulary, captions string, count, seed int) error {
	dir, err := os.MkdirTemp("", "tokenizers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	args := []string{script, dir, vocabulary, strconv.Itoa(count), strconv.Itoa(seed)}
	if captions != "" {
		args = append(args, captions)
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", script, err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		return err
	}
	var r result
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	fmt.Println("| tokenizer | texts | same ids | opening, ms | ns per caption | original | ratio |\n|---|---|---|---|---|---|---|")
	names := make([]string, 0, len(r.IDs))
	for name := range r.IDs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := compare(&r, name, filepath.Join(dir, name), vocabulary); err != nil {
			return err
		}
	}
	return nil
}

func compare(r *result, name, dir, vocabulary string) error {
	open := func() (*tokenizer.Tokenizer, error) { return tokenizer.Open(dir) }
	texts := r.Texts
	switch name {
	case "open_clip":
		texts = r.OpenCLIPTexts
		fallthrough
	case "openai/CLIP":
		open = func() (*tokenizer.Tokenizer, error) { return tokenizer.OpenCLIP(vocabulary) }
	}
	var t *tokenizer.Tokenizer
	opening := time.Duration(1<<63 - 1)
	for range 3 {
		start := time.Now()
		var err error
		if t, err = open(); err != nil {
			return err
		}
		opening = min(opening, time.Since(start))
	}
	t = t.WithMaxLength(0)
	same := 0
	for i, text := range texts {
		if ids, _ := t.Encode(text); slices.Equal(ids, r.IDs[name][i]) {
			same++
		} else {
			fmt.Fprintf(os.Stderr, "%s: %+q\n got %v\nwant %v\n", name, text, ids, r.IDs[name][i])
		}
	}
	fmt.Printf("| %s | %d | %d | %.0f |", name, len(texts), same, float64(opening.Microseconds())/1e3)
	if len(r.Captions) > 0 {
		best := time.Duration(1<<63 - 1)
		for range 5 {
			start := time.Now()
			for _, caption := range r.Captions {
				t.Encode(caption)
			}
			best = min(best, time.Since(start))
		}
		ns := float64(best.Nanoseconds()) / float64(len(r.Captions))
		fmt.Printf(" %.0f | %.0f | %.1f |", ns, r.NS[name], r.NS[name]/ns)
	}
	fmt.Println()
	return nil
}
