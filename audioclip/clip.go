package audioclip

import (
	"errors"
	"fmt"
	"image"
	"math"
	"strings"

	"github.com/soundspace/soundspace/audioclip/internal/params"
	"github.com/soundspace/soundspace/audioclip/internal/resnet"
	"github.com/soundspace/soundspace/audioclip/internal/text"
	"github.com/soundspace/soundspace/audioclip/internal/vit"
	"github.com/soundspace/soundspace/internal/checkpoint"
	"github.com/soundspace/soundspace/internal/nn"
)

var clipFamily = family{
	is: func(f *files) bool {
		return f.has("token_embedding.weight") || f.has("visual.proj") || f.has("vision_model.embeddings.class_embedding")
	},
	load: func(f *files, cfg Config) (*Model, error) {
		p, err := loadCLIP(f, f.tensors, cfg)
		if err != nil {
			return nil, err
		}
		info := Info{Family: "CLIP", Dim: p.dim, Scale: p.scale, Template: "a photo of a {}.", Settings: p.settings}
		return newModel(info, nil, p.words, p.pictures, f, cfg.Workers), nil
	},
}

// clipParts are the encoders of CLIP.
type clipParts struct {
	dim      int
	scale    float64
	words    textEncoder
	pictures imageEncoder
	settings []Setting
}

// loadCLIP loads the encoders of CLIP from tensors, which are nothing else. Those
// that the tensors do not have, or that are not wanted, are left out.
func loadCLIP(f *files, tensors map[string]*checkpoint.Tensor, cfg Config) (*clipParts, error) {
	set, p := cfg.set(tensors), &clipParts{}
	huggingFace := set.Has("text_model.embeddings.token_embedding.weight") || set.Has("vision_model.embeddings.patch_embedding.weight")
	hasText := set.Has("text_model.embeddings.token_embedding.weight") || set.Has("token_embedding.weight") || set.Has("text.token_embedding.weight")
	hasResNet := set.Has("visual.layer1.0.conv1.weight")
	hasImage := hasResNet || set.Has("visual.conv1.weight") || set.Has("vision_model.embeddings.patch_embedding.weight")
	if !hasText && !hasImage {
		return nil, f.weightsError(fmt.Errorf("the tensors are neither those of a CLIP text encoder nor of an image encoder: %s", f.some()))
	}
	if set.Has("logit_scale") {
		p.scale = scaleOf(set.Floats("logit_scale")[0])
	}
	// Numbers that OpenAI's TorchScript archives hold beside the weights.
	set.Ignore("input_resolution", "context_length", "vocab_size")
	config := clipConfig{f, huggingFace}
	var encoder *text.CLIP
	if hasText && cfg.Towers&Text != 0 {
		fitted, err := config.text()
		if err != nil {
			return nil, err
		}
		if fitted, err = fitted.Fit(set); err != nil {
			return nil, f.weightsError(err)
		}
		encoder = text.NewCLIP(set, fitted)
		p.dim = encoder.Width()
		p.settings = append(p.settings, Setting{"text encoder", fmt.Sprintf("transformer, width %d, %d layers, %d heads", fitted.Width, fitted.Layers, fitted.Heads)})
	} else {
		set.Ignore("text_model.*", "text_projection.weight", "text.*", "transformer.*", "token_embedding.weight", "positional_embedding", "ln_final.*", "text_projection", "attn_mask")
	}
	var pictures pictureTower
	switch {
	case cfg.Towers&Image == 0 || !hasImage:
		set.Ignore("vision_model.*", "visual_projection.weight", "visual.*")
	case hasResNet:
		visual := set.Sub("visual.")
		fitted, err := resnet.CLIPConfig{}.Fit(visual)
		if err != nil {
			return nil, f.weightsError(err)
		}
		pictures = resnet.NewCLIP(visual, fitted)
		p.settings = append(p.settings, Setting{"image encoder", fmt.Sprintf("ResNet, width %d, %d blocks, %d pixels", fitted.Width, fitted.Blocks, fitted.Size)})
	default:
		fitted, err := config.image()
		if err != nil {
			return nil, err
		}
		if fitted, err = fitted.Fit(set); err != nil {
			return nil, f.weightsError(err)
		}
		pictures = vit.New(set, fitted)
		p.settings = append(p.settings, Setting{"image encoder", fmt.Sprintf("vision transformer, %d pixels in patches of %d, width %d, %d layers, %d heads",
			fitted.Image, fitted.Patch, fitted.Width, fitted.Layers, fitted.Heads)})
	}
	if err := set.Err(); err != nil {
		return nil, f.weightsError(err)
	}
	if pictures != nil {
		if encoder != nil && pictures.Width() != p.dim {
			return nil, f.weightsError(fmt.Errorf("vectors of texts have %d values, those of pictures %d", p.dim, pictures.Width()))
		}
		p.dim = pictures.Width()
		prep, err := config.preprocess(pictures.Size())
		if err != nil {
			return nil, err
		}
		p.pictures = &clipPictures{pictures, prep}
	}
	if encoder != nil {
		words, err := newTokenizedText(f, cfg, encoder, 0, "")
		if err != nil {
			return nil, err
		}
		if original := words.tokens.OriginalCLIP(); original != nil && !config.huggingFace {
			words.tokens = original
		}
		p.words = words
	}
	return p, nil
}

