//go:build unix

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/soundspace/soundspace/bench/internal/peer"
)

// benchCase is something that every program computes. What its numbers mean
// depends on the kind.
type benchCase struct {
	name, kind, title string
	numbers           []int
	tolerance         float64 // largest difference from the first program that has it
}

var benchCases = []benchCase{
	// m, n, k: a·b
	{"gemm-1024", "gemm", "matrix product 1024³", []int{1024, 1024, 1024}, 1e-3},
	// m, n, k: a·bᵀ with weights b
	{"linear-stage1", "linear", "linear layer, 4096 rows, 96 → 288 (HTSAT, stage 1)", []int{4096, 288, 96}, 1e-3},
	{"linear-stage3", "linear", "linear layer, 256 rows, 384 → 1536 (HTSAT, stage 3)", []int{256, 1536, 384}, 1e-3},
	{"linear-text", "linear", "linear layer, 7 rows, 512 → 2048 (CLIP, a short text)", []int{7, 2048, 512}, 1e-3},
	// sequences, length, heads, columns of a head
	{"attention-stage1", "attention", "attention, 64 windows of 64, 4 heads of 24 (HTSAT, stage 1)", []int{64, 64, 4, 24}, 1e-4},
	{"attention-stage3", "attention", "attention, 4 windows of 64, 16 heads of 24 (HTSAT, stage 3)", []int{4, 64, 16, 24}, 1e-4},
	{"attention-text", "attention", "attention, 32 texts of 128, 12 heads of 32 (MiniLM)", []int{32, 128, 12, 32}, 1e-4},
	// height, width, channels in and out, kernel, stride, pad, groups
	{"conv-patch", "conv", "convolution 4×4 by 4, 256×256, 1 → 96 (HTSAT, patches)", []int{256, 256, 1, 96, 4, 4, 0, 1}, 1e-3},
	{"conv-3x3", "conv", "convolution 3×3, 64×64, 64 → 64 (ResNet-18)", []int{64, 64, 64, 64, 3, 1, 1, 1}, 1e-3},
	{"conv-grouped", "conv", "convolution 3×3, 86×38, 128 → 128 in 32 groups (ResNeXt-50)", []int{86, 38, 128, 128, 3, 1, 1, 32}, 1e-3},
	// samples
	{"clap", "clap", "CLAP HTSAT-tiny, 10 s of sound → vector", []int{480000}, 1e-3},
	// texts
	{"clip-1", "clip", "CLIP ViT-B/32, 1 text → vector", []int{1}, 1e-3},
	{"clip-32", "clip", "CLIP ViT-B/32, 32 texts → vectors", []int{32}, 1e-3},
	{"minilm-1", "minilm", "all-MiniLM-L6-v2, 1 text → vector", []int{1}, 1e-4},
	{"minilm-32", "minilm", "all-MiniLM-L6-v2, 32 texts → vectors", []int{32}, 1e-4},
}

// sizes returns how many values a case has in its first and its second file.
func (c *benchCase) sizes() (a, b int) {
	n := c.numbers
	switch c.kind {
	case "gemm", "linear":
		return n[0] * n[2], n[1] * n[2]
	case "attention":
		return n[0] * n[1] * 3 * n[2] * n[3], n[2] * n[1] * n[1]
	case "conv":
		return n[0] * n[1] * n[2], n[3] * n[2] / n[7] * n[4] * n[4]
	case "clap":
		return n[0], 0
	}
	return 0, 0
}

// model tells whether it is a model that computes the case.
func (c *benchCase) model() bool {
	switch c.kind {
	case "clap", "clip", "minilm":
		return true
	}
	return false
}

// difference returns the largest difference of two results, and an error if that is too
// large.
func (c *benchCase) difference(got, want []float32) (float64, error) {
	if len(got) != len(want) {
		return 0, fmt.Errorf("%d values, want %d", len(got), len(want))
	}
	var largest float64
	for i := range got {
		largest = math.Max(largest, math.Abs(float64(got[i])-float64(want[i]))) // NaN if any is
	}
	if !(largest <= c.tolerance) {
		return 0, fmt.Errorf("off by %g, want at most %g", largest, c.tolerance)
	}
	return largest, nil
}

// captions are such as people write.
var captions = []string{
	"a dog barking", "rain falls on a tin roof while thunder rolls in the distance", "a crowd cheers",
	"an old car starts, idles for a moment and drives away on gravel", "birds singing in the morning",
	"a woman speaks and then laughs", "music", "waves break on the shore and seagulls cry overhead",
}

func sentences(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = captions[i%len(captions)]
		if i >= len(captions) {
			list[i] += fmt.Sprintf(", number %d", i)
		}
	}
	return list
}

// writeCases writes what the programs read: a line for each case, its values as
// little-endian float32, and the texts, one a line.
func writeCases(dir string) error {
	var lines strings.Builder
	for i := range benchCases {
		c := &benchCases[i]
		fmt.Fprintln(&lines, c.name, c.kind, strings.Trim(fmt.Sprint(c.numbers), "[]"))
		a, b := c.sizes()
		for file, n := range map[string]int{".a.f32": a, ".b.f32": b} {
			if n == 0 {
				continue
			}
			if err := peer.WriteFloats(filepath.Join(dir, c.name+file), random(n, uint64(i), len(file)+int(file[1]))); err != nil {
				return err
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "texts"), []byte(strings.Join(sentences(32), "\n")), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "cases"), []byte(lines.String()), 0o666)
}

func random(n int, seed uint64, file int) []float32 {
	rng := rand.New(rand.NewPCG(seed, uint64(file)))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.Float64()*2 - 1)
	}
	return x
}
