package corpus

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const smallOntology = `[
 {"id": "/m/1", "name": "Animal", "description": "All sounds of animals.", "child_ids": ["/m/2", "/m/3"], "restrictions": ["abstract"]},
 {"id": "/m/2", "name": "Dog", "description": "What dogs (of any size) do. Mostly barking.", "child_ids": ["/m/3"], "restrictions": []},
 {"id": "/m/3", "name": "Yip, yelp, etc.", "description": "", "child_ids": [], "restrictions": []}
]`

const smallCaptions = `audiocap_id,youtube_id,start_time,caption
1,x,0,"A dog barks loudly, followed by a door closing."
2,y,10,An engine hums  and people talk
`

// inputs writes small files of every kind.
func inputs(t testing.TB) Config {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"data.noun": smallNoun, "data.verb": smallVerb, "data.adj": smallAdj,
		"ontology.json": smallOntology, "captions.csv": smallCaptions, "lines.txt": "A cat purrs.\n\nrain\n",
		"concepts.tsv": "concept\tcaption\tkind\ndog\ta hound bays\tsentence\ndog\tbarking\tlabel\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return Config{
		Captions: []string{filepath.Join(dir, "captions.csv")}, Ontology: filepath.Join(dir, "ontology.json"), WordNet: dir,
		Paraphrases: filepath.Join(dir, "concepts.tsv"), Texts: []string{filepath.Join(dir, "lines.txt")},
		Sentences: []string{"a bell rings", "A  bell rings."}, Max: 300, Seed: 7,
	}
}

