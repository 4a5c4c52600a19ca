// Package yamnet tells what is to be heard in a recording with YAMNet, Google's classifier
// of sounds: scores for 521 classes of AudioSet, such as "Dog", "Rain" or "Violin, fiddle".
//
//	model, err := yamnet.Open("yamnet")
//	…
//	scores, err := model.Scores(ctx, clips)
//	for i, score := range scores.Row(0) {
//		fmt.Println(model.Labels()[i], score)
//	}
//
// # What is computed
//
// A recording is mixed to mono and resampled to 16 kHz. Patches of 0.96 s, every 0.48 s, of
// the logarithm of a mel spectrogram with 96 frames and 64 bands (frontend.NewYAMNet has
// the details; the end is filled up with zeros, so that the least recording has a patch) go
// one by one through MobileNet v1 [1]: a convolution, 13 depthwise separable convolutions,
// the mean over time and frequency, which is an embedding of 1024 values, and
//
//	score = sigmoid(embedding·W + b)
//
// Classes do not exclude each other; scores are between 0 and 1 but are no calibrated
// probabilities. The score of a recording is the mean of those of its patches.
//
// # Model
//
// The weights are Google's (Apache License 2.0): the SavedModel "yamnet" of TensorFlow Hub
// and Kaggle Models, whose code is [2].
//
// Scores are within 2e-6 of those that the same formulas give in float64. TensorFlow computes
// the spectrogram in float32, and scores that are off by up to 8e-5 where a quiet band stands
// beside loud ones (30 sounds of all kinds, TensorFlow 2.21).
//
// # References
//
//  1. Howard et al., MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
//     Applications, 2017.
//  2. github.com/tensorflow/models, research/audioset/yamnet: features.py, params.py and
//     yamnet.py.
//  3. Gemmeke et al., Audio Set: An ontology and human-labeled dataset for audio events, 2017.
package yamnet

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/spectrogram/frontend"
)

// A patch is made of patchSamples samples; the next one begins hopSamples later.
const (
	patchSamples = 400 + (patchFrames-1)*160
	hopSamples   = patchFrames / 2 * 160
)

// Model is YAMNet. It is safe for concurrent use.
type Model struct {
	front    *frontend.VGGish
	net      *network
	labels   []string
	workers  int
	contexts sync.Pool // of *nn.Context
}

// Labels returns the names of the classes, in the order of the columns of scores.
func (m *Model) Labels() []string { return slices.Clone(m.labels) }

// clipsAtOnce is how many clips for each worker are resampled before they are scored.
const clipsAtOnce = 16

// Scores returns a row for each clip, of any sample rate and number of channels, with a
// column for each class: the mean of its patches' scores, between 0 and 1.
//
// A row depends on its own clip alone, bit for bit, not on the others nor on the number of
// workers. A clip without samples, or with NaN or infinite ones, is an error that names
// it by its index.
func (m *Model) Scores(ctx context.Context, clips []*audio.Clip) (audioclip.Matrix, error) {
	dst := audioclip.NewMatrix(len(clips), classes)
	for from := 0; from < len(clips); {
		to := min(from+clipsAtOnce*m.workers, len(clips))
		b, err := m.classify(ctx, clips[from:to], from)
		if err != nil {
			return audioclip.Matrix{}, err
		}
		for i := from; i < to; i++ {
			first, end := b.first[i-from], b.first[i-from+1]
			if err := mean(dst.Row(i), b.scores.Data[first*classes:end*classes]); err != nil {
				return audioclip.Matrix{}, fmt.Errorf("yamnet: clip %d: %w", i, err)
			}
		}
		from = to
	}
	return dst, nil
}

// mean writes the mean of rows as long as dst.
func mean(dst, rows []float32) error {
	n := len(rows) / len(dst)
	for j := range dst {
		var sum float64
		for i := range n {
			sum += float64(rows[i*len(dst)+j])
		}
		if sum != sum {
			return audioclip.ErrNotFinite
		}
		dst[j] = float32(sum / float64(n))
	}
	return nil
}

// Patches returns what the original returns for each patch of a clip, one row each: the
// scores of the classes, and an embedding of EmbeddingSize values, all at least 0 and not scaled to
// unit length. Patch i begins 0.48·i s after the beginning and is 0.975 s long; there are
//
//	1 + ⌈max(n - 15600, 0)/7680⌉
//
// of them for n samples at 16 kHz. Errors are those of Scores.
func (m *Model) Patches(ctx context.Context, clip *audio.Clip) (scores, embeddings audioclip.Matrix, err error) {
	b, err := m.classify(ctx, []*audio.Clip{clip}, 0)
	if err != nil {
		return audioclip.Matrix{}, audioclip.Matrix{}, err
	}
	for _, v := range b.scores.Data {
		if v != v {
			return audioclip.Matrix{}, audioclip.Matrix{}, fmt.Errorf("yamnet: %w", audioclip.ErrNotFinite)
		}
	}
	return b.scores, b.embeddings, nil
}

// batch is some clips and what came out for their patches.
type batch struct {
	samples            [][]float32 // of each clip, at 16 kHz
	first              []int       // patch of each clip, and the number of all
	scores, embeddings audioclip.Matrix
}

// patchesAtOnce bounds the memory that the network takes, 0.8 MB for each.
const patchesAtOnce = 8

// classify computes the scores and embeddings of clips, the first of which has the given
// index.
func (m *Model) classify(ctx context.Context, clips []*audio.Clip, index int) (*batch, error) {
	c := m.contexts.Get().(*nn.Context)
	defer m.contexts.Put(c)
	b := &batch{samples: make([][]float32, len(clips)), first: make([]int, len(clips)+1)}
	errs := make([]error, len(clips))
	c.Split(len(clips), 1, func(_ *nn.Context, from, to int) {
		for i := from; i < to && ctx.Err() == nil; i++ {
			b.samples[i], errs[i] = frontend.Samples(clips[i], m.front.SampleRate())
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("yamnet: clip %d: %w", index+i, err)
		}
		b.first[i+1] = b.first[i] + m.front.Shape(len(b.samples[i])).Planes
	}
	patches := b.first[len(clips)]
	b.scores, b.embeddings = audioclip.NewMatrix(patches, classes), audioclip.NewMatrix(patches, EmbeddingSize)
	c.Split(patches, patchesAtOnce, func(c *nn.Context, from, to int) {
		for ; from < to && ctx.Err() == nil; from += patchesAtOnce {
			m.patches(c, b, from, min(from+patchesAtOnce, to))
		}
	})
	return b, ctx.Err()
}

// patches computes the scores and embeddings of patches [from, to) of a batch.
func (m *Model) patches(c *nn.Context, b *batch, from, to int) {
	defer c.Release(c.Mark())
	x := c.Images(to-from, patchFrames, patchBands, 1)
	for i := range b.samples {
		if p0, p1 := max(from, b.first[i]), min(to, b.first[i+1]); p0 < p1 {
			dst := x.Data[(p0-from)*patchFrames*patchBands:][:(p1-p0)*patchFrames*patchBands]
			m.front.Compute(dst, span(b.samples[i], p0-b.first[i], p1-b.first[i]))
		}
	}
	rows := func(m audioclip.Matrix) nn.Matrix { return nn.NewMatrix(m.Data, m.Rows, m.Cols).RowsOf(from, to) }
	m.net.apply(c, rows(b.scores), rows(b.embeddings), x)
}

// span returns the samples that patches [from, to) are made of.
func span(samples []float32, from, to int) []float32 {
	return samples[from*hopSamples : min((to-1)*hopSamples+patchSamples, len(samples))]
}
