package train_test

import (
	"context"
	"fmt"
	"log"

	"github.com/soundspace/soundspace/audioclip/train"
)

// A small text encoder is made of a large one, and an audio encoder brought into its
// space. Both runs go on where they were if the program is started again.
func Example() {
	ctx := context.Background()
	recipe, err := train.ReadRecipe("recipes/small/recipe.json", "data")
	if err != nil {
		log.Fatal(err)
	}
	cfg := train.Config{Dir: "small/text", Cache: "small/cache", Teacher: "all-MiniLM-L6-v2", Workers: 2}
	cfg.Progress = func(e train.Event) {
		if e.Validation != nil {
			fmt.Println(e.Step, e.Validation.Values)
		}
	}
	if err := train.Distill(ctx, recipe, cfg); err != nil {
		log.Fatal(err)
	}
	cfg.Dir, cfg.Text = "small", "small/text/model"
	if err := train.Align(ctx, recipe, cfg); err != nil {
		log.Fatal(err)
	}
	// The model is in small/model.
}
