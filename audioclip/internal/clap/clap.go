package clap

import (
	"errors"
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/htsat"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

// Model is a CLAP model. It is safe for concurrent use.
type Model struct {
	Layout Layout
	Config Config // as fitted to the tensors
	Audio  *Audio // nil if not loaded
	Text   *Text  // nil if not loaded
	// Scale is what cosines are multiplied by: exp of logit_scale_a. (In published
	// models logit_scale_t still has the value that training began with.) 0 if there
	// is none.
	Scale float64
}

// Options say what to load.
type Options struct {
	// Config is what config.json says, for the Hugging Face layout. The others have
	// none: their sizes are those of the tensors.
	Config *Config
	// Audio and Text are the towers to load.
	Audio, Text bool
	// Storage says how weights are kept (nil: as in the file), see params.New.
	Storage func(checkpoint.DType) nn.Storage
}

// Load makes a model of the tensors of a checkpoint. Errors name what is missing,
// misshapen or not part of the model, by the names of the Hugging Face layout.
func Load(tensors map[string]*checkpoint.Tensor, o Options) (*Model, error) {
	m := &Model{Layout: LayoutOf(tensors)}
	if m.Layout == Unknown {
		return nil, errors.New("clap: the tensors are not those of CLAP")
	}
	renamed, err := rename(tensors, m.Layout)
	if err != nil {
		return nil, err
	}
	set := params.New(params.Map(renamed), o.Storage)
	m.Config = configOf(m.Layout)
	if o.Config != nil && m.Layout == HuggingFace {
		m.Config = *o.Config
	}
	if o.Audio {
		if err := m.Config.fitAudio(set); err != nil {
			return nil, err
		}
		m.Audio = &Audio{
			encoder:    htsat.New(set.Sub(audioPrefix), m.Config.Audio),
			projection: newProjection(set.Sub(audioProjection), m.Config.Dim, m.Config.Audio.Dim(), m.Config.Act),
		}
	} else {
		set.Ignore(audioPrefix+"*", audioProjection+"*")
	}
	if o.Text {
		if err := m.Config.fitText(set); err != nil {
			return nil, err
		}
		m.Text = &Text{
			encoder:    text.NewBERT(set.Sub(textPrefix), m.Config.Text, text.Pooler),
			projection: newProjection(set.Sub(textProjection), m.Config.Dim, m.Config.Text.Width, m.Config.Act),
		}
	} else {
		set.Ignore(textPrefix+"*", textProjection+"*")
	}
	if set.Has(logitScale) {
		m.Scale = math.Exp(float64(set.Floats(logitScale)[0]))
	}
	// Layers that training alone uses.
	set.Ignore("logit_scale_t", "audio_transform.*", "text_transform.*", "attn_mask")
	if err := set.Err(); err != nil {
		return nil, fmt.Errorf("clap: %w", err)
	}
	return m, nil
}

// Audio is the side of the sounds.
type Audio struct {
	encoder    *htsat.Encoder
	projection *projection
}

// Encoder returns the encoder before the projection.
func (a *Audio) Encoder() *htsat.Encoder { return a.encoder }

// Encode computes a row of dst for each recording, of Dim values, not scaled to unit
// length.
func (a *Audio) Encode(c *nn.Context, dst nn.Matrix, inputs []htsat.Input) {
	mark := c.Mark()
	pooled := c.Matrix(len(inputs), a.projection.first.Weights.In)
	a.encoder.Encode(c, pooled, inputs)
	a.projection.apply(c, dst, pooled)
	c.Release(mark)
}

// Text is the side of the texts.
type Text struct {
	encoder    *text.BERT
	projection *projection
}

// MaxTokens returns the number of tokens that a text may have.
func (t *Text) MaxTokens() int { return t.encoder.MaxTokens() }

// Check tells whether Encode takes a text.
func (t *Text) Check(tokens []int) error { return t.encoder.Check(tokens) }

// Encode computes a row of dst for each text, of Dim values, not scaled to unit
// length. Texts are token ids with all the special ones, without padding. It panics
// if Check reports an error.
func (t *Text) Encode(c *nn.Context, dst nn.Matrix, texts [][]int) {
	mark := c.Mark()
	pooled := c.Matrix(len(texts), t.encoder.Width())
	t.encoder.Encode(c, pooled, texts)
	t.projection.apply(c, dst, pooled)
	c.Release(mark)
}

// projection leads from the vectors of an encoder into the common space.
type projection struct{ first, second *nn.Linear }

func newProjection(set *params.Set, out, in int, act nn.Activation) *projection {
	return &projection{
		first:  set.Linear("linear1", out, in, act),
		second: set.Linear("linear2", out, out, nn.Identity),
	}
}

func (p *projection) apply(c *nn.Context, dst, x nn.Matrix) {
	h := c.Matrix(x.Rows, p.first.Weights.Out)
	p.first.Apply(c, h, x)
	p.second.Apply(c, dst, h)
}
