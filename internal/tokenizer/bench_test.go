package tokenizer

import (
	"strings"
	"testing"
)

func BenchmarkEncode(b *testing.B) {
	captions := []string{
		"A dog barks loudly while rain falls on a tin roof",
		"An engine idles, then a child's laughter is heard in the distance",
		"Ein Hund bellt laut — l'été à la café",
	}
	for _, name := range []string{"clip.txt.gz", "clip", "gpt2", "roberta", "bert"} {
		t := open(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				t.Encode(captions[i%len(captions)])
			}
		})
	}
}

func BenchmarkLongWord(b *testing.B) {
	t, word := open(b, "gpt2").WithMaxLength(0), strings.Repeat("barking", 20_000)
	b.SetBytes(int64(len(word)))
	for b.Loop() {
		t.Encode(word)
	}
}

func BenchmarkTrain(b *testing.B) {
	g := readTrainGolden(b)
	for b.Loop() {
		trainOn(b, g.Texts, g.Size)
	}
}
