package corpus

import (
	"strings"
	"testing"
)

func FuzzWordNet(f *testing.F) {
	for _, file := range []string{smallNoun, smallVerb, smallAdj} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		synsets, err := readWordNet(strings.NewReader(file))
		if err != nil {
			return
		}
		wordNetSentences(synsets)
		for _, s := range synsets {
			if len(s.words) == 0 || len(s.words) > len(file) {
				t.Fatalf("%d words", len(s.words))
			}
		}
	})
}

func FuzzOntology(f *testing.F) {
	f.Add(smallOntology)
	f.Add(`[{"id":"a","name":"(","child_ids":["a","b"]},{"id":"b","name":",x","description":"). A","child_ids":["a"]}]`)
	f.Fuzz(func(t *testing.T, file string) {
		classes, err := readOntology(strings.NewReader(file))
		if err == nil {
			classSentences(classes)
		}
	})
}

func FuzzCaptions(f *testing.F) {
	f.Add(smallCaptions)
	f.Add("caption_1,caption_2\n\"a\"\"b\",c\n")
	f.Fuzz(func(t *testing.T, file string) {
		captions, err := readCaptions(strings.NewReader(file))
		if err != nil {
			return
		}
		for _, caption := range captions {
			caption = Clean(caption)
			if caption != Clean(caption) {
				t.Errorf("%q cleaned twice is %q", caption, Clean(caption))
			}
			for _, phrase := range phrases(caption) {
				if n := wordCount(phrase); n == 0 || n > maxPhrase {
					t.Errorf("a phrase of %d words: %q", n, phrase)
				}
			}
		}
	})
}

func FuzzColumn(f *testing.F) {
	f.Add("concept\tcaption\ndog\ta dog barks\n", "caption")
	f.Fuzz(func(t *testing.T, file, column string) {
		readColumns(strings.NewReader(file), []string{column, "caption"})
	})
}
