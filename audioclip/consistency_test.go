package audioclip

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/soundspace/soundspace/audio"
)

// encodings are what a model makes of everything at once, and one by one.
func encodings(m *Model, clips []*audio.Clip, texts []string, pictures []image.Image) (all, single []float32, err error) {
	add := func(to *[]float32, v Matrix, failed error) {
		*to = append(*to, v.Data...)
		if err == nil {
			err = failed
		}
	}
	info := m.Info()
	if info.Audio {
		v, err := m.EncodeAudio(background, clips, AudioConfig{})
		add(&all, v, err)
		for i := range clips {
			v, err := m.EncodeAudio(background, clips[i:i+1], AudioConfig{})
			add(&single, v, err)
		}
	}
	if info.Text {
		v, err := m.EncodeText(background, texts, TextConfig{})
		add(&all, v, err)
		for i := range texts {
			v, err := m.EncodeText(background, texts[i:i+1], TextConfig{})
			add(&single, v, err)
		}
	}
	if info.Image {
		v, err := m.EncodeImage(background, pictures)
		add(&all, v, err)
		for i := range pictures {
			v, err := m.EncodeImage(background, pictures[i:i+1])
			add(&single, v, err)
		}
	}
	return all, single, err
}

// A vector does not depend on the others of a batch, the number of workers, or what
// else goes on, to the bit.
func TestVectorsDependOnTheirInputAlone(t *testing.T) {
	clips := []*audio.Clip{noise(100, 1, 48000, 1), noise(30*48000, 1, 48000, 2), noise(44100, 2, 44100, 3), noise(480000, 1, 48000, 4), noise(500000, 1, 48000, 5)}
	texts := slices.Concat([]string{"a dog", "rain falls on the roof and the cat purrs"}, slices.Repeat([]string{"the one", "a two and three"}, 40))
	pictures := []image.Image{picture(30, 20), picture(200, 300), picture(24, 24)}
	dirs := map[string]string{"soundspace": soundspaceModel(t), "static": staticModel(t), "words": wordsModel(t)}
	for _, name := range []string{"clap", "fused", "clip", "openai", "openclip", "sentence"} {
		dirs[name] = filepath.Join("testdata", name)
	}
	for name, dir := range dirs {
		texts := texts
		if name != "static" && name != "words" { // which need a word
			texts = append(texts, "")
		}
		for storage := AsStored; storage <= Int8; storage++ {
			t.Run(fmt.Sprint(name, storage), func(t *testing.T) {
				var want []float32
				for _, workers := range []int{1, 2, 5} {
					m := mustOpen(t, Config{Workers: workers, Weights: storage}, dir)
					all, single, err := encodings(m, clips, texts, pictures)
					if err != nil {
						t.Fatal(err)
					}
					if want == nil {
						want = all
					}
					if !slices.Equal(all, want) || !slices.Equal(single, want) {
						t.Errorf("%d workers: vectors differ", workers)
					}
				}
				if storage != AsStored {
					return
				}
				m := mustOpen(t, Config{Workers: 2}, dir)
				var wait sync.WaitGroup
				for range 3 {
					wait.Add(1)
					go func() {
						defer wait.Done()
						if all, single, err := encodings(m, clips, texts, pictures); err != nil || !slices.Equal(all, want) || !slices.Equal(single, want) {
							t.Errorf("at the same time: vectors differ, %v", err)
						}
					}()
				}
				wait.Wait()
			})
		}
	}
}

// The smaller kinds of weights stay near: float16 is what the file has.
func TestStorage(t *testing.T) {
	x := signal(48000, 48000, 1)
	exact := encodeSamples(t, mustOpen(t, Config{Weights: Float32}, "testdata/clap"), x, 48000)
	for storage, least := range map[Storage]float64{AsStored: 1 - 1e-6, Float16: 1 - 1e-6, BFloat16: 0.999, Int8: 0.99} {
		v := encodeSamples(t, mustOpen(t, Config{Weights: storage}, "testdata/clap"), x, 48000)
		if c := dot(v, exact); !(c >= least) {
			t.Errorf("storage %d: cosine %.6f with float32", storage, c)
		}
	}
}
