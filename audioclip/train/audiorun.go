package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soundspace/soundspace/audio"
	"github.com/soundspace/soundspace/audioclip"
	"github.com/soundspace/soundspace/audioclip/dataset"
	"github.com/soundspace/soundspace/audioclip/internal/soundnet"
	"github.com/soundspace/soundspace/internal/nn"
	"github.com/soundspace/soundspace/internal/nn/autodiff"
)

// Align trains encoders of sounds and of texts, or one of them, so that sounds lie where
// the texts lie that say what they are. With which models they begin is in cfg, what is
// trained in the recipe's part audio.
//
// The result, in the folder model of the run, is a model with both encoders. Of those
// that were not made here, it only has the path.
//
// The clips that are not trained on are written as manifests, held_out.tsv and
// unseen.tsv, with which the result can be evaluated. When ctx ends its error is
// returned, and calling Align again goes on.
func Align(ctx context.Context, recipe *Recipe, cfg Config) error {
	r := recipe.Audio
	if r == nil {
		return errors.New("train: the recipe has no part audio")
	}
	files, err := r.Data.inputs(recipe)
	if err != nil {
		return err
	}
	inputs := maps.Clone(files)
	if r.Tags.wanted() != (cfg.Tagger != "") {
		if cfg.Tagger != "" {
			return errors.New("train: there is a tagger, but the recipe learns nothing from one (tags)")
		}
		return errors.New("train: the recipe learns from a tagger (tags), and there is none")
	}
	for what, path := range map[string]string{"text model": cfg.Text, "audio model": cfg.Audio, "teacher": cfg.Teacher, "tagger": cfg.Tagger} {
		if path != "" {
			inputs[what] = path
		}
	}
	if cfg.Text == "" && recipe.Text != nil && recipe.Text.Words != "" {
		if inputs["words"], err = recipe.path(recipe.Text.Words); err != nil {
			return err
		}
	}
	run, err := cfg.begin(recipe, inputs)
	if err != nil {
		return err
	}
	a := &alignment{recipe: r, seed: recipe.Seed}
	defer a.close()
	a.config.ModelType, a.config.Template = soundnet.ModelType, recipe.Template
	if a.sounds, err = readSounds(recipe, files, cfg.log); err != nil {
		return err
	}
	if err := a.openAudio(ctx, &cfg); err != nil {
		return err
	}
	if err := a.openText(ctx, recipe, &cfg); err != nil {
		return err
	}
	if a.encoder == nil && a.text == nil {
		return errors.New("train: neither encoder is trained: see train_audio and train_text in the recipe")
	}
	if err := a.prepare(ctx, &cfg); err != nil {
		return err
	}
	for name, clips := range map[string][]int{"held_out.tsv": a.sounds.parts.HeldOut, "unseen.tsv": a.sounds.parts.Unseen} {
		if err := a.sounds.writeManifest(filepath.Join(cfg.Dir, name), clips, cfg.log); err != nil {
			return err
		}
	}
	parts := &a.sounds.parts
	run.Counts = map[string]int{
		"clips": len(a.sounds.clips), "concepts": len(a.sounds.concepts), "texts": len(a.sounds.texts),
		"train": len(parts.Train), "held_out": len(parts.HeldOut), "unseen": len(parts.Unseen), "parameters": countParameters(a.parameters()),
	}
	if err := run.write(cfg.Dir); err != nil {
		return err
	}
	l := &loop{task: a, opt: r.Train, seed: recipe.Seed, recipe: recipe.file, dir: cfg.Dir, workers: cfg.Workers, progress: cfg.Progress}
	return l.run(ctx)
}

