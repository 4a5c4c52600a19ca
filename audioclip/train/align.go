package train

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// alignment is the task of encoders that learn to place sounds where the texts lie that
// say what they are. One of the two may stay as it is.
type alignment struct {
	recipe *AudioRecipe
	seed   uint64
	sounds *sounds
	// audio is the audio encoder, made of encoder and begin; its batches come from a
	// loader, and it is evaluated on the features of cache. If it is nil, vectors are
	// those of the clips, and the sampler draws batches of them.
	encoder *soundnet.Config
	begin   *part // nil: random weights
	audio   *audioEncoder
	cache   *dataset.Cache
	loader  *dataset.Loader
	vectors nn.Matrix
	sampler dataset.Sampler
	// text is the text encoder, tokens are those of the texts of sounds and, after
	// them, of those of the everyday classes. rows are the vectors of all of them. If
	// text is nil they stay as they are, and targets are where sounds are to come to lie:
	// rows, or the teacher's.
	text    textTower
	tokens  [][]int32
	rows    nn.Matrix
	targets nn.Matrix
	dim     int   // of all vectors
	tags    *tags // nil: none
	// scale is the logarithm of what cosines are multiplied by, bias is added to them.
	scale, bias *autodiff.Param
	bank        []int // groups that are trained on and have a concept

	config    soundnet.Model
	fixed     []*autodiff.Param // of encoders that are exported but not trained
	writeText func(dir string) error

	next func() (*dataset.Batch, error, bool)
	stop func()
	at   int // the step that next gives
}

func (a *alignment) parameters() []*autodiff.Param {
	list := []*autodiff.Param{a.scale}
	if a.audio != nil {
		list = append(list, a.audio.params...)
	}
	if a.recipe.Loss.Kind == lossSigmoid {
		list = append(list, a.bias)
	}
	if a.text != nil {
		list = append(list, a.text.parameters()...)
	}
	if a.tags != nil {
		list = append(list, a.tags.parameters()...)
	}
	return list
}

func (a *alignment) stepped() {
	a.scale.Data[0] = ClampLogScale(a.scale.Data[0])
	if a.tags != nil {
		a.tags.scale.Data[0] = ClampLogScale(a.tags.scale.Data[0])
	}
}

// batch returns the batch of a step.
func (a *alignment) batch(ctx context.Context, step int) (*dataset.Batch, error) {
	if a.next == nil || a.at != step {
		a.stopBatches()
		a.next, a.stop = iter.Pull2(a.loader.Batches(ctx, uint64(step)))
		a.at = step
	}
	b, err, ok := a.next()
	if !ok {
		err = ctx.Err()
	}
	a.at++
	return b, err
}

func (a *alignment) close() {
	a.stopBatches()
	if a.cache != nil {
		a.cache.Close()
	}
}

func (a *alignment) stopBatches() {
	if a.stop != nil {
		a.stop()
		a.next, a.stop = nil, nil
	}
}

// hear returns the vectors of the sounds of a step, and what they are.
func (a *alignment) hear(ctx context.Context, t *autodiff.Tape, step int) (*autodiff.Value, []dataset.Row, error) {
	if a.audio != nil {
		b, err := a.batch(ctx, step)
		if err != nil {
			return nil, nil, err
		}
		windows := nn.Images{Data: b.Features, N: len(b.Rows), H: b.Frames, W: b.Bands, C: 1}
		return t.NormalizeL2(a.audio.forward(t, windows, a.recipe.Dropout, a.seed+uint64(step)), normEps), b.Rows, nil
	}
	drawn := make([]int, a.recipe.Train.Batch)
	a.sampler.Draw(drawn, uint64(step))
	rows := make([]dataset.Row, len(drawn))
	for i, clip := range drawn {
		rows[i] = dataset.Row{Clip: clip, Other: -1, Lambda: 1}
	}
	return t.Input(rowsAt(t.Context(), a.vectors, drawn)), rows, nil
}

// read returns the vectors of texts.
func (a *alignment) read(t *autodiff.Tape, texts []int) *autodiff.Value {
	if a.text == nil {
		return t.Input(rowsAt(t.Context(), a.targets, texts))
	}
	tokens := make([][]int32, len(texts))
	for j, k := range texts {
		tokens[j] = a.tokens[k]
	}
	return t.NormalizeL2(a.text.forward(t, tokens), normEps)
}