func build(t testing.TB, cfg Config) *Corpus {
	t.Helper()
	c, err := Build(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBuild(t *testing.T) {
	cfg := inputs(t)
	c := build(t, cfg)
	for _, want := range []string{
		"a bell rings", "a cat purrs", "rain", "a hound bays", "dog", "yip", "yelp", "yelp, dog", "yip, yelp, etc",
		"what dogs do", "mostly barking", "a dog barks loudly, followed by a door closing", "dog barks loudly", "a door closing",
		"engine hums", "people talk", "hum box", "hum", "make a low sound", "a droning box", "the box hums!",
	} {
		if !slices.Contains(c.Sentences, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, s := range c.Sentences {
		if s == "" || s != Clean(s) {
			t.Errorf("%q is not clean", s)
		}
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(c.Sentences))); len(sorted) != len(c.Sentences) || len(sorted) != cfg.Max {
		t.Errorf("%d sentences, %d of them distinct, want %d", len(c.Sentences), len(sorted), cfg.Max)
	}
	taken, labels := 0, 0
	for i, count := range c.Counts {
		if count.Part != Parts()[i] || count.Taken == 0 || count.Taken > count.Available || count.Labels > count.Taken {
			t.Errorf("%+v", count)
		}
		taken += count.Taken
		labels += count.Labels
	}
	short := 0
	for _, s := range c.Sentences {
		if len(strings.Fields(s)) <= LabelWords {
			short++
		}
	}
	if taken != len(c.Sentences) || labels != short {
		t.Errorf("%d sentences and %d labels are counted, there are %d and %d", taken, labels, len(c.Sentences), short)
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	cfg := inputs(t)
	cfg.Max = 60
	first := build(t, cfg).Sentences
	if !slices.Equal(first, build(t, cfg).Sentences) {
		t.Error("the same config gives other sentences")
	}
	cfg.Seed++
	if slices.Equal(first, build(t, cfg).Sentences) {
		t.Error("another seed gives the same sentences")
	}
}

func TestExclude(t *testing.T) {
	cfg := inputs(t)
	for _, s := range build(t, cfg).Sentences {
		cfg.Exclude = append(cfg.Exclude, "  "+strings.ToUpper(s)+".")
	}
	for _, s := range build(t, cfg).Sentences {
		if slices.ContainsFunc(cfg.Exclude, func(e string) bool { return Clean(e) == s }) {
			t.Errorf("%q is excluded", s)
		}
	}
}

func TestWeights(t *testing.T) {
	cfg := inputs(t)
	cfg.Weights = map[Part]float64{Templates: 0, Words: 0}
	for _, count := range build(t, cfg).Counts {
		if none := count.Part == Templates || count.Part == Words; none != (count.Taken == 0) {
			t.Errorf("%+v", count)
		}
	}
}

func TestShares(t *testing.T) {
	for _, c := range []struct {
		available []int
		weights   []float64
		total     int
		want      []int
	}{
		{[]int{100, 100}, []float64{1, 3}, 40, []int{10, 30}},
		{[]int{100, 5, 100}, []float64{1, 1, 2}, 65, []int{20, 5, 40}},
		{[]int{3, 4}, []float64{1, 1}, 100, []int{3, 4}},
		{[]int{3, 4}, []float64{0, 1}, 100, []int{0, 4}},
		{[]int{9, 9, 9}, []float64{1, 1, 1}, 2, []int{1, 1, 0}},
		{[]int{9, 9}, []float64{1e-9, 1e9}, 12, []int{3, 9}},
	} {
		if got := shares(c.available, c.weights, c.total); !slices.Equal(got, c.want) {
			t.Errorf("%v by %v of %d: %v, want %v", c.available, c.weights, c.total, got, c.want)
		}
	}
}

func TestPhrases(t *testing.T) {
	for caption, want := range map[string][]string{
		"a dog barks as an engine hums in the distance": {"dog barks", "a dog barks", "engine hums in the distance", "an engine hums in the distance"},
		"people talk, then the":                         {"people talk"},
		"and with":                                      nil,
		"one two three four five six seven eight":       nil,
		"music is playing while":                        {"music is playing"},
	} {
		if got := phrases(caption); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", caption, got, want)
		}
	}
}

func TestFill(t *testing.T) {
	for _, c := range [][]string{
		{"the sound of a %", "owl", "the sound of an owl"},
		{"a % nearby", "dog", "a dog nearby"},
		{"a %", "echo", "an echo"},
		{"extra %", "owl", "extra owl"},
		{"% and %", "100% rain", "wind", "100% rain and wind"},
	} {
		if got := fill(c[0], c[1:len(c)-1]...); got != c[len(c)-1] {
			t.Errorf("%q: %q", c, got)
		}
	}
}

func TestErrors(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"wordnet-base":           func(c *Config) { c.WordNet = filepath.Join(c.WordNet, "none") },
		"audioset/ontology":      func(c *Config) { c.Ontology += "x" },
		"cdjkim/audiocaps":       func(c *Config) { c.Captions[0] += "x" },
		"header has no caption":  func(c *Config) { c.Captions[0] = c.Texts[0] },
		`no column "concept"`:    func(c *Config) { c.Paraphrases = c.Captions[0] },
		"invalid character":      func(c *Config) { c.Ontology = c.Captions[0] },
		"no sentences":           func(c *Config) { *c = Config{Sentences: []string{" "}} },
		"negative":               func(c *Config) { c.Max = -1 },
		`"verses"`:               func(c *Config) { c.Weights = map[Part]float64{"verses": 1} },
		"weight -1 of templates": func(c *Config) { c.Weights = map[Part]float64{Templates: -1} },
	} {
		cfg := inputs(t)
		change(&cfg)
		if _, err := Build(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestClean(t *testing.T) {
	for s, want := range map[string]string{
		" A  Dog\tbarks. ": "a dog barks", `"Rain".`: "rain", "“Étude” no. 5;": "étude” no. 5", "stop!": "stop!", " .": "", "\xffa": "a",
	} {
		if got := Clean(s); got != want || Clean(got) != got {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestClothoCaptions(t *testing.T) {
	got, err := readCaptions(strings.NewReader("\ufefffile_name,caption_1,caption_2\nx.wav,one,\"two, three\"\n"))
	if want := []string{"one", "two, three"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
