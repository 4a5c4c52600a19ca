package pretrained_test

import (
	"context"
	"fmt"
	"log"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/pretrained"
)

// Which of some labels fits a recording best, with nothing to download.
func Example() {
	model, err := pretrained.Open(audioclip.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	clip, err := audio.ReadFile("dog.wav", audio.Config{})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	vectors, err := model.EncodeAudio(ctx, []*audio.Clip{clip}, audioclip.AudioConfig{})
	if err != nil {
		log.Fatal(err)
	}
	labels := []string{"a dog barking", "rain", "a clock ticking"}
	probabilities, err := model.Classify(ctx, vectors, labels, audioclip.ClassifyConfig{})
	if err != nil {
		log.Fatal(err)
	}
	for i, label := range labels {
		fmt.Printf("%s: %.2f\n", label, probabilities.Row(0)[i])
	}
}
