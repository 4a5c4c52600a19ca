// Models compares what audioclip makes of checkpoints with what their original
// implementations make of them: each folder given has a model and golden.json, as
// the Python scripts beside this write them.
//
//	python bench/models/clap.py models --size base
//	go run ./bench/models models/*
//
// With -weights float16, bfloat16 or int8, the weights are kept so in memory: what
// that costs is shown, and is no failure.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
)

// What may be between us and the original.
const (
	maxDifference = 1e-3
	minCosine     = 0.99999
	maxScaleError = 1e-5 // relative
)

// golden has inputs and the vectors, of unit length, that they should get.
type golden struct {
	Audio, Text, Image []input
	Scale              float64 // of scores, 0 if the model has none
}

type input struct {
	File   string
	Text   string
	Vector []float64
}

var storages = map[string]audioclip.Storage{
	"stored":   audioclip.AsStored,
	"float32":  audioclip.Float32,
	"float16":  audioclip.Float16,
	"bfloat16": audioclip.BFloat16,
	"int8":     audioclip.Int8,
}

func main() {
	weights := flag.String("weights", "stored", "how weights are kept: stored, float32, float16, bfloat16 or int8")
	flag.Parse()
	storage, ok := storages[*weights]
	if !ok {
		fmt.Fprintf(os.Stderr, "models: unknown -weights %s\n", *weights)
		os.Exit(2)
	}
	failed := false
	for _, folder := range flag.Args() {
		fits, err := compare(folder, storage)
		if err != nil {
			fmt.Fprintf(os.Stderr, "models: %s: %v\n", folder, err)
		}
		failed = failed || err != nil || !fits && storage <= audioclip.Float32
	}
	if failed {
		os.Exit(1)
	}
}

func compare(folder string, storage audioclip.Storage) (fits bool, err error) {
	file, err := os.ReadFile(filepath.Join(folder, "golden.json"))
	if err != nil {
		return false, err
	}
	var g golden
	if err := json.Unmarshal(file, &g); err != nil {
		return false, err
	}
	start := time.Now()
	model, err := audioclip.Config{Workers: 2, Weights: storage}.Open(folder)
	if err != nil {
		return false, err
	}
	defer model.Close()
	fmt.Printf("%s: %s, opened in %.2f s\n", folder, model.Info().Family, time.Since(start).Seconds())
	fits = true
	if scale := model.Info().Scale; math.Abs(scale-g.Scale) > maxScaleError*g.Scale {
		fmt.Printf("%s: scale %g, want %g\n", folder, scale, g.Scale)
		fits = false
	}

	ctx := context.Background()
	if len(g.Audio) > 0 {
		var clips []*audio.Clip
		for _, a := range g.Audio {
			clip, err := audio.ReadFile(filepath.Join(folder, a.File), audio.Config{})
			if err != nil {
				return false, err
			}
			clips = append(clips, clip)
		}
		vectors, err := model.EncodeAudio(ctx, clips, audioclip.AudioConfig{})
		if err != nil {
			return false, err
		}
		fits = report(folder, "audio", vectors, g.Audio) && fits
	}
	if len(g.Text) > 0 {
		var texts []string
		for _, t := range g.Text {
			texts = append(texts, t.Text)
		}
		vectors, err := model.EncodeText(ctx, texts, audioclip.TextConfig{})
		if err != nil {
			return false, err
		}
		fits = report(folder, "text", vectors, g.Text) && fits
	}
	if len(g.Image) > 0 {
		var pictures []image.Image
		for _, i := range g.Image {
			picture, err := readPicture(filepath.Join(folder, i.File))
			if err != nil {
				return false, err
			}
			pictures = append(pictures, picture)
		}
		vectors, err := model.EncodeImage(ctx, pictures)
		if err != nil {
			return false, err
		}
		fits = report(folder, "images", vectors, g.Image) && fits
	}
	return fits, nil
}

func readPicture(path string) (image.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	return picture, err
}

// report prints how far vectors are from what they should be.
func report(folder, side string, got audioclip.Matrix, want []input) bool {
	worst, least, at := 0.0, 1.0, 0
	for i, w := range want {
		if len(w.Vector) != got.Cols {
			fmt.Printf("%s: %s: %d values, want %d\n", folder, side, got.Cols, len(w.Vector))
			return false
		}
		var dot, gg, ww float64
		for j, v := range got.Row(i) {
			g, w := float64(v), w.Vector[j]
			if d := math.Abs(g - w); d > worst {
				worst, at = d, i
			}
			dot, gg, ww = dot+g*w, gg+g*g, ww+w*w
		}
		least = math.Min(least, dot/math.Sqrt(gg*ww))
	}
	fits := worst <= maxDifference && least >= minCosine
	verdict := "fits"
	if !fits {
		verdict = fmt.Sprintf("DOES NOT FIT, worst is %s%q", want[at].File, want[at].Text)
	}
	fmt.Printf("%s: %s: %d vectors, largest difference %.2g, least cosine %.8f: %s\n", folder, side, len(want), worst, least, verdict)
	return fits
}