func (a *alignment) step(ctx context.Context, t *autodiff.Tape, step int) (float64, error) {
	sounds, rows, err := a.hear(ctx, t, step)
	if err != nil {
		return 0, err
	}
	c := t.Context()
	var loss float64
	var values []*autodiff.Value
	var gradients []nn.Matrix
	gradient := func(v *autodiff.Value, trained bool) []float32 {
		if !trained {
			return nil
		}
		values, gradients = append(values, v), append(gradients, c.Matrix(v.Rows, v.Cols))
		return gradients[len(gradients)-1].Data
	}
	dSounds := gradient(sounds, a.audio != nil)
	clear(dSounds) // where no sound has a text there is nothing else
	if chosen, targets := a.choose(rows, step); len(chosen) > 0 {
		texts := a.read(t, chosen)
		dTexts := gradient(texts, a.text != nil)
		var dScale, dBias float64
		scale := float64(a.scale.Data[0])
		switch a.recipe.Loss.Kind {
		case lossBank:
			loss, dScale = CrossEntropy(c, sounds.Data, texts.Data, sounds.Cols, targets, scale, dSounds, dTexts)
		case lossContrastive:
			loss, dScale = Contrastive(c, sounds.Data, texts.Data, sounds.Cols, targets, scale, dSounds, dTexts)
		case lossSigmoid:
			loss, dScale, dBias = Sigmoid(c, sounds.Data, texts.Data, sounds.Cols, targets, scale, float64(a.bias.Data[0]), dSounds, dTexts)
		}
		a.scale.Grad[0] += float32(dScale)
		a.bias.Grad[0] += float32(dBias)
	}
	if a.tags != nil {
		loss += a.tags.choose(c, sounds.Matrix, rows, dSounds)
		more, y, dy := a.tags.imitate(t, sounds, rows)
		loss, values, gradients = loss+more, append(values, y), append(gradients, dy)
	}
	t.Backward(values, gradients)
	return loss, nil
}

// choose returns the texts of a step, one for each group that it needs, and how much
// each row of the batch is each of them. Groups of which the same text is drawn, as clips
// that have no concept but a caption in common, share it.
func (a *alignment) choose(rows []dataset.Row, step int) (texts []int, targets []float64) {
	first, second := make([]int, len(rows)), make([]int, len(rows))
	share := make([]float64, len(rows))
	var groups []int
	if a.recipe.Loss.Kind == lossBank {
		groups = slices.Clone(a.bank)
	}
	for i, row := range rows {
		first[i] = a.sounds.group[row.Clip]
		second[i], share[i] = first[i], float64(row.Lambda)
		if row.Other >= 0 {
			second[i] = a.sounds.group[rows[row.Other].Clip]
		}
		groups = append(groups, first[i])
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	if groups[0] == untold {
		groups = groups[1:]
	}
	rng := rand.New(rand.NewPCG(a.seed^0x7e87, uint64(step)))
	var drawn []int                            // the first group of each text
	shared := map[int]int{untold: untold}      // of each group: the one whose text it has
	known := make(map[string]int, len(groups)) // by text
	for _, g := range groups {
		of := a.sounds.ofGroup[g]
		k := of[rng.IntN(len(of))]
		text := a.sounds.texts[k]
		if _, ok := known[text]; !ok {
			known[text] = g
			drawn, texts = append(drawn, g), append(texts, k)
		}
		shared[g] = known[text]
	}
	for i := range rows {
		first[i], second[i] = shared[first[i]], shared[second[i]]
	}
	return texts, Mixed(first, second, share, drawn)
}

func (a *alignment) export(dir string, metadata map[string]string) error {
	list := append([]*autodiff.Param{a.scale}, a.fixed...)
	if a.audio != nil {
		list = append(list, a.audio.params...)
	}
	config := a.config
	if a.text != nil {
		var err error
		if config.Text, err = a.text.config(); err != nil {
			return err
		}
		list = append(list, a.text.parameters()...)
	}
	return writeModel(dir, config, list, metadata, a.writeText)
}
