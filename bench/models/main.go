// Models compares what audioclip makes of checkpoints with what their original
// implementations make of them: each folder given has a model and golden.json, as
// the Python scripts beside this write them.
//
//	python bench/models/clap.py /tmp/models --size base
//	go run ./bench/models /tmp/models/*
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
)

// What may be between us and the original.
const (
	maxDifference = 1e-3
	minCosine     = 0.99999
)

// golden has inputs and the vectors, of unit length, that they should get.
type golden struct {
	Audio []struct {
		File   string
		Vector []float64
	}
	Text []struct {
		Text   string
		Vector []float64
	}
}

func main() {
	failed := false
	for _, folder := range os.Args[1:] {
		fits, err := compare(folder)
		if err != nil {
			fmt.Fprintf(os.Stderr, "models: %s: %v\n", folder, err)
		}
		failed = failed || err != nil || !fits
	}
	if failed {
		os.Exit(1)
	}
}

func compare(folder string) (fits bool, err error) {
	file, err := os.ReadFile(filepath.Join(folder, "golden.json"))
	if err != nil {
		return false, err
	}
	var g golden
	if err := json.Unmarshal(file, &g); err != nil {
		return false, err
	}
	model, err := audioclip.Config{Workers: 2}.Open(folder)
	if err != nil {
		return false, err
	}
	defer model.Close()

	ctx := context.Background()
	var clips []*audio.Clip
	var sounds, texts [][]float64
	for _, a := range g.Audio {
		clip, err := audio.ReadFile(filepath.Join(folder, a.File), audio.Config{})
		if err != nil {
			return false, err
		}
		clips, sounds = append(clips, clip), append(sounds, a.Vector)
	}
	var words []string
	for _, t := range g.Text {
		words, texts = append(words, t.Text), append(texts, t.Vector)
	}
	fits = true
	if len(clips) > 0 {
		vectors, err := model.EncodeAudio(ctx, clips, audioclip.AudioConfig{})
		if err != nil {
			return false, err
		}
		fits = report(folder, "audio", vectors, sounds)
	}
	if len(words) > 0 {
		vectors, err := model.EncodeText(ctx, words, audioclip.TextConfig{})
		if err != nil {
			return false, err
		}
		fits = report(folder, "text", vectors, texts) && fits
	}
	return fits, nil
}

// report prints how far vectors are from what they should be.
func report(folder, side string, got audioclip.Matrix, want [][]float64) bool {
	worst, least := 0.0, 1.0
	for i, w := range want {
		if len(w) != got.Cols {
			fmt.Printf("%s: %s: %d values, want %d\n", folder, side, got.Cols, len(w))
			return false
		}
		var dot, gg, ww float64
		for j, v := range got.Row(i) {
			worst = math.Max(worst, math.Abs(float64(v)-w[j]))
			dot, gg, ww = dot+float64(v)*w[j], gg+float64(v)*float64(v), ww+w[j]*w[j]
		}
		least = math.Min(least, dot/math.Sqrt(gg*ww))
	}
	fits := worst <= maxDifference && least >= minCosine
	verdict := "fits"
	if !fits {
		verdict = "DOES NOT FIT"
	}
	fmt.Printf("%s: %s: %d vectors, largest difference %.2g, least cosine %.8f: %s\n", folder, side, len(want), worst, least, verdict)
	return fits
}
