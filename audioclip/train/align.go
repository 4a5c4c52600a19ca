package train

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/eval"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// alignment is the task of an audio encoder that learns to place sounds where a text
// encoder places what is said of them.
type alignment struct {
	recipe *AudioRecipe
	seed   uint64
	sounds *sounds
	audio  *audioEncoder
	// rows are the vectors of sounds.texts, of unit length. If the text encoder is
	// trained too, it is text, and tokens are those of the texts.
	rows   nn.Matrix
	text   *textEncoder
	tokens [][]int32
	// scale is the logarithm of what cosines are multiplied by, bias is added to them.
	scale, bias *autodiff.Param
	bank        []int // groups that are trained on and have a concept
	everyday    nn.Matrix

	config    soundnet.Model
	fixed     []*autodiff.Param // of a text encoder that is exported but not trained
	tokenizer string            // folder

	loader *dataset.Loader
	next   func() (*dataset.Batch, error, bool)
	stop   func()
	at     int // the step that next gives
}

func (a *alignment) parameters() []*autodiff.Param {
	list := slices.Clone(a.audio.params)
	list = append(list, a.scale)
	if a.recipe.Loss.Kind == lossSigmoid {
		list = append(list, a.bias)
	}
	if a.text != nil {
		list = append(list, a.text.params...)
	}
	return list
}

func (a *alignment) stepped() { a.scale.Data[0] = ClampLogScale(a.scale.Data[0]) }

