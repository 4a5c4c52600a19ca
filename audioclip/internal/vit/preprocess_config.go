package vit

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/soundspace/soundspace/audioclip/internal/transformer"
)

// bicubicFilter is Pillow's number for it.
const bicubicFilter = 3

// ParsePreprocess reads Hugging Face's preprocessor_config.json of a model for
// pictures of size × size pixels. What does not end in such pictures, or is not done
// as CLIP does it, is an error.
//
// Reference: transformers 4.57, CLIPImageProcessor.
func ParsePreprocess(file []byte, size int) (Preprocess, error) {
	p := CLIPPreprocess(size)
	p.Transformers = true
	c := struct {
		Resize    bool            `json:"do_resize"`
		Size      json.RawMessage `json:"size"`
		Filter    int             `json:"resample"`
		Crop      bool            `json:"do_center_crop"`
		CropSize  json.RawMessage `json:"crop_size"`
		Rescale   bool            `json:"do_rescale"`
		Factor    float64         `json:"rescale_factor"`
		Normalize bool            `json:"do_normalize"`
		Mean      *[3]float32     `json:"image_mean"`
		Std       *[3]float32     `json:"image_std"`
		RGB       bool            `json:"do_convert_rgb"`
	}{
		Resize: true, Filter: bicubicFilter, Crop: true, Rescale: true, Factor: 1. / 255, Normalize: true, Mean: &p.Mean, Std: &p.Std, RGB: true,
	}
	if err := parse(file, &c); err != nil {
		return p, err
	}
	for _, option := range []struct {
		name string
		on   bool
	}{
		{"do_resize false", !c.Resize},
		{fmt.Sprintf("resample %d", c.Filter), c.Filter != bicubicFilter},
		{"do_center_crop false", !c.Crop},
		{"do_rescale false", !c.Rescale},
		{fmt.Sprintf("rescale_factor %g", c.Factor), math.Abs(255*c.Factor-1) > 1e-6},
		{"do_normalize false", !c.Normalize},
		{"do_convert_rgb false", !c.RGB},
		{fmt.Sprintf("size %s", c.Size), !isSize(c.Size, size)},
		{fmt.Sprintf("crop_size %s", c.CropSize), !isSize(c.CropSize, size)},
	} {
		if option.on {
			return p, fmt.Errorf("vit: preprocessing with %s is not supported for a model of %d pixels", option.name, size)
		}
	}
	return p, p.validate()
}

// isSize tells whether a size, of any of the forms that transformers has had for it,
// is a given one, or left out.
func isSize(size json.RawMessage, want int) bool {
	if !transformer.IsGiven(size) {
		return true
	}
	var n int
	if json.Unmarshal(size, &n) == nil {
		return n == want
	}
	var sides map[string]int
	if json.Unmarshal(size, &sides) != nil {
		return false
	}
	_, shortest := sides["shortest_edge"]
	_, height := sides["height"]
	for _, n := range sides {
		if n != want {
			return false
		}
	}
	return shortest || height
}

// ParseOpenCLIPPreprocess reads the preprocess_cfg of OpenCLIP's
// open_clip_config.json for a model for pictures of size × size pixels. What is not
// done as CLIP does it is an error.
//
// Reference: open_clip 3.3, PreprocessCfg.
func ParseOpenCLIPPreprocess(file []byte, size int) (Preprocess, error) {
	p := CLIPPreprocess(size)
	var whole struct {
		Preprocess struct {
			Mean   *[3]float32 `json:"mean"`
			Std    *[3]float32 `json:"std"`
			Filter string      `json:"interpolation"`
			Mode   string      `json:"resize_mode"`
		} `json:"preprocess_cfg"`
	}
	c := &whole.Preprocess
	c.Mean, c.Std, c.Filter, c.Mode = &p.Mean, &p.Std, "bicubic", "shortest"
	if err := parse(file, &whole); err != nil {
		return p, err
	}
	if c.Filter != "bicubic" {
		return p, fmt.Errorf("vit: OpenCLIP's option interpolation %s is not supported", c.Filter)
	}
	if c.Mode != "shortest" {
		return p, fmt.Errorf("vit: OpenCLIP's option resize_mode %s is not supported", c.Mode)
	}
	return p, p.validate()
}

func (p Preprocess) validate() error {
	for ch := range 3 {
		if !(p.Std[ch] > 0) || math.IsInf(float64(p.Mean[ch]), 0) || p.Mean[ch] != p.Mean[ch] {
			return fmt.Errorf("vit: pictures with mean %v and deviation %v", p.Mean, p.Std)
		}
	}
	return nil
}
