package train

import (
	"cmp"
	"fmt"
	"regexp"

	"github.com/soundspace/soundspace/audioclip/corpus"
	"github.com/soundspace/soundspace/audioclip/dataset"
)

// labels are the concepts of a recipe and the texts that stand for them.
type labels struct {
	captions map[string][]string // by concept
	rules    map[string][]relabelRule
	merge    map[string]string
}

// relabelRule gives another concept to those clips of one whose caption|origin matches.
type relabelRule struct {
	pattern *regexp.Regexp
	concept string
}

// Marks in the tables of a recipe: of clips that have no concept, and of what is not
// to be trained with.
const (
	noConcept = "none"
	leftOut   = "-"
)

// readLabels reads the tables of a recipe, of which a path may be empty:
//
//	paraphrases  concept, caption        texts that stand for a concept
//	relabel      from, pattern, concept  regular expressions for caption|origin, in any
//	                                     case; of those that match, the first counts
//	merge        concept, into           of clips that no such rule is for
//
// Where a concept is wanted, "-" leaves clips out; a rule from "none" is for those that
// have no concept.
func readLabels(paraphrases, relabel, merge string) (*labels, error) {
	l := &labels{captions: map[string][]string{}, rules: map[string][]relabelRule{}, merge: map[string]string{}}
	read := func(path string, columns ...string) ([][]string, error) {
		if path == "" {
			return make([][]string, len(columns)), nil
		}
		return corpus.ReadColumns(path, columns...)
	}
	texts, err := read(paraphrases, "concept", "caption")
	if err != nil {
		return nil, err
	}
	for i, concept := range texts[0] {
		l.captions[concept] = append(l.captions[concept], texts[1][i])
	}
	rules, err := read(relabel, "from", "pattern", "concept")
	if err != nil {
		return nil, err
	}
	for i, from := range rules[0] {
		pattern, err := regexp.Compile("(?i)" + rules[1][i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", relabel, err)
		}
		l.rules[from] = append(l.rules[from], relabelRule{pattern, rules[2][i]})
	}
	merged, err := read(merge, "concept", "into")
	if err != nil {
		return nil, err
	}
	for i, concept := range merged[0] {
		l.merge[concept] = merged[1][i]
	}
	return l, nil
}

// concept returns what a clip is trained as, "" if it has no concept, and whether it is
// to be trained with.
func (l *labels) concept(c *dataset.Clip) (concept string, wanted bool) {
	concept = cmp.Or(l.merge[c.Concept], c.Concept)
	for _, r := range l.rules[cmp.Or(c.Concept, noConcept)] {
		if r.pattern.MatchString(c.Captions[0] + "|" + c.Fields["origin"]) {
			concept = r.concept
			break
		}
	}
	return concept, concept != leftOut
}