// openAudio finds out what is done on the side of the sounds: either encoder is what is
// trained, with weights of begin if there are any, or vectors are those of the clips.
func (a *alignment) openAudio(ctx context.Context, cfg *Config) error {
	wanted := a.recipe.TrainAudio
	if cfg.Audio == "" {
		switch {
		case a.recipe.Encoder == nil:
			return errors.New("train: there is no audio encoder: no model to begin with, and no encoder in the recipe")
		case wanted != nil && !*wanted:
			return errors.New("train: train_audio is false, and there is no model to begin with")
		}
		encoder := *a.recipe.Encoder
		a.encoder, a.dim = &encoder, encoder.Embed
		return nil
	}
	own, err := readPart(cfg.Audio)
	if err != nil {
		return err
	}
	made := own != nil && own.audio != nil
	if made && (wanted == nil || *wanted) {
		if err := own.audio.Fit(own.set().Sub(audioPrefix)); err != nil {
			return fmt.Errorf("%s: %w", cfg.Audio, err)
		}
		a.encoder, a.begin, a.dim = own.audio, own, own.audio.Embed
		return nil
	}
	if wanted != nil && *wanted {
		return fmt.Errorf("train: train_audio: %s was not made here, and cannot be trained", cfg.Audio)
	}
	model, err := audioclip.Config{Towers: audioclip.Audio}.Open(cfg.Audio) // one worker for each recording
	if err != nil {
		return err
	}
	defer model.Close()
	if a.vectors, err = clipRows(ctx, model, a.sounds.clips, cfg); err != nil {
		return err
	}
	a.dim = a.vectors.Cols
	if made {
		a.config.Audio, a.fixed = own.audio, append(a.fixed, own.ofAudio()...)
		return nil
	}
	a.config.AudioModel, err = filepath.Abs(cfg.Audio)
	return err
}

// openText finds out what is done on the side of the texts: either text is what is
// trained, or rows are the vectors of the texts.
func (a *alignment) openText(ctx context.Context, recipe *Recipe, cfg *Config) error {
	texts := slices.Clone(a.sounds.texts)
	for _, e := range a.recipe.Everyday {
		texts = append(texts, strings.ReplaceAll(cmp.Or(recipe.Template, "{}"), "{}", e.Label))
	}
	if err := a.openTower(ctx, recipe, texts, cfg); err != nil {
		return err
	}
	dim := a.rows.Cols
	if a.text != nil {
		dim = a.text.embed()
		a.writeText = a.text.write
		for _, s := range texts {
			ids, err := a.text.tokens(s)
			if err != nil {
				return err
			}
			a.tokens = append(a.tokens, ids)
		}
	}
	if a.dim != 0 && dim != a.dim {
		return fmt.Errorf("train: vectors of sounds have %d values, those of texts %d", a.dim, dim)
	}
	a.dim = dim
	return nil
}

// textRows returns the vectors that a model gives texts.
func textRows(ctx context.Context, cfg *Config, path string, texts []string) (nn.Matrix, error) {
	model, err := audioclip.Config{Towers: audioclip.Text, Workers: cfg.Workers}.Open(path)
	if err != nil {
		return nn.Matrix{}, err
	}
	defer model.Close()
	m, err := model.EncodeText(ctx, texts, audioclip.TextConfig{
		Progress: func(done int) { cfg.prepared("vectors of texts", done, len(texts)) },
	})
	return nn.NewMatrix(m.Data, m.Rows, m.Cols), err
}

func (a *alignment) openTower(ctx context.Context, recipe *Recipe, texts []string, cfg *Config) (err error) {
	if cfg.Text == "" {
		if recipe.Text == nil || !a.recipe.TrainText {
			return errors.New("train: there is no text encoder: no model to begin with, and none in the recipe that it trains (text and train_text)")
		}
		a.text, err = recipe.newTextTower(texts, a.dim, cfg.Dir)
		return err
	}
	if a.recipe.TrainText {
		if a.text, err = openTextTower(cfg.Text, a.dim, recipe.Seed); err == nil && a.text == nil {
			err = fmt.Errorf("train: train_text: the text encoder of %s was not made here, and cannot be trained", cfg.Text)
		}
		return err
	}
	if a.rows, err = textRows(ctx, cfg, cfg.Text, texts); err != nil {
		return err
	}
	a.targets = a.rows
	if cfg.Teacher != "" {
		if a.targets, err = textRows(ctx, cfg, cfg.Teacher, texts); err != nil {
			return err
		}
		if a.targets.Cols != a.rows.Cols {
			return fmt.Errorf("train: vectors of the teacher have %d values, those of %s %d", a.targets.Cols, cfg.Text, a.rows.Cols)
		}
	}
	own, err := readPart(cfg.Text)
	switch {
	case err != nil:
		return err
	case own != nil && own.text != nil:
		a.config.Text, a.fixed = own.text, append(a.fixed, own.ofText()...)
		a.writeText = func(dir string) error { return copyText(dir, cfg.Text) }
		return nil
	case own != nil && own.textModel != "":
		a.config.TextModel, err = filepath.Abs(own.textModel)
		return err
	}
	a.config.TextModel, err = filepath.Abs(cfg.Text)
	return err
}

