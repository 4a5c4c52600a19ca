// Package recipes checks the texts that the recipes train with.
package recipes

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audioclip/train"
)

// readTable reads a tab-separated file with the given columns.
func readTable(t *testing.T, path string, columns ...string) [][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(data, []byte("\n")) {
		t.Fatalf("%s: the last line does not end", path)
	}
	var rows [][]string
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		row := strings.Split(line, "\t")
		if i == 0 && !slices.Equal(row, columns) {
			t.Fatalf("%s: the columns are %q, want %q", path, row, columns)
		}
		if len(row) != len(columns) {
			t.Fatalf("%s:%d: %d fields, want %d", path, i+1, len(row), len(columns))
		}
		for _, field := range row {
			if field == "" || field != strings.Join(strings.Fields(field), " ") {
				t.Errorf("%s:%d: the field %q", path, i+1, field)
			}
		}
		if i > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

func concepts(t *testing.T) [][]string {
	return readTable(t, "small/concepts.tsv", "concept", "caption", "kind")
}

// captionsOf returns the captions by concept.
func captionsOf(t *testing.T) map[string][]string {
	m := map[string][]string{}
	for _, row := range concepts(t) {
		m[row[0]] = append(m[row[0]], row[1])
	}
	return m
}

func merged(t *testing.T) map[string]string {
	m := map[string]string{}
	for _, row := range readTable(t, "small/merge.tsv", "concept", "into", "reason") {
		if m[row[0]] != "" {
			t.Errorf("%q is merged twice", row[0])
		}
		m[row[0]] = row[1]
	}
	return m
}

// rule gives clips of a concept another one.
type rule struct {
	pattern *regexp.Regexp
	concept string
}

// rules returns the rules by the concept that they are for, "none" for clips without.
func rules(t *testing.T) map[string][]rule {
	m := map[string][]rule{}
	for _, row := range readTable(t, "small/relabel.tsv", "from", "pattern", "concept", "reason") {
		pattern, err := regexp.Compile("(?i)" + row[1])
		if err != nil {
			t.Fatal(err)
		}
		m[row[0]] = append(m[row[0]], rule{pattern, row[2]})
	}
	return m
}

// clip is a row of the manifest.
type clip struct{ concept, caption, origin, tier string }

func (c clip) String() string { return c.concept + "|" + c.caption + "|" + c.origin }

// manifest returns the clips of the manifest, none if it is not there or in a short
// test.
func manifest(t *testing.T) []clip {
	t.Helper()
	if testing.Short() {
		return nil
	}
	path := filepath.Join("..", "..", "shared", "data", "sounds.tsv")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var clips []clip
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	header := strings.Split(lines[0], "\t")
	for _, line := range lines[1:] {
		row := strings.Split(line, "\t")
		field := func(name string) string { return row[slices.Index(header, name)] }
		clips = append(clips, clip{field("concept"), field("caption"), field("origin"), field("tier")})
	}
	return clips
}

// label returns the concept that a clip is trained with, "-" for none, and the rule
// that says so, nil if none does.
func label(c clip, rules map[string][]rule, merge map[string]string) (string, *rule) {
	list := rules[cmp.Or(c.concept, "none")]
	for i := range list {
		if list[i].pattern.MatchString(c.caption + "|" + c.origin) {
			return list[i].concept, &list[i]
		}
	}
	return cmp.Or(merge[c.concept], c.concept, "-"), nil
}

func TestConcepts(t *testing.T) {
	kinds := map[string]map[string]int{}
	seen := map[string]string{}
	for _, row := range concepts(t) {
		concept, caption, kind := row[0], row[1], row[2]
		if other := seen[strings.ToLower(caption)]; other != "" {
			t.Errorf("%q is a caption of %q and of %q", caption, other, concept)
		}
		seen[strings.ToLower(caption)] = concept
		if kinds[concept] == nil {
			kinds[concept] = map[string]int{}
		}
		kinds[concept][kind]++
		switch n := len(strings.Fields(caption)); {
		case kind != "label" && kind != "sentence":
			t.Errorf("%q: the kind %q", caption, kind)
		case kind == "label" && n > 5, kind == "sentence" && n < 2:
			t.Errorf("%q has %d words, which is no %s", caption, n, kind)
		}
	}
	for concept, n := range kinds {
		if total := n["label"] + n["sentence"]; n["label"] == 0 || n["sentence"] < 2 || total < 5 || total > 16 {
			t.Errorf("%q has %d labels and %d sentences", concept, n["label"], n["sentence"])
		}
	}
	for concept, into := range merged(t) {
		if kinds[concept] != nil || kinds[into] == nil && into != "-" {
			t.Errorf("%q is merged into %q", concept, into)
		}
	}
	for from, list := range rules(t) {
		for _, r := range list {
			if kinds[r.concept] == nil && r.concept != "-" {
				t.Errorf("%s: %s makes %q of it, which has no captions", from, r.pattern, r.concept)
			}
		}
	}
}

func TestManifest(t *testing.T) {
	clips := manifest(t)
	if clips == nil {
		t.Skip("no manifest")
	}
	captions, list, merge := captionsOf(t), rules(t), merged(t)
	fits := map[*rule]int{}
	count := map[string]int{}
	for _, c := range clips {
		concept, r := label(c, list, merge)
		fits[r]++
		if concept != "-" && captions[concept] == nil {
			t.Errorf("%s: no captions of %q, which is not left out either", c, concept)
		}
		count[concept]++
		// Names that leave no doubt.
		for name, want := range map[string]string{
			"helicopter_engine": "helicopter", "(A fox.)": "fox", "[hyena": "hyena", "wind chime": "wind chime",
			"DogGrowl": "dog growl", "LRBark": "dog", "[car horn": "car horn", "footstep_snow": "footsteps snow",
		} {
			if strings.Contains(c.String(), name) && concept != want {
				t.Errorf("%s is taken for %q, want %q", c, concept, want)
			}
		}
	}
	for from, rules := range list {
		for i := range rules {
			if fits[&rules[i]] == 0 {
				t.Errorf("%s: %s fits nothing, or what it fits is taken by a rule above", from, rules[i].pattern)
			}
		}
	}
	for concept := range captions {
		if count[concept] == 0 {
			t.Errorf("no clip is taken for %q", concept)
		}
	}
	t.Logf("%d clips, %d without a concept", len(clips), count["-"])
}

var word = regexp.MustCompile(`[\p{L}\p{N}]+`)

// words returns the words of a text in small letters; "dog's" is dog.
func words(text string) []string {
	text = strings.NewReplacer("'s", "", "’s", "").Replace(strings.ToLower(text))
	return word.FindAllString(text, -1)
}

// stem cuts off a word's ending, roughly: yapping, yaps and yapped are yap.
func stem(w string) string {
	for _, ending := range []string{"ing", "ed", "es", "er", "s", "e", "y"} {
		if rest, ok := strings.CutSuffix(w, ending); ok && len(rest) >= 3 {
			if n := len(rest); n > 3 && rest[n-1] == rest[n-2] && ending != "s" {
				rest = rest[:n-1]
			}
			return rest
		}
	}
	return w
}

func TestSynonyms(t *testing.T) {
	known := map[string]map[string]string{} // by concept: stem of a word to a caption that has it
	whole := map[string]bool{}
	add := func(concept, caption string) {
		if known[concept] == nil {
			known[concept] = map[string]string{}
		}
		whole[strings.ToLower(caption)] = true
		for _, w := range words(caption) {
			known[concept][stem(w)] = caption
		}
	}
	captions := captionsOf(t)
	for concept, list := range captions {
		add(concept, concept)
		for _, caption := range list {
			add(concept, caption)
		}
	}
	list, merge := rules(t), merged(t)
	for _, c := range manifest(t) {
		concept, _ := label(c, list, merge)
		add(concept, c.caption)
		add(c.concept, c.caption)
	}

	rows := readTable(t, "small/synonyms.tsv", "phrase", "concept", "words")
	seen, tested := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		phrase, concept, key := row[0], row[1], strings.Fields(row[2])
		where := fmt.Sprintf("%q for %q", phrase, concept)
		if captions[concept] == nil {
			t.Errorf("%s: there is no such concept", where)
		}
		if whole[strings.ToLower(phrase)] || seen[strings.ToLower(phrase)] {
			t.Errorf("%s: it is a caption, or tested twice", where)
		}
		seen[strings.ToLower(phrase)], tested[concept] = true, true
		for _, w := range key {
			if !slices.Contains(words(phrase), w) {
				t.Errorf("%s: %q is not in it", where, w)
			}
			if caption := known[concept][stem(w)]; caption != "" {
				t.Errorf("%s: %q is in the caption %q", where, w, caption)
			}
		}
	}
	if len(rows) < 220 || len(tested) < 100 {
		t.Errorf("%d pairs of %d concepts", len(rows), len(tested))
	}
}

// The recipe that measures is the one that ships, but for what is held out.
func TestMeasure(t *testing.T) {
	read := func(name string) *train.Recipe {
		r, err := train.ReadRecipe(filepath.Join("small", name), "")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	ships, measures := read("recipe.json"), read("measure.json")
	if a, b := ships.Audio.Data, measures.Audio.Data; a.HeldOut == 0 || a.HeldOut >= b.HeldOut || len(a.Unseen) != 0 || len(b.Unseen) == 0 {
		t.Errorf("held out: %g and %q of the one that ships, %g and %q of the other", a.HeldOut, a.Unseen, b.HeldOut, b.Unseen)
	}
	measures.Audio.Data.HeldOut, measures.Audio.Data.Unseen = ships.Audio.Data.HeldOut, ships.Audio.Data.Unseen
	a, errA := json.Marshal(ships)
	b, errB := json.Marshal(measures)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("they differ elsewhere (%v, %v):\n%s\n%s", errA, errB, a, b)
	}
}
