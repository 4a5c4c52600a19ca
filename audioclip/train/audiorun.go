package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/internal/aside"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
	"github.com/soundspace/soundspace/internal/tokenizer"
)

// Align trains the audio encoder of a recipe into the space of a text encoder: that of
// the model in the folder textModel, whichever it is. The result, in the folder model
// of the run, is a model with both encoders if the texts' was made here; otherwise it
// has the audio encoder and names the other model.
//
// The clips that are not trained on are written as manifests, held_out.tsv and
// unseen.tsv, with which the result can be evaluated.
func Align(ctx context.Context, recipe *Recipe, textModel string, cfg Config) error {
	r := recipe.Audio
	if r == nil {
		return errors.New("train: the recipe has no part audio")
	}
	if err := os.MkdirAll(cfg.Dir, 0o777); err != nil {
		return err
	}
	a := &alignment{recipe: r, seed: recipe.Seed}
	defer a.close()
	var err error
	if a.sounds, err = readSounds(ctx, recipe, &cfg); err != nil {
		return err
	}
	defer a.sounds.cache.Close()
	for name, clips := range map[string][]int{"held_out.tsv": a.sounds.parts.HeldOut, "unseen.tsv": a.sounds.parts.Unseen} {
		if err := a.sounds.writeManifest(filepath.Join(cfg.Dir, name), clips); err != nil {
			return err
		}
	}
	if err := a.openText(ctx, recipe, textModel, cfg.Workers); err != nil {
		return err
	}
	encoder := r.Encoder
	if encoder.Embed == 0 {
		encoder.Embed = a.rows.Cols
	}
	if encoder.Embed != a.rows.Cols {
		return fmt.Errorf("train: the recipe's embedding_size is %d, that of the texts %d", encoder.Embed, a.rows.Cols)
	}
	a.audio = newAudioEncoder(encoder, audioPrefix, recipe.Seed)
	a.config.ModelType, a.config.Template, a.config.Audio = soundnet.ModelType, recipe.Template, &encoder
	a.scale = &autodiff.Param{Name: "logit_scale", Shape: []int{}, Data: []float32{float32(math.Log(r.Loss.Scale))}, Grad: []float32{0}}
	a.bias = &autodiff.Param{Name: "logit_bias", Shape: []int{}, Data: []float32{float32(r.Loss.Bias)}, Grad: []float32{0}}
	trained := map[int]bool{}
	for _, clip := range a.sounds.parts.Train {
		if g := a.sounds.group[clip]; g < len(a.sounds.concepts) && !trained[g] {
			trained[g] = true
			a.bank = append(a.bank, g)
		}
	}
	sampler, err := dataset.NewBalanced(a.sounds.clips, a.sounds.parts.Train, dataset.BalanceConfig{
		ConceptPower: r.Balance.ConceptPower, SourcePower: r.Balance.SourcePower, Unlabelled: r.Balance.Unlabelled, Seed: recipe.Seed,
	})
	if err != nil {
		return err
	}
	front := encoder.FrontEnd
	a.loader, err = dataset.NewLoader(a.sounds.clips, a.sounds.cache, sampler, dataset.LoaderConfig{
		Rows: r.Train.Batch, Frames: int(r.CropSeconds*float64(front.SampleRate))/front.HopSamples + 1,
		RangeDB: encoder.RangeDB, Axes: axes(front), Augment: r.Augment, Ramp: r.AugmentRamp,
		Background: a.sounds.parts.Train, Seed: recipe.Seed, Workers: cfg.Workers,
	})
	if err != nil {
		return err
	}
	cfg.log("audio encoder: %d parameters, %.1f million multiplications for 5 s", encoder.Parameters(), float64(encoder.Multiplications(5))/1e6)
	l := &loop{task: a, opt: r.Train, seed: recipe.Seed, recipe: recipe.file, dir: cfg.Dir, workers: cfg.Workers, progress: cfg.Progress}
	return l.run(ctx)
}

// openText opens the text encoder and makes the vectors of all texts.
func (a *alignment) openText(ctx context.Context, recipe *Recipe, dir string, workers int) error {
	model, err := audioclip.Config{Towers: audioclip.Text, Workers: workers}.Open(dir)
	if err != nil {
		return err
	}
	defer model.Close()
	encode := func(texts []string) (nn.Matrix, error) {
		m, err := model.EncodeText(ctx, texts, audioclip.TextConfig{})
		return nn.NewMatrix(m.Data, m.Rows, m.Cols), err
	}
	if a.rows, err = encode(a.sounds.texts); err != nil {
		return err
	}
	if len(recipe.Audio.Everyday) > 0 {
		var texts []string
		for _, e := range recipe.Audio.Everyday {
			texts = append(texts, strings.ReplaceAll(recipe.Template, "{}", e.Label))
		}
		if a.everyday, err = encode(texts); err != nil {
			return err
		}
	}
	own, err := readTextPart(dir)
	if err != nil {
		return err
	}
	if own == nil {
		if recipe.Audio.TrainText {
			return fmt.Errorf("train: train_text: %s was not made by distilling, and cannot be trained here", dir)
		}
		a.config.TextModel, err = filepath.Abs(dir)
		return err
	}
	a.config.Text, a.fixed, a.tokenizer = own.config, own.params, dir
	if !recipe.Audio.TrainText {
		return nil
	}
	cfg, err := text.ParseCLIPConfig(own.config)
	if err != nil {
		return err
	}
	set := map[string]*autodiff.Param{}
	for _, p := range own.params {
		set[p.Name] = p
	}
	cfg.Embed = a.rows.Cols
	a.text, a.fixed = newTextEncoder(cfg, recipe.Seed), nil
	for _, p := range a.text.params {
		from := set[p.Name]
		if from == nil || len(from.Data) != len(p.Data) {
			return fmt.Errorf("train: %s: tensor %s is missing, or of another size", dir, p.Name)
		}
		copy(p.Data, from.Data)
	}
	tokens, err := tokenizer.Open(dir)
	if err != nil {
		return err
	}
	for _, s := range a.sounds.texts {
		ids, _ := tokens.Encode(s)
		a.tokens = append(a.tokens, ids)
	}
	return nil
}

// textPart is the text encoder of a model that was made here.
type textPart struct {
	config json.RawMessage
	params []*autodiff.Param
}

// readTextPart reads the text encoder of a folder, nil if it is another model's.
func readTextPart(dir string) (*textPart, error) {
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := soundnet.ParseModel(data)
	if err != nil || m.Text == nil {
		return nil, nil
	}
	f, err := checkpoint.Open(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	part := &textPart{config: m.Text}
	for _, name := range f.Names() {
		if strings.HasPrefix(name, "text_") {
			t := f.Tensor(name)
			part.params = append(part.params, &autodiff.Param{Name: name, Shape: t.Shape, Data: append([]float32(nil), t.Floats()...)})
		}
	}
	return part, f.Err()
}

// writeManifest writes clips as a table that dataset.Read reads.
func (s *sounds) writeManifest(path string, clips []int) error {
	return aside.Write(path, nil, func(w io.Writer) error {
		text := &strings.Builder{}
		text.WriteString("file\tstart\tseconds\tcaption\tconcept\tsource\n")
		for _, i := range clips {
			c := &s.clips[i]
			file, err := filepath.Abs(c.File)
			if err != nil {
				return err
			}
			fmt.Fprintf(text, "%s\t%g\t%g\t%s\t%s\t%s\n", file, c.Start, c.Seconds, s.texts[s.ofGroup[s.group[i]][0]], c.Concept, c.Source)
		}
		_, err := io.WriteString(w, text.String())
		return err
	})
}
