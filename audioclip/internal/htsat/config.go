package htsat

import (
	"errors"
	"fmt"
	"slices"

	"github.com/soundspace/soundspace/audioclip/internal/params"
)

// Config describes an encoder. Fit completes one that has zeros.
type Config struct {
	SpecSize int   // height and width of the image
	Mels     int   // bands of the spectrogram
	Width    int   // of the tokens in the first stage; each next one has twice that
	Depths   []int // blocks of each stage
	Heads    []int // attention heads of each stage
	Window   int   // height and width of a window, in tokens
	// Eps is that of the normalisations in blocks. The others have 1e-5.
	Eps float64
	// Fusion tells that the encoder takes four spectrograms of long recordings.
	Fusion bool
	// FusionWidth is the width of the layers within the fusion.
	FusionWidth int
}

const (
	patchSize = 4 // height and width of the part of the image that becomes a token
	mlpRatio  = 4 // width of a feed-forward network's inner layer, in widths of the tokens
	eps       = 1e-5
)

// defaultSpecSize is what all published models have; it does not show in the
// shapes of the tensors.
const defaultSpecSize = 256

// grid returns the height and width of a stage, in tokens.
func (cfg *Config) grid(stage int) int { return cfg.SpecSize / patchSize >> stage }

// window returns the height and width of a stage's windows.
func (cfg *Config) window(stage int) int { return min(cfg.Window, cfg.grid(stage)) }

func (cfg *Config) width(stage int) int { return cfg.Width << stage }

// Dim returns the length of a recording's vector.
func (cfg *Config) Dim() int { return cfg.width(len(cfg.Depths) - 1) }

// MaxFrames returns the largest number of frames that the encoder takes.
func (cfg *Config) MaxFrames() int { return cfg.SpecSize * cfg.segments() }

// segments returns how many segments of time lie one above the other.
func (cfg *Config) segments() int { return cfg.SpecSize / cfg.Mels }

// Validate tells what is wrong with a config.
func (cfg *Config) Validate() error {
	switch {
	case cfg.SpecSize < 1 || cfg.SpecSize > 1024:
		return fmt.Errorf("htsat: the image's size is %d, it may be 1 to 1024", cfg.SpecSize)
	case cfg.Mels < 1 || cfg.SpecSize%cfg.Mels != 0 || cfg.Mels%patchSize != 0:
		return fmt.Errorf("htsat: %d mel bands; the image's size, %d, must be a multiple of them, and they of %d", cfg.Mels, cfg.SpecSize, patchSize)
	case cfg.Width < 1 || cfg.Width > 1<<14:
		return fmt.Errorf("htsat: the width is %d, it may be 1 to %d", cfg.Width, 1<<14)
	case cfg.Window < 1 || cfg.Window > 16:
		return fmt.Errorf("htsat: the window's size is %d, it may be 1 to 16", cfg.Window)
	case !(cfg.Eps > 0 && cfg.Eps < 1):
		return fmt.Errorf("htsat: the normalisations' eps is %g, it must be between 0 and 1", cfg.Eps)
	case len(cfg.Depths) < 1 || len(cfg.Depths) > 8:
		return fmt.Errorf("htsat: %d stages, there may be 1 to 8", len(cfg.Depths))
	case len(cfg.Heads) != len(cfg.Depths):
		return fmt.Errorf("htsat: attention heads of %d stages where there are %d", len(cfg.Heads), len(cfg.Depths))
	case cfg.Fusion && (cfg.FusionWidth < 1 || cfg.FusionWidth > cfg.Width):
		return fmt.Errorf("htsat: the fusion's width is %d, it may be 1 to %d", cfg.FusionWidth, cfg.Width)
	}
	for s, depth := range cfg.Depths {
		if depth < 1 || depth > 1000 {
			return fmt.Errorf("htsat: %d blocks in stage %d, there may be 1 to 1000", depth, s)
		}
		if h := cfg.Heads[s]; h < 1 || h > 128 || cfg.width(s)%h != 0 {
			return fmt.Errorf("htsat: %d attention heads in stage %d, there may be 1 to 128 that divide its width, %d", h, s, cfg.width(s))
		}
		// Stages and windows must come out even, which the originals take for granted
		// or fill up with zeros.
		if s > 0 && cfg.grid(s)*2 != cfg.grid(s-1) || cfg.grid(s)%cfg.segments() != 0 || cfg.grid(s)%cfg.window(s) != 0 {
			return fmt.Errorf("htsat: an image of %d and windows of %d do not come out even in stage %d", cfg.SpecSize, cfg.Window, s)
		}
	}
	return nil
}

