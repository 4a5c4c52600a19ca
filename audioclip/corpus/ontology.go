package corpus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// class is a sound class of AudioSet's ontology.
type class struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	ChildIDs     []string `json:"child_ids"`
	Restrictions []string `json:"restrictions"` // "abstract": a group of classes that is none itself
}

// maxOntology is a hundred times the size of the real one.
const maxOntology = 32 << 20

// readOntology reads ontology.json.
func readOntology(r io.Reader) ([]class, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxOntology+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxOntology {
		return nil, fmt.Errorf("larger than %d MiB", maxOntology>>20)
	}
	var classes []class
	if err := json.Unmarshal(data, &classes); err != nil {
		return nil, err
	}
	for i, c := range classes {
		if c.ID == "" || c.Name == "" {
			return nil, fmt.Errorf("class %d has no id or no name", i)
		}
	}
	if len(classes) == 0 {
		return nil, errors.New("no classes")
	}
	return classes, nil
}

// aliases cuts a name such as "Bee, wasp, etc." or "Rain (weather)" into the names that it lists.
func (c *class) aliases() []string {
	var names []string
	for _, name := range strings.Split(withoutBrackets(c.Name), ",") {
		if name = Clean(name); name != "" && name != "etc" {
			names = append(names, name)
		}
	}
	return names
}

// classSentences returns what an ontology says, and the names that it gives to things that are heard: aliases, with
// the names of the classes that they belong to, and the sentences of the descriptions.
func classSentences(classes []class) (sentences, names []string) {
	parents := map[string][]*class{}
	for i := range classes {
		for _, child := range classes[i].ChildIDs {
			parents[child] = append(parents[child], &classes[i])
		}
	}
	for i := range classes {
		c := &classes[i]
		for _, name := range c.aliases() {
			sentences = append(sentences, name)
			if !slices.Contains(c.Restrictions, "abstract") {
				names = append(names, name)
			}
			for _, p := range parents[c.ID] {
				if of := p.aliases(); len(of) > 0 && !slices.Contains(p.Restrictions, "abstract") {
					sentences = append(sentences, name+", "+of[0])
				}
			}
		}
		sentences = append(sentences, Clean(c.Name))
		sentences = append(sentences, strings.SplitAfter(withoutBrackets(c.Description), ". ")...)
	}
	return sentences, names
}

// withoutBrackets leaves out what stands in round brackets.
func withoutBrackets(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth = max(depth-1, 0)
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
