package corpus

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Entries in the format of WordNet, with words of ours.
const smallNoun = `  1 The licence stands in lines that start with blanks.
00000010 14 n 01 taxonomic_group 0 001 ~ 00000020 n 0000 | a group of animals or plants
00000020 05 n 01 genus_Canora 0 001 @ 00000010 n 0000 | birds that exist here only
00000030 06 n 02 instrumentality 0 gadget 0 001 ~ 00000040 n 0000 | a thing made for a purpose; "a device that hums"
00000040 06 n 02 hum_box 0 Bordun 3 002 @ 00000030 n 0000 + 00000001 v 0101 | (music) a box (of wood) that hums when turned; plays one note; "she turned the hum box"; "two hum boxes at once"- A. Writer
00000050 18 n 01 Anton_Hum 0 001 @i 00000060 n 0000 | who made the first hum box
00000070 09 n 01 theory 0 000 | a thought
`

const smallVerb = `00000001 39 v 01 hum 0 001 + 00000040 n 0101 02 + 02 00 + 08 01 | make a low sound; "The box hums!"
`

const smallAdj = `00000005 00 s 02 droning(p) 0 humming 0 001 & 00000006 a 0000 | like a hum; "a droning box"
`

func TestParseSynset(t *testing.T) {
	synsets, err := readWordNet(strings.NewReader(smallNoun))
	if err != nil {
		t.Fatal(err)
	}
	if len(synsets) != 6 {
		t.Fatalf("%d entries, want 6", len(synsets))
	}
	want := synset{
		offset: 40, file: nounArtifact, kind: 'n', words: []string{"hum box", "bordun"}, hypernyms: []int{30}, gloss: synsets[3].gloss,
	}
	if !reflect.DeepEqual(synsets[3], want) {
		t.Errorf("%+v, want %+v", synsets[3], want)
	}
	definitions, examples := synsets[3].explain()
	if want := []string{"a box that hums when turned", "plays one note"}; !slices.Equal(definitions, want) {
		t.Errorf("definitions %q, want %q", definitions, want)
	}
	if want := []string{"she turned the hum box", "two hum boxes at once"}; !slices.Equal(examples, want) {
		t.Errorf("examples %q, want %q", examples, want)
	}
	if !synsets[4].instance {
		t.Error("a person with a name is not an instance")
	}
	names, words, _, _ := wordNetSentences(synsets)
	if want := []string{"instrumentality", "gadget", "hum box", "bordun"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	if len(words) > 0 {
		t.Errorf("biological groups, names of people or thoughts are words to hear: %q", words)
	}
}

func TestParseSynsetErrors(t *testing.T) {
	for line, want := range map[string]string{
		"":                                      "no gloss",
		"00000001 05 n 01 dog 0 000 no bar":     "no gloss",
		"0000000x 05 n 01 dog 0 000 | x":        "not a number",
		"00000001 05 noun 01 dog 0 000 | x":     "type",
		"00000001 05 n 00 000 | x":              "no words",
		"00000001 05 n ff dog 0 000 | x":        "ends early",
		"00000001 05 n 7fffffff dog 0 | x":      "ends early",
		"00000001 05 n 01 dog 0 999999999 | x":  "ends early",
		"00000001 05 n 01 dog 0 -1 | x":         "not a number",
		"00000001 05 n 01 dog 0 001 @ zzz | x":  "not a number",
		"99999999999 05 n 01 dog 0 000 | large": "not a number",
	} {
		if _, err := parseSynset(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}

// The whole of WordNet 3.0, where it is installed, against the numbers of wnstats(7WN).
func TestWordNetStatistics(t *testing.T) {
	dir := "/usr/share/wordnet"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("wordnet-base is not installed")
	}
	for _, want := range []struct {
		name           string
		synsets, pairs int // entries, pairs of a word and an entry
	}{
		{"data.noun", 82115, 146312}, {"data.verb", 13767, 25047}, {"data.adj", 18156, 30002}, {"data.adv", 3621, 5580},
	} {
		synsets, err := readFile(filepath.Join(dir, want.name), wordNetHint, readWordNet)
		if err != nil {
			t.Fatal(err)
		}
		pairs := 0
		for _, s := range synsets {
			pairs += len(slices.Compact(slices.Sorted(slices.Values(s.words)))) // capital letters make no other word
		}
		// Three pairs are lost: words that differ in a full stop at the end.
		if len(synsets) != want.synsets || pairs > want.pairs || pairs < want.pairs-3 {
			t.Errorf("%s: %d entries, %d pairs; want %d, %d", want.name, len(synsets), pairs, want.synsets, want.pairs)
		}
		if want.name != "data.noun" {
			continue
		}
		names, _, _, _ := wordNetSentences(synsets)
		for _, name := range []string{"concertina", "helicopter", "german shepherd", "thunder", "kettle", "buzz"} {
			if !slices.Contains(names, name) {
				t.Errorf("%q is not among what makes sounds", name)
			}
		}
		for _, name := range []string{"genus canis", "theory", "justice"} {
			if slices.Contains(names, name) {
				t.Errorf("%q is among what makes sounds", name)
			}
		}
	}
}
