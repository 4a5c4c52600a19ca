package vit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// goldens are what testdata/make.py recorded.
type goldens struct {
	Pictures     []pictureGolden
	Transformers []pictureGolden
	Inputs       [][2]int
	Models       []struct {
		File    string
		Config  json.RawMessage
		Vectors [][]float64
	}
}

type pictureGolden struct {
	Width, Height int
	Mode          string
	Size          int
	First         []float32
	SHA256        string
}

func readGoldens(t *testing.T) goldens {
	t.Helper()
	file, err := os.ReadFile("testdata/goldens.json")
	if err != nil {
		t.Fatal(err)
	}
	var g goldens
	if err := json.Unmarshal(file, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// picture is the function of that name in testdata/make.py. Its bounds do not begin
// at 0.
func picture(w, h int, mode string) image.Image {
	bounds := image.Rect(3, 5, 3+w, 5+h)
	value := func(x, y, ch int) uint8 { return uint8(3*x*x + 5*y*y + 7*x*y + 50*ch + x/5*31) }
	var set func(x, y int)
	var picture image.Image
	switch mode {
	case "L":
		p := image.NewGray(bounds)
		picture, set = p, func(x, y int) { p.SetGray(3+x, 5+y, color.Gray{value(x, y, 0)}) }
	case "P":
		palette := make(color.Palette, 256)
		for i := range palette {
			j := uint8(i)
			palette[i] = color.NRGBA{3 * j, 5 * j, 7 * j, uint8(255 * (i % 2))}
		}
		p := image.NewPaletted(bounds, palette)
		picture, set = p, func(x, y int) { p.SetColorIndex(3+x, 5+y, value(x, y, 0)) }
	case "RGB":
		p := image.NewRGBA(bounds)
		picture, set = p, func(x, y int) {
			p.SetRGBA(3+x, 5+y, color.RGBA{value(x, y, 0), value(x, y, 1), value(x, y, 2), 255})
		}
	case "RGBA":
		p := image.NewNRGBA(bounds)
		picture, set = p, func(x, y int) {
			p.SetNRGBA(3+x, 5+y, color.NRGBA{value(x, y, 0), value(x, y, 1), value(x, y, 2), value(x, y, 3)})
		}
	}
	for y := range h {
		for x := range w {
			set(x, y)
		}
	}
	return picture
}

// To the bit, what openai-clip, torchvision and Pillow do, and what transformers does.
func TestPreprocess(t *testing.T) {
	goldens := readGoldens(t)
	for _, g := range goldens.Pictures {
		g.check(t, CLIPPreprocess(g.Size))
	}
	for _, g := range goldens.Transformers {
		p := CLIPPreprocess(g.Size)
		p.Transformers = true
		g.check(t, p)
	}
}

func (g pictureGolden) check(t *testing.T, p Preprocess) {
	t.Helper()
	got := make([]float32, 3*g.Size*g.Size)
	if err := p.Apply(got, picture(g.Width, g.Height, g.Mode)); err != nil {
		t.Fatal(err)
	}
	bytes := make([]byte, 0, 4*len(got))
	for _, v := range got {
		bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(v))
	}
	if sum := sha256.Sum256(bytes); hex.EncodeToString(sum[:]) != g.SHA256 {
		t.Errorf("%d×%d %s to %d (transformers %v) differs; it begins %v, should begin %v", g.Width, g.Height, g.Mode, g.Size, p.Transformers, got[:6], g.First)
	}
}

func TestPreprocessEmpty(t *testing.T) {
	if err := CLIPPreprocess(8).Apply(make([]float32, 3*64), image.NewGray(image.Rect(0, 0, 7, 0))); err != ErrNoPixels {
		t.Errorf("error %v", err)
	}
}

// fileSource is a checkpoint as a params.Source.
type fileSource struct{ *checkpoint.File }

func (f fileSource) Tensor(name string, _ []int) *checkpoint.Tensor { return f.File.Tensor(name) }

func TestModels(t *testing.T) {
	all := readGoldens(t)
	for _, g := range all.Models {
		t.Run(g.File, func(t *testing.T) {
			f, err := checkpoint.Open(filepath.Join("testdata", g.File))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			set := params.New(fileSource{f}, nil)
			var cfg Config
			if string(g.Config) != "null" {
				if cfg, err = ParseConfig(g.Config); err != nil {
					t.Fatal(err)
				}
			}
			if cfg, err = cfg.Fit(set); err != nil {
				t.Fatal(err)
			}
			v := New(set, cfg)
			set.Ignore("transformer.*", "token_embedding.weight", "positional_embedding", "ln_final.*", "text_projection", "logit_scale")
			if err := set.Err(); err != nil {
				t.Fatal(err)
			}

			const many = 250 // more than go through at once
			pictures := nn.Images{Data: make([]float32, many*24*24*3), N: many, H: 24, W: 24, C: 3}
			for i := range many {
				in := all.Inputs[i%len(all.Inputs)]
				err := CLIPPreprocess(24).Apply(pictures.Data[i*24*24*3:(i+1)*24*24*3], picture(in[0], in[1], "RGB"))
				if err != nil {
					t.Fatal(err)
				}
			}
			c := nn.NewContext(2)
			got := nn.NewMatrix(make([]float32, many*v.Width()), many, v.Width())
			v.Encode(c, got, pictures)
			for i, want := range g.Vectors {
				for j, w := range want {
					if d := math.Abs(float64(got.Row(i)[j]) - w); !(d <= 1e-5) {
						t.Fatalf("picture %d value %d is %g, want %g", i, j, got.Row(i)[j], w)
					}
				}
			}
			for i := len(g.Vectors); i < many; i++ {
				if !slices.Equal(got.Row(i), got.Row(i%len(g.Vectors))) {
					t.Fatalf("picture %d differs in a batch", i)
				}
			}
		})
	}
}
