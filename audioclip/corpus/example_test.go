package corpus_test

import (
	"fmt"
	"log"
	"slices"

	"github.com/soundspace/soundspace/audioclip/corpus"
)

func ExampleBuild() {
	c, err := corpus.Build(corpus.Config{
		Sentences: []string{"A dog barks.", "a  dog barks", "rain on a tin roof", "a puppy yapping"},
		Exclude:   []string{"A puppy yapping"},
	})
	if err != nil {
		log.Fatal(err)
	}
	slices.Sort(c.Sentences)
	fmt.Printf("%q\n", c.Sentences)
	fmt.Printf("%+v\n", c.Counts[0])
	// Output:
	// ["a dog barks" "rain on a tin roof"]
	// {Part:given Available:2 Taken:2 Labels:1}
}
