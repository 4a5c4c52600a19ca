package corpus

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
)

// Part is where a sentence comes from.
type Part string

// The parts of a corpus. A sentence that several of them have counts for the first one.
const (
	Given       Part = "given"       // Config.Sentences and Config.Texts
	Paraphrases Part = "paraphrases" // Config.Paraphrases
	Classes     Part = "classes"     // names, families and descriptions of AudioSet's ontology
	Captions    Part = "captions"    // whole captions
	Phrases     Part = "phrases"     // cut out of captions
	Names       Part = "names"       // WordNet's words for things that make sounds, each alone and in a template
	Words       Part = "words"       // other words of WordNet for what is heard, done or met with
	Definitions Part = "definitions" // of WordNet
	Examples    Part = "examples"    // of WordNet
	Templates   Part = "templates"   // filled with names and phrases of the others
)

// Parts lists the parts in their order.
func Parts() []Part {
	return []Part{Given, Paraphrases, Classes, Captions, Phrases, Names, Words, Definitions, Examples, Templates}
}

// defaultWeights are such that most of a corpus is about sounds and things that make them.
var defaultWeights = map[Part]float64{
	Given: 50, Paraphrases: 50, Classes: 50, Captions: 50, Phrases: 12, Names: 40, Words: 7, Definitions: 22, Examples: 10, Templates: 50,
}

// DefaultMax is the largest number of sentences if Config.Max is 0.
const DefaultMax = 200_000

// Config says what a corpus is made of. An empty path leaves the input out.
type Config struct {
	Captions    []string // CSV files with a column caption or columns caption_1 …: AudioCaps, Clotho
	Ontology    string   // AudioSet's ontology.json
	WordNet     string   // folder with data.noun, data.verb and data.adj of WordNet 3.0: /usr/share/wordnet on Debian
	Paraphrases string   // tab-separated, the first line names the columns: concept and caption
	Texts       []string // plain text files, a sentence a line
	Sentences   []string // more sentences: the captions of the sounds themselves

	// Exclude are sentences that the corpus is not to have: those of a test. They are compared in the form that Clean
	// gives them, as a whole: longer sentences may have them in them.
	Exclude []string

	Max     int              // the largest number of sentences; 0 for DefaultMax
	Weights map[Part]float64 // shares of Max by part, instead of those built in; 0 leaves a part out
	Seed    uint64           // another seed takes other sentences where there are more than Max
}

// Corpus is a list of distinct sentences in the form that Clean gives them, shuffled.
type Corpus struct {
	Sentences []string
	Counts    []Count // by part, in the order of Parts
}

// Count tells how much of a corpus is from a part.
type Count struct {
	Part      Part
	Available int // distinct sentences that the part has; of Templates those that were made, at most Max
	Taken     int // of them that are in the corpus
	Labels    int // of those taken that have at most LabelWords words
}

// Build makes a corpus. The same config gives the same sentences in the same order.
//
// Each part has a share of Max according to its weight; what a part cannot fill goes to the others in the same
// proportion. Which sentences of a part are taken is drawn by lot.
//
// An error says which input cannot be read, and for the well-known ones where it can be had.
func Build(cfg Config) (*Corpus, error) {
	if cfg.Max < 0 {
		return nil, fmt.Errorf("corpus: Max %d is negative", cfg.Max)
	}
	if cfg.Max == 0 {
		cfg.Max = DefaultMax
	}
	weights := make([]float64, len(Parts()))
	for i, part := range Parts() {
		weights[i] = defaultWeights[part]
	}
	for part, w := range cfg.Weights {
		i := partIndex(part)
		if i < 0 {
			return nil, fmt.Errorf("corpus: a weight for %q, which is not a part", part)
		}
		if !(w >= 0 && w <= 1e9) {
			return nil, fmt.Errorf("corpus: weight %g of %s", w, part)
		}
		weights[i] = w
	}
	c := collection{excluded: map[string]bool{}, seen: map[string]bool{}, parts: make([][]string, len(Parts())), weights: weights}
	for _, phrase := range cfg.Exclude {
		c.excluded[Clean(phrase)] = true
	}
	if err := c.read(&cfg); err != nil {
		return nil, err
	}
	c.expand(cfg.Max, cfg.Seed)
	return c.draw(cfg.Max, cfg.Seed)
}

func partIndex(part Part) int {
	for i, p := range Parts() {
		if p == part {
			return i
		}
	}
	return -1
}

// collection gathers the sentences of the parts.
type collection struct {
	excluded  map[string]bool // in clean form, as all sentences here
	seen      map[string]bool
	parts     [][]string
	weights   []float64
	expansion expansion
}

// add takes those sentences into a part that are new and not too long.
func (c *collection) add(part Part, sentences ...string) {
	i := partIndex(part)
	if c.weights[i] == 0 {
		return
	}
	for _, s := range sentences {
		if s = Clean(s); s != "" && !c.seen[s] && !c.excluded[s] && wordCount(s) <= maxWords {
			c.seen[s] = true
			c.parts[i] = append(c.parts[i], s)
		}
	}
}

