package train

import (
	"context"
	"math"
	"slices"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/eval"
	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/f32"
	"github.com/soundspace/soundspace/internal/nn"
)

// net returns the audio encoder as it will run.
func (a *alignment) net() (*soundnet.Net, error) {
	set := params.New(sourceOf(a.audio.params), nil)
	net := soundnet.New(set.Sub(audioPrefix), a.audio.cfg)
	return net, set.Err()
}

// The names of the tensors of a model: the prefix of those of the audio encoder, and the
// scale.
const (
	audioPrefix = "audio_model."
	scaleName   = "logit_scale"
)

// encode returns the vectors of clips: the means of those of their windows.
func (a *alignment) encode(ctx context.Context, c *nn.Context, clips []int) (audioclip.Matrix, error) {
	dst := audioclip.NewMatrix(len(clips), a.dim)
	if a.audio == nil {
		for i, clip := range clips {
			copy(dst.Row(i), a.vectors.Row(clip))
		}
		return dst, nil
	}
	net, err := a.net()
	if err != nil {
		return dst, err
	}
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
	cache := a.cache
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
// concept. Where no sound has a concept, each caption is to find its own.
func (a *alignment) validate(ctx context.Context, c *nn.Context) (map[string]float64, error) {
	if a.text != nil {
		rows, err := encodeTexts(ctx, c, a.text, a.tokens)
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
	if accuracy, ok := metrics["accuracy"]; ok { // the everyday classes are few, and so are their clips
		metrics[scoreMetric] = accuracy + metrics["map"]
	} else if found, ok := metrics["map10"]; ok {
		metrics[scoreMetric] = found
	}
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
		return a.measureCaptions(metrics, prefix, vectors, clips)
	}
	class := func(clip int) int {
		if i, ok := slices.BinarySearch(groups, a.sounds.group[clip]); ok {
			return i
		}
		return -1
	}
	// A concept is the sum of its texts: only the direction counts.
	var labels []string
	sums := audioclip.NewMatrix(len(groups), a.dim)
	queries := audioclip.NewMatrix(len(groups), a.dim) // one text of each
	for i, g := range groups {
		labels = append(labels, a.sounds.concepts[g])
		copy(queries.Row(i), a.rows.Row(a.sounds.ofGroup[g][0]))
		for _, text := range a.sounds.ofGroup[g] {
			f32.Add(sums.Row(i), a.rows.Row(text))
		}
	}
	r, err := classify(vectors, clips, sums, labels, class)
	if err != nil {
		return err
	}
	metrics[prefix+"accuracy"], metrics[prefix+"map"] = r.Macro, r.MAP
	right := make([][]int, len(groups))
	for k, clip := range clips {
		if i := class(clip); i >= 0 {
			right[i] = append(right[i], k)
		}
	}
	found, err := eval.Retrieve(queries, vectors, right)
	if err != nil {
		return err
	}
	metrics[prefix+"r10"] = found.R10
	if prefix == "" && len(a.recipe.Everyday) > 0 {
		return a.measureEveryday(metrics, vectors, clips)
	}
	return nil
}

// measureCaptions is measure for clips of which none has a concept.
func (a *alignment) measureCaptions(metrics map[string]float64, prefix string, vectors audioclip.Matrix, clips []int) error {
	captions := make([][]string, len(clips))
	row := map[string]int{} // of a.rows, by text
	for i, clip := range clips {
		for _, text := range a.sounds.ofGroup[a.sounds.group[clip]] {
			captions[i] = append(captions[i], a.sounds.texts[text])
			row[a.sounds.texts[text]] = text
		}
	}
	all := eval.NewCaptions(captions)
	queries := audioclip.NewMatrix(len(all.Texts), a.dim)
	for i, text := range all.Texts {
		copy(queries.Row(i), a.rows.Row(row[text]))
	}
	found, err := eval.Retrieve(queries, vectors, all.ClipsOf)
	if err != nil {
		return err
	}
	metrics[prefix+"r10"], metrics[prefix+"map10"] = found.R10, found.MAP10
	return nil
}

func (a *alignment) measureEveryday(metrics map[string]float64, vectors audioclip.Matrix, clips []int) error {
	var labels []string
	for _, e := range a.recipe.Everyday {
		labels = append(labels, e.Label)
	}
	texts := a.rows.RowsOf(len(a.sounds.texts), a.rows.Rows)
	r, err := classify(vectors, clips, audioclip.Matrix{Data: texts.Data, Rows: texts.Rows, Cols: texts.Cols}, labels, func(clip int) int {
		return slices.IndexFunc(a.recipe.Everyday, func(e Everyday) bool { return e.Concept == a.sounds.clips[clip].Concept })
	})
	if err != nil {
		return err
	}
	metrics["everyday"] = r.Macro
	return nil
}

// classify tells how well those clips that have a class are told apart by texts, of
// which there is one for each class.
func classify(vectors audioclip.Matrix, clips []int, texts audioclip.Matrix, labels []string, class func(clip int) int) (*eval.Classification, error) {
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
		return &eval.Classification{}, nil
	}
	return eval.Classify(rows, texts, labels, truth)
}
