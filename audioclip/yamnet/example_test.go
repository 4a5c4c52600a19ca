package yamnet_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/yamnet"
)

// The five classes that describe a recording best.
func Example() {
	model, err := yamnet.Open("yamnet") // the folder of the SavedModel
	if err != nil {
		fmt.Println(err)
		return
	}
	clip, err := audio.ReadFile("recording.wav", audio.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := model.Scores(context.Background(), []*audio.Clip{clip})
	if err != nil {
		fmt.Println(err)
		return
	}
	labels, row := model.Labels(), scores.Row(0)
	for range 5 {
		best := slices.Index(row, slices.Max(row))
		fmt.Printf("%.3f %s\n", row[best], labels[best])
		row[best] = 0
	}
}