// fillers returns those of a list that are short enough to fill templates with, in clean form.
func fillers(list []string) []string {
	var kept []string
	for _, s := range list {
		if s = Clean(s); s != "" && wordCount(s) <= maxPhrase {
			kept = append(kept, s)
		}
	}
	return kept
}

// Where inputs come from.
const (
	captionsHint = "AudioCaps' captions are in github.com/cdjkim/audiocaps, dataset/train.csv"
	ontologyHint = "AudioSet's ontology is in github.com/audioset/ontology, ontology.json"
	wordNetHint  = "WordNet 3.0 is in Debian's package wordnet-base, in /usr/share/wordnet"
)

// read reads all inputs.
func (c *collection) read(cfg *Config) error {
	c.add(Given, cfg.Sentences...)
	for _, path := range cfg.Texts {
		lines, err := readFile(path, "", readLines)
		if err != nil {
			return err
		}
		c.add(Given, lines...)
	}
	if cfg.Paraphrases != "" {
		lists, err := ReadColumns(cfg.Paraphrases, "concept", "caption")
		if err != nil {
			return err
		}
		for _, list := range lists {
			c.add(Paraphrases, list...)
			c.expansion.phrases = append(c.expansion.phrases, fillers(list)...)
		}
	}
	if cfg.Ontology != "" {
		classes, err := readFile(cfg.Ontology, ontologyHint, readOntology)
		if err != nil {
			return err
		}
		sentences, names := classSentences(classes)
		c.add(Classes, sentences...)
		c.expansion.addNames(fillers(names))
	}
	for _, path := range cfg.Captions {
		captions, err := readFile(path, captionsHint, readCaptions)
		if err != nil {
			return err
		}
		c.add(Captions, captions...)
		for _, caption := range captions {
			cut := phrases(Clean(caption))
			c.add(Phrases, cut...)
			c.expansion.phrases = append(c.expansion.phrases, fillers(cut)...)
		}
	}
	if cfg.WordNet != "" {
		rng := generator(cfg.Seed, namesPurpose)
		for _, name := range []string{"data.noun", "data.verb", "data.adj"} {
			synsets, err := readFile(filepath.Join(cfg.WordNet, name), wordNetHint, readWordNet)
			if err != nil {
				return err
			}
			names, words, definitions, examples := wordNetSentences(synsets)
			for _, name := range names {
				c.add(Names, name, fill(pick(rng, nameTemplates), name))
			}
			c.add(Words, words...)
			c.add(Definitions, definitions...)
			c.add(Examples, examples...)
			c.expansion.addNames(fillers(names))
		}
	}
	return nil
}

// The purposes of generators; the draw from a part has the part's place for one.
const (
	orderPurpose = 100 + iota
	namesPurpose
	templatesPurpose
)

// generator is seeded for one purpose.
func generator(seed uint64, purpose int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(purpose)))
}

// expand fills n templates; fewer if it comes upon sentences again and again that are there already.
func (c *collection) expand(n int, seed uint64) {
	i := partIndex(Templates)
	if c.weights[i] == 0 || c.expansion.empty() {
		return
	}
	rng := generator(seed, templatesPurpose)
	for range 2 * n {
		if c.add(Templates, c.expansion.one(rng)); len(c.parts[i]) == n {
			return
		}
	}
}

// draw takes sentences from the parts.
func (c *collection) draw(most int, seed uint64) (*Corpus, error) {
	corpus := new(Corpus)
	available := make([]int, len(c.parts))
	for i := range c.parts {
		available[i] = len(c.parts[i])
	}
	for i, take := range shares(available, c.weights, most) {
		list := c.parts[i]
		shuffle(list, generator(seed, i))
		count := Count{Part: Parts()[i], Available: len(list), Taken: take}
		for _, s := range list[:take] {
			if wordCount(s) <= LabelWords {
				count.Labels++
			}
		}
		corpus.Sentences = append(corpus.Sentences, list[:take]...)
		corpus.Counts = append(corpus.Counts, count)
	}
	if len(corpus.Sentences) == 0 {
		return nil, errors.New("corpus: no sentences: no input was given, or all are empty or excluded")
	}
	shuffle(corpus.Sentences, generator(seed, orderPurpose))
	return corpus, nil
}

func shuffle(list []string, rng *rand.Rand) {
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// shares divides total among parts by their weights, none getting more than there is of it.
func shares(available []int, weights []float64, total int) []int {
	taken := make([]int, len(available))
	for total > 0 {
		sum := 0.0
		for i, n := range available {
			if taken[i] < n {
				sum += weights[i]
			}
		}
		if sum == 0 {
			break
		}
		rest := total
		for i, n := range available {
			more := int(float64(rest) * weights[i] / sum)
			if more = min(more, n-taken[i]); more > 0 {
				taken[i] += more
				total -= more
			}
		}
		if total < rest {
			continue
		}
		// Less than one sentence for each part: one by one.
		for i, n := range available {
			if total > 0 && taken[i] < n && weights[i] > 0 {
				taken[i]++
				total--
			}
		}
	}
	return taken
}