// batch returns the batch of a step.
func (a *alignment) batch(ctx context.Context, step int) (*dataset.Batch, error) {
	if a.next == nil || a.at != step {
		a.close()
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
	if a.stop != nil {
		a.stop()
		a.next, a.stop = nil, nil
	}
}

func (a *alignment) step(ctx context.Context, t *autodiff.Tape, step int) (float64, error) {
	b, err := a.batch(ctx, step)
	if err != nil {
		return 0, err
	}
	c := t.Context()
	windows := nn.Images{Data: b.Features, N: len(b.Rows), H: b.Frames, W: b.Bands, C: 1}
	sounds := t.NormalizeL2(a.audio.forward(t, windows, a.recipe.Dropout, a.seed+uint64(step)), normEps)

	chosen, targets := a.choose(b, step)
	var texts *autodiff.Value
	if a.text == nil {
		texts = t.Input(rowsAt(c, a.rows, chosen))
	} else {
		tokens := make([][]int32, len(chosen))
		for j, k := range chosen {
			tokens[j] = a.tokens[k]
		}
		texts = t.NormalizeL2(a.text.forward(t, tokens), normEps)
	}
	dSounds, dTexts := c.Matrix(sounds.Rows, sounds.Cols), nn.Matrix{}
	if a.text != nil {
		dTexts = c.Matrix(texts.Rows, texts.Cols)
	}
	var loss, dScale, dBias float64
	scale := float64(a.scale.Data[0])
	switch a.recipe.Loss.Kind {
	case lossBank:
		loss, dScale = CrossEntropy(c, sounds.Data, texts.Data, sounds.Cols, targets, scale, dSounds.Data, dTexts.Data)
	case lossContrastive:
		loss, dScale = Contrastive(c, sounds.Data, texts.Data, sounds.Cols, targets, scale, dSounds.Data, dTexts.Data)
	case lossSigmoid:
		loss, dScale, dBias = Sigmoid(c, sounds.Data, texts.Data, sounds.Cols, targets, scale, float64(a.bias.Data[0]), dSounds.Data, dTexts.Data)
	}
	a.scale.Grad[0] += float32(dScale)
	a.bias.Grad[0] += float32(dBias)
	if a.text == nil {
		t.Backward([]*autodiff.Value{sounds}, []nn.Matrix{dSounds})
	} else {
		t.Backward([]*autodiff.Value{sounds, texts}, []nn.Matrix{dSounds, dTexts})
	}
	return loss, nil
}

// choose returns the texts of a step, one for each group that it needs, and how much
// each row of the batch is each of them.
func (a *alignment) choose(b *dataset.Batch, step int) (texts []int, targets []float64) {
	first, second := make([]int, len(b.Rows)), make([]int, len(b.Rows))
	share := make([]float64, len(b.Rows))
	var groups []int
	if a.recipe.Loss.Kind == lossBank {
		groups = slices.Clone(a.bank)
	}
	for i, row := range b.Rows {
		first[i] = a.sounds.group[row.Clip]
		second[i], share[i] = first[i], float64(row.Lambda)
		if row.Other >= 0 {
			second[i] = a.sounds.group[b.Rows[row.Other].Clip]
		}
		groups = append(groups, first[i])
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	rng := rand.New(rand.NewPCG(a.seed^0x7e87, uint64(step)))
	texts = make([]int, len(groups))
	for j, g := range groups {
		of := a.sounds.ofGroup[g]
		texts[j] = of[rng.IntN(len(of))]
	}
	return texts, Mixed(first, second, share, groups)
}

// net returns the audio encoder as it will run.
func (a *alignment) net() (*soundnet.Net, error) {
	source := params.Map{}
	for _, p := range a.audio.params {
		source[p.Name] = checkpoint.FromFloats(p.Name, p.Shape, p.Data)
	}
	set := params.New(source, nil)
	net := soundnet.New(set.Sub(audioPrefix), a.audio.cfg)
	return net, set.Err()
}

// audioPrefix begins the names of the audio encoder's tensors.
const audioPrefix = "audio_model."

// encode returns the vectors of clips: the means of those of their windows.
func (a *alignment) encode(ctx context.Context, c *nn.Context, clips []int) (audioclip.Matrix, error) {
	net, err := a.net()
	if err != nil {
		return audioclip.Matrix{}, err
	}
	dst := audioclip.NewMatrix(len(clips), a.audio.cfg.Embed)
	errs := make([]error, len(clips))
	c.Split(len(clips), 1, func(c *nn.Context, from, to int) {
		for i := from; i < to && ctx.Err() == nil; i++ {
			errs[i] = a.encodeClip(c, net, dst.Row(i), clips[i])
		}
	})
	for _, err := range errs {
		if err != nil {
			return dst, err
		}
	}
	return dst, ctx.Err()
}

func (a *alignment) encodeClip(c *nn.Context, net *soundnet.Net, dst []float32, clip int) error {
	defer c.Release(c.Mark())
	cache := a.sounds.cache
	frames, window := cache.Frames(clip), a.audio.cfg.WindowFrames()
	v := c.Matrix(1, len(dst))
	for from := 0; ; from += window / 2 {
		from = max(min(from, frames-window), 0)
		x, err := cache.Features(nil, clip, from, min(frames-from, window))
		if err != nil {
			return err
		}
		net.Encode(c, v, nn.NewMatrix(x, len(x)/cache.Bands(), cache.Bands()))
		nn.NormalizeL2(v.Data)
		for i, x := range v.Data {
			dst[i] += x
		}
		if from+window >= frames {
			nn.NormalizeL2(dst)
			return nil
		}
	}
}

// validate measures, on sources that are not trained on, how well sounds are told
// apart by texts: among all concepts that are there, among everyday classes, among
// concepts that were never trained on; and how often a text finds a sound of its
// concept.
func (a *alignment) validate(ctx context.Context, c *nn.Context) (map[string]float64, error) {
	if a.text != nil {
		rows, err := a.text.encode(ctx, c, a.tokens)
		if err != nil {
			return nil, err
		}
		a.rows = rows
	}
	metrics := map[string]float64{"scale": math.Exp(float64(a.scale.Data[0]))}
	for _, part := range []struct {
		name  string
		clips []int
	}{{"", a.sounds.parts.HeldOut}, {"unseen_", a.sounds.parts.Unseen}} {
		if len(part.clips) == 0 {
			continue
		}
		vectors, err := a.encode(ctx, c, part.clips)
		if err != nil {
			return nil, err
		}
		if err := a.measure(metrics, part.name, vectors, part.clips); err != nil {
			return nil, err
		}
	}
	metrics[scoreMetric] = metrics["accuracy"] + metrics["everyday"]
	return metrics, nil
}

// measure adds metrics of clips and their vectors.
func (a *alignment) measure(metrics map[string]float64, prefix string, vectors audioclip.Matrix, clips []int) error {
	var groups []int
	for _, clip := range clips {
		if g := a.sounds.group[clip]; g < len(a.sounds.concepts) {
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	if len(groups) == 0 {
		return nil
	}
	var labels []string
	means := audioclip.NewMatrix(len(groups), a.rows.Cols)
	for i, g := range groups {
		labels = append(labels, a.sounds.concepts[g])
		for _, text := range a.sounds.ofGroup[g] {
			for k, v := range a.rows.Row(text) {
				means.Row(i)[k] += v
			}
		}
	}
	classify := func(means audioclip.Matrix, labels []string, class func(clip int) int) (float64, float64, error) {
		var truth []int
		rows := audioclip.NewMatrix(0, vectors.Cols)
		for i, clip := range clips {
			if k := class(clip); k >= 0 {
				truth = append(truth, k)
				rows.Data = append(rows.Data, vectors.Row(i)...)
				rows.Rows++
			}
		}
		if len(truth) == 0 {
			return 0, 0, nil
		}
		r, err := eval.Classify(rows, means, labels, truth)
		if err != nil {
			return 0, 0, err
		}
		return r.Macro, r.MAP, nil
	}
	accuracy, meanAP, err := classify(means, labels, func(clip int) int {
		i, ok := slices.BinarySearch(groups, a.sounds.group[clip])
		if !ok {
			return -1
		}
		return i
	})
	if err != nil {
		return err
	}
	metrics[prefix+"accuracy"], metrics[prefix+"map"] = accuracy, meanAP
	if prefix == "" && len(a.recipe.Everyday) > 0 {
		var names []string
		for _, e := range a.recipe.Everyday {
			names = append(names, e.Label)
		}
		accuracy, _, err := classify(audioclip.Matrix{Data: a.everyday.Data, Rows: a.everyday.Rows, Cols: a.everyday.Cols}, names, func(clip int) int {
			return slices.IndexFunc(a.recipe.Everyday, func(e Everyday) bool { return e.Concept == a.sounds.clips[clip].Concept })
		})
		if err != nil {
			return err
		}
		metrics["everyday"] = accuracy
	}
	// One text of each concept looks for its sounds.
	right := make([][]int, len(groups))
	queries := audioclip.NewMatrix(len(groups), a.rows.Cols)
	for i, g := range groups {
		copy(queries.Row(i), a.rows.Row(a.sounds.ofGroup[g][0]))
	}
	for k, clip := range clips {
		if i, ok := slices.BinarySearch(groups, a.sounds.group[clip]); ok {
			right[i] = append(right[i], k)
		}
	}
	found, err := eval.Retrieve(queries, vectors, right)
	if err != nil {
		return err
	}
	metrics[prefix+"r10"] = found.R10
	return nil
}

func (a *alignment) export(dir string) error {
	list := append(slices.Clone(a.audio.params), a.scale)
	if a.text != nil {
		list = append(list, a.text.params...)
	}
	return writeModel(dir, a.config, append(list, a.fixed...), a.tokenizer)
}
