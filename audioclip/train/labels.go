package train

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

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
	err := readTable(paraphrases, []string{"concept", "caption"}, func(f []string) error {
		l.captions[f[0]] = append(l.captions[f[0]], f[1])
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = readTable(relabel, []string{"from", "pattern", "concept"}, func(f []string) error {
		pattern, err := regexp.Compile("(?i)" + f[1])
		if err != nil {
			return err
		}
		l.rules[f[0]] = append(l.rules[f[0]], relabelRule{pattern, f[2]})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l, readTable(merge, []string{"concept", "into"}, func(f []string) error {
		l.merge[f[0]] = f[1]
		return nil
	})
}

// readTable reads columns of a table separated by tabs, whose first line names them.
func readTable(path string, columns []string, row func(fields []string) error) error {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var at []int
	fields := make([]string, len(columns))
	for n := 1; lines.Scan(); n++ {
		cells := strings.Split(strings.TrimSuffix(lines.Text(), "\r"), "\t")
		if n == 1 {
			cells[0] = strings.TrimPrefix(cells[0], "\ufeff")
			for _, name := range columns {
				i := slices.Index(cells, name)
				if i < 0 {
					return fmt.Errorf("%s: there is no column %s", path, name)
				}
				at = append(at, i)
			}
			continue
		}
		for i, a := range at {
			if a >= len(cells) || cells[a] == "" {
				return fmt.Errorf("%s:%d: there is no %s", path, n, columns[i])
			}
			fields[i] = cells[a]
		}
		if err := row(fields); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	switch err := lines.Err(); {
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case at == nil:
		return fmt.Errorf("%s: there is no header", path)
	}
	return nil
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