// scaleOf returns what a learnt logarithm of a scale stands for.
func scaleOf(log float32) float64 { return math.Exp(float64(log)) }

// clipConfig is what Hugging Face's config.json, or OpenCLIP's file, says about the
// encoders of CLIP. Without the latter the tensors are taken for OpenAI's, whose
// shapes say all.
type clipConfig struct {
	files       *files
	huggingFace bool
}

func (c clipConfig) text() (text.CLIPConfig, error) {
	if c.huggingFace {
		return readConfig(c.files, "config.json", text.ParseCLIPConfig)
	}
	return readConfig(c.files, openCLIPConfig, text.ParseOpenCLIPConfig)
}

func (c clipConfig) image() (vit.Config, error) {
	if c.huggingFace {
		return readConfig(c.files, "config.json", vit.ParseConfig)
	}
	return readConfig(c.files, openCLIPConfig, vit.ParseOpenCLIPConfig)
}

// preprocess returns what happens to pictures of an encoder for size × size pixels.
func (c clipConfig) preprocess(size int) (vit.Preprocess, error) {
	name, parse := openCLIPConfig, vit.ParseOpenCLIPPreprocess
	if c.huggingFace {
		name, parse = "preprocessor_config.json", vit.ParsePreprocess
	}
	data, err := c.files.read(name)
	if err != nil {
		return vit.Preprocess{}, err
	}
	if data == nil {
		data = []byte("{}") // CLIP's own
	}
	p, err := parse(data, size)
	if err != nil {
		return p, modelError(name, err)
	}
	return p, nil
}

// pictureTower takes normalised pictures of Size × Size pixels.
type pictureTower interface {
	Size() int
	Width() int
	Encode(c *nn.Context, dst nn.Matrix, pictures nn.Images)
}

// clipPictures is an image encoder of CLIP with its preprocessing.
type clipPictures struct {
	tower pictureTower
	prep  vit.Preprocess
}

func (p *clipPictures) encode(c *nn.Context, dst nn.Matrix, images []image.Image) error {
	mark := c.Mark()
	defer c.Release(mark)
	size := p.tower.Size()
	pixels := c.Images(len(images), size, size, 3)
	n := size * size * 3
	errs := make([]error, len(images))
	c.Split(len(images), 1, func(_ *nn.Context, from, to int) {
		for i := from; i < to; i++ {
			errs[i] = p.prep.Apply(pixels.Data[i*n:(i+1)*n], images[i])
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	p.tower.Encode(c, dst, pixels)
	return nil
}

// without returns the tensors whose names do not begin with one of some prefixes,
// and those whose names do.
func without(tensors map[string]*checkpoint.Tensor, prefixes ...string) (rest, with params.Map) {
	rest, with = params.Map{}, params.Map{}
	for name, t := range tensors {
		to := rest
		for _, prefix := range prefixes {
			if strings.HasPrefix(name, prefix) {
				to = with
			}
		}
		to[name] = t
	}
	return rest, with
}
