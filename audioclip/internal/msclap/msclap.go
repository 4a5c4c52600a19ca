package msclap

import (
	"errors"
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/cnn14"
	"github.com/soundspace/soundspace/audioclip/internal/htsat"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// Model is a model of MS-CLAP. It is safe for concurrent use.
type Model struct {
	Version int    // 2022 or 2023
	Audio   *Audio // nil if not loaded
	Text    *Text  // nil if not loaded
	// Scale is what cosines are multiplied by. 0 if there is none.
	Scale float64
	// MelW is the mel filter bank that the checkpoint carries, 513 bins × 64 bands.
	// nil if there is none, or Audio is not loaded.
	MelW []float32
}

// Options say what to load.
type Options struct {
	// Audio and Text are the towers to load.
	Audio, Text bool
	// Storage says how weights are kept (nil: as in the file), see params.New.
	Storage func(checkpoint.DType) nn.Storage
}

// Load makes a model of the tensors of a checkpoint. Errors name what is missing,
// misshapen or not part of the model.
func Load(tensors map[string]*checkpoint.Tensor, o Options) (*Model, error) {
	m := &Model{Version: VersionOf(tensors)}
	if m.Version == 0 {
		return nil, errors.New("msclap: the tensors are not those of MS-CLAP")
	}
	set := params.New(params.Map(rename(tensors)), o.Storage)
	if o.Audio {
		if err := m.loadAudio(set); err != nil {
			return nil, fmt.Errorf("msclap: audio encoder: %w", err)
		}
	} else {
		set.Ignore(audioBase+"*", audioProjection+"*")
	}
	if o.Text {
		if err := m.loadText(set); err != nil {
			return nil, fmt.Errorf("msclap: caption encoder: %w", err)
		}
	} else {
		set.Ignore(textBase+"*", textProjection+"*")
	}
	if set.Has(logitScale) {
		m.Scale = math.Exp(float64(set.Floats(logitScale)[0]))
	}
	if err := set.Err(); err != nil {
		return nil, fmt.Errorf("msclap: %w", err)
	}
	return m, nil
}

func (m *Model) loadAudio(set *params.Set) error {
	base := set.Sub(audioBase)
	a := &Audio{}
	width := 0
	if m.Version == 2023 {
		base = set.Sub(htsatBase)
		cfg, err := htsat.Config{Mels: cnn14.Bands, Eps: layerNormEps}.Fit(base)
		if err != nil {
			return err
		}
		a.htsat = htsat.New(base, cfg)
		width = cfg.Dim()
	} else {
		a.cnn14 = cnn14.New(base)
		width = a.cnn14.Width()
	}
	var err error
	if a.projection, err = newProjection(set.Sub(audioProjection), width); err != nil {
		return err
	}
	m.Audio = a
	m.MelW, err = melW(base)
	return err
}

// melW returns the filter bank of a checkpoint's front end, after a look at the
// window of the transform before it.
func melW(set *params.Set) ([]float32, error) {
	const nfft, bins = 1024, 1024/2 + 1
	const transform, filters = "spectrogram_extractor.stft.conv_real.weight", "logmel_extractor.melW"
	if set.Has(transform) {
		window := set.Floats(transform, bins, 1, nfft)[:nfft] // times cos 0
		for i, w := range window {
			hann := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/nfft)
			if !(math.Abs(float64(w)-hann) < 1e-3) {
				return nil, fmt.Errorf("tensor %s is not a Fourier transform with a Hann window", transform)
			}
		}
	}
	if !set.Has(filters) {
		return nil, nil
	}
	return set.Floats(filters, bins, cnn14.Bands), nil
}

func (m *Model) loadText(set *params.Set) error {
	base := set.Sub(textBase)
	t := &Text{}
	if base.Has("wte.weight") {
		cfg := text.GPT2Config{Act: nn.GELUTanh, Eps: 1e-5}
		cfg.Heads = heads(base.Shape("wte.weight"))
		cfg, err := cfg.Fit(base)
		if err != nil {
			return err
		}
		t.encoder = text.NewGPT2(base, cfg)
	} else {
		cfg := text.BERTConfig{Act: nn.GELU, Eps: 1e-12}
		cfg.Heads = heads(base.Shape("embeddings.word_embeddings.weight"))
		cfg, err := cfg.Fit(base)
		if err != nil {
			return err
		}
		t.encoder = text.NewBERT(base, cfg, text.CLS)
	}
	var err error
	if t.projection, err = newProjection(set.Sub(textProjection), t.encoder.Width()); err != nil {
		return err
	}
	m.Text = t
	return nil
}

// heads returns the number of attention heads of GPT-2 and BERT, given the shape of
// the table of tokens: each has 64 columns.
func heads(table []int) int {
	if len(table) != 2 {
		return 1 // the shape is an error, found later
	}
	return max(table[1]/64, 1)
}

// Audio is the side of the sounds.
type Audio struct {
	cnn14      *cnn14.CNN14   // 2022
	htsat      *htsat.Encoder // 2023
	projection *projection
}

// Width returns the length of a vector.
func (a *Audio) Width() int { return a.projection.width() }

// Encode computes a row of dst for each log-mel spectrogram, frames × 64 in dB, not
// scaled to unit length. It takes from cnn14.MinFrames frames on (2022), or up to
// 1024 (2023).
func (a *Audio) Encode(c *nn.Context, dst nn.Matrix, specs []nn.Matrix) {
	defer c.Release(c.Mark())
	x := c.Matrix(len(specs), a.projection.first.Weights.In)
	if a.cnn14 != nil {
		a.cnn14.Encode(c, x, specs)
	} else {
		inputs := make([]htsat.Input, len(specs))
		for i := range specs {
			inputs[i].Planes = specs[i : i+1]
		}
		a.htsat.Encode(c, x, inputs)
	}
	a.projection.apply(c, dst, x)
}

// Text is the side of the texts.
type Text struct {
	encoder    encoder
	projection *projection
}

type encoder interface {
	Width() int
	MaxTokens() int
	Check(tokens []int) error
	Encode(c *nn.Context, dst nn.Matrix, texts [][]int)
}

// Width returns the length of a vector.
func (t *Text) Width() int { return t.projection.width() }

// MaxTokens returns the number of tokens that a text may have: as many as the encoder
// has positions. (msclap pads texts to 77 or 100 tokens, but cuts none.)
func (t *Text) MaxTokens() int { return t.encoder.MaxTokens() }

// Check tells whether Encode takes a text.
func (t *Text) Check(tokens []int) error { return t.encoder.Check(tokens) }

// Encode computes a row of dst for each text, not scaled to unit length. Texts are
// token ids with all the special ones; padding, 0, does not matter in version 2023
// and must not be there in that of 2022. It panics if Check reports an error.
func (t *Text) Encode(c *nn.Context, dst nn.Matrix, texts [][]int) {
	defer c.Release(c.Mark())
	x := c.Matrix(len(texts), t.encoder.Width())
	t.encoder.Encode(c, x, texts)
	t.projection.apply(c, dst, x)
}
