package nearest_test

import (
	"fmt"

	"github.com/soundspace/soundspace/internal/nearest"
)

// Three recordings have two windows each: the two best recordings, each by its best
// window.
func Example() {
	windows := []float32{
		1, 0, 0, 1, // of a dog
		0, 1, 0, 1, // of a cat
		0.6, 0.8, 0.8, 0.6, // of a dog and a cat
	}
	originals := nearest.NewVectors(2) // or a file
	originals.Add(windows)
	codes := nearest.NewCodes(2)
	if _, err := codes.Add(windows); err != nil {
		fmt.Println(err)
		return
	}
	recording := func(id int) int { return id / 2 }
	hits, err := codes.Search(nil, []float32{1, 0}, 2, originals, nearest.Options{Group: recording})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range hits {
		fmt.Printf("recording %d, window %d: %.2f\n", recording(h.ID), h.ID%2, h.Score)
	}
	// Output:
	// recording 0, window 0: 1.00
	// recording 2, window 1: 0.80
}
