package dataset_test

import (
	"fmt"

	"github.com/soundspace/soundspace/audioclip/dataset"
)

// The variants of one sound share a source: none of them is trained on if one is held
// out. Helicopters are not trained on at all.
func ExampleSplit() {
	clips := []dataset.Clip{
		{Concept: "dog", Source: "kennel"},
		{Concept: "dog", Source: "kennel"},
		{Concept: "dog", Source: "park"},
		{Concept: "rain", Source: "garden"},
		{Concept: "helicopter", Source: "airport"},
	}
	parts, err := dataset.Split(clips, dataset.SplitConfig{PerConcept: true, Unseen: []string{"helicopter"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("train", parts.Train)
	fmt.Println("held out", parts.HeldOut)
	fmt.Println("unseen", parts.Unseen)
	// Output:
	// train [0 1 3]
	// held out [2]
	// unseen [4]
}
