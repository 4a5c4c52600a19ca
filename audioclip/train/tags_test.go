package train

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// What a tagger hears becomes shares of its classes, of which rare ones count more, and
// features less their mean; of mixed sounds both are mixed.
func TestTags(t *testing.T) {
	heard := nn.NewMatrix([]float32{
		0.9, 0.1, 0, 2, 0,
		0.3, 0.1, 0, 0, 2,
		0, 0, 0, 2, 2,
		0.4, 0.2, 0.2, 4, 0,
	}, 4, 5) // three classes, features of two values
	texts := nn.NewMatrix([]float32{1, 0, 0, 1, 0.6, 0.8}, 3, 2)
	g := newTags(&TagsRecipe{Names: 2, Scale: 5, RarePower: 1, Features: 3}, heard, texts, []int{0, 0, 1, 2}, 1)
	near := func(what string, got []float32, want ...float64) {
		t.Helper()
		for i, w := range want {
			if math.Abs(float64(got[i])-w) > 1e-6 {
				t.Errorf("%s: %v, want %v", what, got, want)
				return
			}
		}
	}
	// The means of the scores are 0.4, 0.1 and 0.05.
	near("shares of clip 0", g.shares.Row(0), 2.25/3.25, 1/3.25, 0)
	near("shares of clip 1", g.shares.Row(1), 0.75/1.75, 1/1.75, 0)
	near("shares of silence", g.shares.Row(2), 0, 0, 0)
	near("shares of clip 3", g.shares.Row(3), 1./7, 2./7, 4./7)
	prior := []float64{(2*2.25/3.25 + 0.75/1.75) / 4, (2/3.25 + 1/1.75) / 4, rarest}
	for j, p := range prior {
		if math.Abs(g.prior[j]-p) > 1e-7 {
			t.Errorf("prior %v, want %v", g.prior, prior)
			break
		}
	}
	// The mean of the features is 2, 1.
	near("features of clip 1", g.features.Row(1), -2/math.Sqrt(5), 1/math.Sqrt(5))
	near("features of clip 2", g.features.Row(2), 0, 1)

	c := nn.NewContext(1)
	rows := []dataset.Row{{Clip: 0, Other: -1, Lambda: 1}, {Clip: 1, Other: 0, Lambda: 0.75}, {Clip: 2, Other: -1, Lambda: 1}}
	near("mixed shares", mixed(c, g.shares, rows).Row(1), 0.75*0.75/1.75+0.25*2.25/3.25, 0.75*1/1.75+0.25*1/3.25, 0)

	// The loss by its formula, and its gradient by differences.
	sounds := nn.NewMatrix([]float32{0.8, 0.6, -0.6, 0.8, 1, 0}, 3, 2)
	loss := func() (sum float64) {
		for i := range 2 { // nothing is heard in the third
			shares, row := mixed(c, g.shares, rows).Row(i), sounds.Row(i)
			var logits [3]float64
			var total float64
			for j := range 3 {
				logits[j] = 5*float64(row[0]*texts.Row(j)[0]+row[1]*texts.Row(j)[1]) + math.Log(g.prior[j])
				total += math.Exp(logits[j])
			}
			for j := range 3 {
				sum -= float64(shares[j]) * (logits[j] - math.Log(total)) / 2
			}
		}
		return 2 * sum
	}
	d := []float32{1, 1, 1, 1, 1, 1} // it is added to
	if got, want := g.choose(c, sounds, rows, d), loss(); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss %v, want %v", got, want)
	}
	for i := range sounds.Data {
		const h = 1e-2
		x := sounds.Data[i]
		sounds.Data[i] = x + h
		up := loss()
		sounds.Data[i] = x - h
		down := loss()
		sounds.Data[i] = x
		if want := 1 + (up-down)/(2*h); math.Abs(float64(d[i])-want) > 2e-3 {
			t.Errorf("gradient %d is %v, want %v", i, d[i], want)
		}
	}

	// Features that are told right.
	copy(g.toThem.Data, []float32{1, 0, 0, 1})
	tape := autodiff.NewTape(c)
	y := tape.Input(nn.NewMatrix([]float32{-2 / float32(math.Sqrt(5)), 1 / float32(math.Sqrt(5)), 0, -1}, 2, 2))
	more, _, _ := g.imitate(tape, y, []dataset.Row{{Clip: 1, Other: -1, Lambda: 1}, {Clip: 2, Other: -1, Lambda: 1}})
	if want := 3 * (0 + 2.) / 2; math.Abs(more-want) > 1e-6 {
		t.Errorf("loss of features %v, want %v", more, want)
	}
}

// toyTagger knows the toy sounds, by their captions, from their samples.
func toyTagger() *tagger {
	g := &tagger{who: "toys", width: len(toySounds)}
	var known [][]float32
	for kind, s := range toySounds {
		g.labels = append(g.labels, s.caption)
		for v := range toyVariants {
			known = append(known, toyClip(kind, v).Samples[0])
		}
	}
	g.hear = func(_ context.Context, clip *audio.Clip) (scores, features []float32, err error) {
		scores, features = make([]float32, len(toySounds)), make([]float32, len(toySounds))
		best := slices.IndexFunc(known, func(x []float32) bool {
			for i, v := range clip.Samples[0] {
				if i < len(x) && math.Abs(float64(v-x[i])) > 1e-3 {
					return false
				}
			}
			return true
		})
		if best >= 0 {
			scores[best/toyVariants], features[best/toyVariants] = 1, 1
		}
		return scores, features, nil
	}
	return g
}

// Sounds that no text is known of come to lie beside the names of what a tagger hears in
// them.
func TestAlignByTags(t *testing.T) {
	const clap = "../testdata/clap"
	toys, cache := newToys(t), t.TempDir()
	relabel := "from\tpattern\tconcept\n"
	for _, s := range toySounds[:len(toySounds)/2] {
		relabel += s.concept + "\t.\t-\n"
	}
	mustWrite(t, filepath.Join(toys, "relabel.tsv"), relabel)
	recipe := func(changes ...string) *Recipe {
		return toyRecipe(t, toys, append(changes, `"train_text": true`, `"train_text": false, "tags": {"names": 1, "scale": 100, "features": 1}, "balance": {"unlabelled": 0.5}`,
			`"held_out": 0`, `"held_out": 0, "relabel": "relabel.tsv"`, `"scale": 10`, `"scale": 100`, `"steps": 120`, `"steps": 300`)...)
	}
	dir := t.TempDir()
	mustAlign(t, recipe(), Config{Dir: dir, Cache: cache, Text: clap, Workers: 2, Tagger: toys, tagger: toyTagger()})
	mustFind(t, filepath.Join(dir, modelName), clap, 0.75) // half of them without tags

	for _, test := range []struct {
		recipe *Recipe
		cfg    Config
		want   string
	}{
		{recipe(), Config{Text: clap}, "there is none"},
		{recipe(), Config{Text: clap, Tagger: toys}, toys},
		{toyRecipe(t, toys), Config{Tagger: toys}, "learns nothing from one"},
		{toyRecipe(t, toys, `"train_text": true`, `"train_text": true, "tags": {"names": 1, "scale": 10}`), Config{Tagger: toys, tagger: toyTagger()}, "stays as it is"},
	} {
		test.cfg.Dir, test.cfg.Cache = t.TempDir(), cache
		if err := Align(t.Context(), test.recipe, test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
