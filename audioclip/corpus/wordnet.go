package corpus

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// synset is an entry of WordNet: words that mean the same, and what that is.
type synset struct {
	offset    int  // its name: its place in the file
	file      int  // number of the lexicographer's file, see below
	kind      byte // n, v, a, s (satellite adjective), r
	words     []string
	hypernyms []int // offsets of the entries that it is a kind of
	instance  bool  // of a kind: a person or place with a name
	gloss     string
}

// Numbers of lexicographers' files (lexnames(5WN)), which divide words by what they are about.
const (
	nounAct = 4 + iota
	nounAnimal
	nounArtifact
	nounAttribute
	nounBody
	nounCognition
	nounCommunication
	nounEvent
	nounFeeling
	nounFood
	nounGroup
	nounLocation
	nounMotive
	nounObject
	nounPerson
	nounPhenomenon
)

const (
	verbBody          = 29
	verbCommunication = 32
	verbConsumption   = 34
	verbContact       = 35
	verbCreation      = 36
	verbEmotion       = 37
	verbMotion        = 38
	verbPerception    = 39
	verbWeather       = 43
)

// audible tells the lexicographers' files whose words name what can be heard, or where.
var audible = map[int]bool{
	nounAct: true, nounAnimal: true, nounArtifact: true, nounBody: true, nounCommunication: true, nounEvent: true,
	nounFood: true, nounGroup: true, nounObject: true, nounPerson: true, nounPhenomenon: true,
	verbBody: true, verbCommunication: true, verbConsumption: true, verbContact: true, verbCreation: true,
	verbEmotion: true, verbMotion: true, verbPerception: true, verbWeather: true,
}

// soundingRoots are the kinds of things that make sounds; with noun.animal, whose roots are too many to list.
var soundingRoots = []root{
	{"instrumentality", nounArtifact}, {"weather", nounPhenomenon}, {"sound", nounEvent},
}

// taxonRoots are biological groups (genera, families), which have Latin names that nobody says of a sound.
var taxonRoots = []root{{"taxonomic group", nounGroup}}

// root is an entry of WordNet by its first word and its file.
type root struct {
	word string
	file int
}

// readWordNet reads a file data.noun, data.verb, data.adj or data.adv (wndb(5WN)). Lines that start with a blank are
// its licence.
func readWordNet(r io.Reader) ([]synset, error) {
	var synsets []synset
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	line := 0
	for scanner.Scan() {
		if line++; strings.HasPrefix(scanner.Text(), " ") {
			continue
		}
		s, err := parseSynset(scanner.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		synsets = append(synsets, s)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", line+1, err)
	}
	if len(synsets) == 0 {
		return nil, errors.New("no entries")
	}
	return synsets, nil
}

// parseSynset reads a line:
//
//	offset lex_filenum ss_type w_cnt word lex_id [word lex_id…] p_cnt [symbol offset pos source/target…] [frames…] | gloss
//
// where w_cnt is hexadecimal with two digits and p_cnt decimal with three.
func parseSynset(line string) (synset, error) {
	head, gloss, ok := strings.Cut(line, " | ")
	if !ok {
		return synset{}, errors.New("no gloss")
	}
	f := fieldReader{fields: strings.Fields(head)}
	s := synset{gloss: strings.TrimSpace(gloss)}
	s.offset = f.number(10)
	s.file = f.number(10)
	if kind := f.next(); len(kind) == 1 {
		s.kind = kind[0]
	} else {
		f.fail("the type %q", kind)
	}
	for range f.number(16) {
		word := f.next()
		f.next()
		if f.err != nil {
			break
		}
		s.words = append(s.words, lemma(word))
	}
	for range f.number(10) {
		symbol, to := f.next(), f.number(10)
		f.next()
		f.next()
		if f.err != nil {
			break
		}
		switch symbol {
		case "@":
			s.hypernyms = append(s.hypernyms, to)
		case "@i":
			s.instance = true
		}
	}
	if f.err == nil && len(s.words) == 0 {
		f.fail("no words")
	}
	return s, f.err
}

// fieldReader takes fields one after the other and keeps the first error.
type fieldReader struct {
	fields []string
	err    error
}

func (f *fieldReader) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

func (f *fieldReader) next() string {
	if len(f.fields) == 0 {
		f.fail("it ends early")
		return ""
	}
	field := f.fields[0]
	f.fields = f.fields[1:]
	return field
}

func (f *fieldReader) number(base int) int {
	field := f.next()
	n, err := strconv.ParseUint(field, base, 31)
	if err != nil {
		f.fail("%q is not a number", field)
		return 0
	}
	return int(n)
}

// lemma makes a word of a word in the file: blanks for underscores, without the place of an adjective, "(p)".
func lemma(word string) string {
	word, _, _ = strings.Cut(word, "(")
	return Clean(strings.ReplaceAll(word, "_", " "))
}

// wordNetSentences returns what WordNet says about what can be heard: words for things that make sounds, other words,
// definitions and examples; of adjectives only examples, which are often phrases with a noun.
func wordNetSentences(synsets []synset) (names, words, definitions, examples []string) {
	taxa, sounding := descendants(synsets, taxonRoots), descendants(synsets, soundingRoots)
	for i := range synsets {
		s := &synsets[i]
		if taxa[s.offset] || s.instance {
			continue
		}
		d, e := s.explain()
		switch {
		case s.kind == 'a' || s.kind == 's':
			examples = append(examples, e...)
		case audible[s.file]:
			if s.file == nounAnimal || sounding[s.offset] {
				names = append(names, s.words...)
			} else {
				words = append(words, s.words...)
			}
			definitions = append(definitions, d...)
			examples = append(examples, e...)
		}
	}
	return names, words, definitions, examples
}

// explain cuts a gloss into definitions and examples, which stand in quotation marks.
func (s *synset) explain() (definitions, examples []string) {
	for i, part := range strings.Split(s.gloss, `"`) {
		if i%2 == 1 {
			examples = append(examples, Clean(part))
			continue
		}
		for _, d := range strings.Split(withoutBrackets(part), ";") {
			// Between examples stands who said them.
			if d = Clean(d); d != "" && i == 0 {
				definitions = append(definitions, d)
			}
		}
	}
	return definitions, examples
}

// descendants returns the offsets of the roots that are there and of all that are kinds of them.
func descendants(synsets []synset, roots []root) map[int]bool {
	in := map[int]bool{}
	kinds := map[int][]int{}
	var open []int
	for _, s := range synsets {
		if slices.Contains(roots, root{s.words[0], s.file}) {
			open = append(open, s.offset)
		}
		for _, h := range s.hypernyms {
			kinds[h] = append(kinds[h], s.offset)
		}
	}
	for len(open) > 0 {
		offset := open[len(open)-1]
		open = open[:len(open)-1]
		if !in[offset] {
			in[offset] = true
			open = append(open, kinds[offset]...)
		}
	}
	return in
}