// prepare makes all that the steps need.
func (a *alignment) prepare(ctx context.Context, cfg *Config) (err error) {
	r, parts := a.recipe, &a.sounds.parts
	if a.encoder != nil {
		a.encoder.Embed = a.dim
		a.config.Audio = a.encoder
		a.audio = newAudioEncoder(*a.encoder, audioPrefix, a.seed)
		if a.begin != nil {
			if err := a.begin.load(a.audio.params); err != nil {
				return err
			}
		}
		if a.cache, err = a.sounds.features(ctx, a.encoder.FrontEnd, cfg); err != nil {
			return err
		}
		cfg.logLeftOut(a.cache.Skipped())
		err = a.sounds.keep(a.cache.Usable, cfg.log)
		cfg.log("audio encoder: %d parameters, %.1f million multiplications for 5 s", a.encoder.Parameters(), float64(a.encoder.Multiplications(5))/1e6)
	} else {
		err = a.sounds.keep(a.heard, cfg.log)
	}
	if err != nil {
		return err
	}
	a.scale = &autodiff.Param{Name: scaleName, Shape: []int{}, Data: []float32{float32(math.Log(r.Loss.Scale))}, Grad: []float32{0}}
	a.bias = &autodiff.Param{Name: "logit_bias", Shape: []int{}, Data: []float32{float32(r.Loss.Bias)}, Grad: []float32{0}}
	for _, clip := range parts.Train {
		if g := a.sounds.group[clip]; g != untold && g < len(a.sounds.concepts) {
			a.bank = append(a.bank, g)
		}
	}
	slices.Sort(a.bank)
	a.bank = slices.Compact(a.bank)
	sampler, err := dataset.NewBalanced(a.sounds.clips, parts.Train, dataset.BalanceConfig{
		ConceptPower: r.Balance.ConceptPower, SourcePower: r.Balance.SourcePower, Unlabelled: r.Balance.Unlabelled, Seed: a.seed,
	})
	if err != nil || a.audio == nil {
		a.sampler = sampler
		return err
	}
	if err := a.openTags(ctx, sampler, cfg); err != nil {
		return err
	}
	if r.CropSeconds == 0 {
		return errors.New("train: crop_seconds is missing in the recipe")
	}
	front := a.encoder.FrontEnd
	a.loader, err = dataset.NewLoader(a.sounds.clips, a.cache, sampler, dataset.LoaderConfig{
		Rows: r.Train.Batch, Frames: int(r.CropSeconds*float64(front.SampleRate))/front.HopSamples + 1,
		RangeDB: a.encoder.RangeDB, Axes: axes(front), Augment: r.Augment, Ramp: r.AugmentRamp,
		Background: parts.Train, Seed: a.seed, Workers: cfg.Workers,
	})
	return err
}

// openTags finds out what the tagger hears in the clips.
func (a *alignment) openTags(ctx context.Context, sampler dataset.Sampler, cfg *Config) error {
	r := &a.recipe.Tags
	if !r.wanted() {
		return nil
	}
	if a.text != nil {
		return errors.New("train: tags can be learnt only with a text encoder that stays as it is")
	}
	tagger := cfg.tagger
	if tagger == nil {
		var err error
		if tagger, err = openTagger(cfg.Tagger); err != nil {
			return err
		}
	}
	heard, err := rowsOfClips(ctx, "what the tagger hears", tagger.who, len(tagger.labels)+tagger.width, a.sounds.clips, func(clip *audio.Clip) ([]float32, error) {
		scores, features, err := tagger.hear(ctx, clip)
		return append(scores, features...), err
	}, cfg)
	if err != nil {
		return err
	}
	texts, err := textRows(ctx, cfg, cmp.Or(cfg.Teacher, cfg.Text), tagger.labels)
	if err != nil {
		return err
	}
	const batches = 64
	n := a.recipe.Train.Batch
	drawn := make([]int, batches*n)
	for i := range batches {
		sampler.Draw(drawn[i*n:(i+1)*n], uint64(i))
	}
	a.tags = newTags(r, heard, texts, drawn, a.seed)
	return nil
}

// heard returns those of the clips that have a vector.
func (a *alignment) heard(clips []int) []int {
	var list []int
	for _, i := range clips {
		if slices.ContainsFunc(a.vectors.Row(i), func(x float32) bool { return x != 0 }) {
			list = append(list, i)
		}
	}
	return list
}
