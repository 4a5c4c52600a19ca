package corpus

import (
	"math/rand/v2"
	"strings"
)

// nameTemplates are captions of one thing that sounds; % stands for its name.
var nameTemplates = []string{
	"the sound of %", "the sound of a %", "this is a sound of %", "a recording of %", "a recording of a %", "a % can be heard",
	"a %", "% sound", "% noise", "% sounds", "a loud %", "a quiet %", "a % nearby", "a % in the distance", "% in the background",
	"a distant %", "someone with a %", "the noise of a %", "a % making a sound", "several % at once", "sound of a % outside",
	"a small %", "a large %", "an old %",
}

// phraseTemplates are captions of one event; % stands for a phrase that says it.
var phraseTemplates = []string{
	"% in the distance", "% nearby", "% in the background", "% outdoors", "% indoors", "% can be heard",
	"%, close up", "%, again and again", "% several times", "% once", "% in a large room", "% loudly", "% softly",
}

// pairTemplates are captions of two events.
var pairTemplates = []string{
	"% and %", "% followed by %", "% while %", "% with % in the background", "%, then %", "% before %", "% as %", "% over %",
}

// expansion fills templates.
type expansion struct {
	names   [][]string // of things that sound, by where they come from: a list is chosen first
	phrases []string   // that say an event
}

func (e *expansion) empty() bool { return len(e.names) == 0 && len(e.phrases) == 0 }

func (e *expansion) addNames(names []string) {
	if len(names) > 0 {
		e.names = append(e.names, names)
	}
}

// one returns a sentence: a quarter of them are about one thing, a quarter have one phrase, half have two.
func (e *expansion) one(rng *rand.Rand) string {
	kind := rng.IntN(4)
	switch {
	case len(e.phrases) == 0:
		kind = 0
	case len(e.names) == 0:
		kind = max(kind, 1)
	}
	switch kind {
	case 0:
		return fill(pick(rng, nameTemplates), pick(rng, e.names[rng.IntN(len(e.names))]))
	case 1:
		return fill(pick(rng, phraseTemplates), pick(rng, e.phrases))
	}
	return fill(pick(rng, pairTemplates), pick(rng, e.phrases), pick(rng, e.phrases))
}

func pick(rng *rand.Rand, list []string) string { return list[rng.IntN(len(list))] }

// fill puts phrases in the places of a template, with "an" for "a" where a vowel follows.
func fill(template string, phrases ...string) string {
	var b strings.Builder
	for _, phrase := range phrases {
		before, after, _ := strings.Cut(template, "%")
		if strings.HasSuffix(" "+before, " a ") && phrase != "" && strings.IndexByte("aeiou", phrase[0]) >= 0 {
			before = strings.TrimSuffix(before, " ") + "n "
		}
		b.WriteString(before)
		b.WriteString(phrase)
		template = after
	}
	b.WriteString(template)
	return b.String()
}
