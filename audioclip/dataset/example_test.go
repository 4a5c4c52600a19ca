package dataset_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"runtime"

	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/spectrogram"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// Batches to train on: clips of a manifest, divided by source, as log-mel frames, with
// every concept drawn as often as any other.
func Example() {
	ctx := context.Background()
	clips, err := dataset.Read("sounds.tsv", dataset.ReadConfig{})
	if left := (*dataset.LeftOutError)(nil); errors.As(err, &left) {
		log.Print(err) // some recordings are missing
	} else if err != nil {
		log.Fatal(err)
	}
	parts, err := dataset.Split(clips, dataset.SplitConfig{Fraction: 0.1})
	if err != nil {
		log.Fatal(err)
	}
	settings := frontend.LogMelConfig{SampleRate: 32000, NFFT: 1024, HopSamples: 640, Bands: 64, FMinHz: 50, FMaxHz: 14000}
	front, err := frontend.NewLogMel(settings)
	if err != nil {
		log.Fatal(err)
	}
	cache, err := dataset.NewCache(ctx, clips, front, dataset.CacheConfig{
		Folder: "cache", Settings: fmt.Sprintf("%+v", front.Config()), Workers: runtime.GOMAXPROCS(0),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()
	train := cache.Usable(parts.Train)
	sampler, err := dataset.NewBalanced(clips, train, dataset.BalanceConfig{})
	if err != nil {
		log.Fatal(err)
	}
	loader, err := dataset.NewLoader(clips, cache, sampler, dataset.LoaderConfig{
		Rows: 64, Frames: 126, RangeDB: 80, Background: train,
		Axes:    dataset.MelAxes(50, settings.Bands, settings.FMinHz, settings.FMaxHz, spectrogram.SlaneyMel),
		Augment: dataset.Augment{Mix: dataset.Mix{Probability: 0.3, MaxDB: 12}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range loader.Batches(ctx, 0) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(batch.Step, len(batch.Features), len(batch.Rows))
		if batch.Step == 999 {
			break
		}
	}
}

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