// Fit compares the config with the tensors of a set. What is zero is taken from
// their shapes; SpecSize, which they do not tell, is 256 then.
//
// With a config that was fitted, New takes no more memory than the tensors account
// for.
func (cfg Config) Fit(set *params.Set) (Config, error) {
	if cfg.SpecSize == 0 {
		cfg.SpecSize = defaultSpecSize
	}
	patch := set.Sub("patch_embed.")
	err := errors.Join(
		fit(set, "batch_norm.weight", &cfg.Mels),
		fit(patch, "proj.weight", &cfg.Width, size(1), size(patchSize), size(patchSize)),
	)
	if err != nil {
		return cfg, err
	}
	if fused := patch.Has("mel_conv2d.weight"); fused != cfg.Fusion {
		if cfg.Fusion {
			return cfg, errors.New("htsat: tensor patch_embed.mel_conv2d.weight of the fusion is missing")
		}
		cfg.Fusion = true
	}
	if cfg.Fusion {
		if err := fit(patch, "fusion_model.local_att.0.weight", &cfg.FusionWidth, &cfg.Width, size(1), size(1)); err != nil {
			return cfg, err
		}
	}
	var depths, heads []int
	for s := 0; ; s++ {
		set := set.Sub("layers.%d.", s)
		depth := 0
		for ; set.Has(fmt.Sprintf("blocks.%d.intermediate.dense.weight", depth)); depth++ {
			width := cfg.Width << min(s, 16)
			if err := fit(set, fmt.Sprintf("blocks.%d.intermediate.dense.weight", depth), size(mlpRatio*width), size(width)); err != nil {
				return cfg, err
			}
		}
		if depth == 0 {
			break
		}
		const table = "blocks.0.attention.self.relative_position_bias_table"
		shape := set.Shape(table)
		if len(shape) != 2 {
			return cfg, fmt.Errorf("htsat: stage %d: tensor %s has shape %v, expected two dimensions", s, table, shape)
		}
		if cfg.Window == 0 {
			for w := 1; w <= 16; w++ {
				if places(w) == shape[0] {
					cfg.Window = w
				}
			}
		}
		depths, heads = append(depths, depth), append(heads, shape[1])
	}
	if cfg.Depths == nil {
		cfg.Depths = depths
	}
	if cfg.Heads == nil {
		cfg.Heads = heads
	}
	if !slices.Equal(cfg.Depths, depths) || !slices.Equal(cfg.Heads, heads) {
		return cfg, fmt.Errorf("htsat: the config says stages of %v blocks with %v heads, the tensors are of %v with %v", cfg.Depths, cfg.Heads, depths, heads)
	}
	return cfg, cfg.Validate()
}

// places returns the number of relative positions in windows of size w.
func places(w int) int { return (2*w - 1) * (2*w - 1) }

func size(n int) *int { return &n }

// fit compares sizes with the shape of a tensor, after it has taken from there
// those that are 0.
func fit(set *params.Set, name string, sizes ...*int) error {
	shape := set.Shape(name)
	if shape == nil {
		return fmt.Errorf("htsat: tensor %s is missing", name)
	}
	expected := make([]int, len(sizes))
	for i, n := range sizes {
		if *n == 0 && len(shape) == len(sizes) {
			*n = shape[i]
		}
		expected[i] = *n
	}
	if !slices.Equal(shape, expected) {
		return fmt.Errorf("htsat: tensor %s has shape %v, expected %v", name, shape, expected)
	}
	return nil
}
