package index_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/sqlite"
	"github.com/soundspace/soundspace/audioclip/pretrained"
)

// Recordings of a folder are indexed, and found by words.
func Example() {
	ctx := context.Background()
	model, err := pretrained.Open(audioclip.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	store := index.NewMemory()
	report, err := index.Build(ctx, store, model, []string{"../../testdata/crow.flac", "../../testdata/wolf-howl.wav", "../../testdata/baby-cry.mp3"}, index.BuildConfig{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Added, "recordings")

	vector, err := index.Compose(ctx, model, index.Term{Text: "a wolf howling"})
	if err != nil {
		log.Fatal(err)
	}
	hits, err := store.Search(ctx, index.Query{Vector: vector, K: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range hits {
		fmt.Println(filepath.Base(h.Path))
	}
	// Output:
	// 3 recordings
	// wolf-howl.wav
}

// An index in a file is there when it is opened again.
func Example_file() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "index")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "sounds.db")

	model, err := pretrained.Open(audioclip.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	store, err := sqlite.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := index.Build(ctx, store, model, []string{"../../testdata/crow.flac", "../../testdata/choir.flac"}, index.BuildConfig{Model: "shipped"}); err != nil {
		log.Fatal(err)
	}
	if err := store.Close(); err != nil {
		log.Fatal(err)
	}

	again, err := sqlite.OpenReadOnly(path)
	if err != nil {
		log.Fatal(err)
	}
	defer again.Close()
	identity, err := again.Identity(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(identity.Model)
	for f, err := range again.Files(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s, %d Hz, %.1f s\n", filepath.Base(f.Path), f.Format, f.SampleRate, f.Duration.Seconds())
	}
	// Output:
	// shipped
	// choir.flac: FLAC, 44100 Hz, 1.6 s
	// crow.flac: FLAC, 44100 Hz, 0.5 s
}

// What an entry is made of need not come from Build.
func ExampleMemory() {
	ctx := context.Background()
	store := index.NewMemory()
	defer store.Close()
	if err := store.SetIdentity(ctx, index.Identity{Model: "two values", Dim: 2, Probe: []float32{1, 0}}); err != nil {
		log.Fatal(err)
	}
	for path, vector := range map[string][]float32{"/a.wav": {1, 0}, "/b.wav": {0.6, 0.8}, "/c.wav": {0, 1}} {
		e := index.Entry{File: index.File{Path: path}, Windows: []audioclip.Window{{Vector: vector}}}
		if err := store.Put(ctx, e); err != nil {
			log.Fatal(err)
		}
	}
	if err := store.Remove(ctx, "/c.wav"); err != nil {
		log.Fatal(err)
	}
	hits, err := store.Search(ctx, index.Query{Vector: []float32{0, 1}, K: 2})
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range hits {
		fmt.Printf("%.1f %s\n", h.Score, h.Path)
	}
	// Output:
	// 0.8 /b.wav
	// 0.0 /a.wav
}
