package vit

import (
	"strings"
	"testing"
)

// What transformers 4.57 writes, and the older form in CLIP's own repositories.
const (
	preprocessorConfig = `{"crop_size": {"height": 224, "width": 224}, "do_center_crop": true, "do_convert_rgb": true, "do_normalize": true,
		"do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.25, 0.125], "image_processor_type": "CLIPImageProcessor",
		"image_std": [0.5, 1, 2], "resample": 3, "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 224}}`
	olderConfig = `{"crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true, "feature_extractor_type":
		"CLIPFeatureExtractor", "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
		"resample": 3, "size": 224}`
)

func TestParsePreprocess(t *testing.T) {
	got, err := ParsePreprocess([]byte(preprocessorConfig), 224)
	want := Preprocess{224, [3]float32{0.5, 0.25, 0.125}, [3]float32{0.5, 1, 2}, true}
	if got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	want = CLIPPreprocess(224)
	want.Transformers = true
	for _, file := range []string{olderConfig, "{}"} {
		if got, err := ParsePreprocess([]byte(file), 224); got != want || err != nil {
			t.Errorf("%s: %+v, %v", file, got, err)
		}
	}
	for want, change := range map[string][2]string{
		"crop_size":      {`"height": 224`, `"height": 336`},
		"size {":         {`"shortest_edge": 224`, `"shortest_edge": 256`},
		"resample 2":     {`"resample": 3`, `"resample": 2`},
		"do_resize":      {`"do_resize": true`, `"do_resize": false`},
		"do_center_crop": {`"do_center_crop": true`, `"do_center_crop": false`},
		"rescale_factor": {`0.00392156862745098`, `0.5`},
		"deviation":      {`"image_std": [0.5, 1, 2]`, `"image_std": [0.5, 1, 0]`},
		"config":         {`"resample": 3`, `"resample": "x"`},
	} {
		file := strings.Replace(preprocessorConfig, change[0], change[1], 1)
		if _, err := ParsePreprocess([]byte(file), 224); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected one about %s", err, want)
		}
	}
}

func TestParseOpenCLIPPreprocess(t *testing.T) {
	got, err := ParseOpenCLIPPreprocess([]byte(`{"model_cfg": {}, "preprocess_cfg": {"mean": [0, 0, 0.5], "std": [1, 1, 0.5], "interpolation": "bicubic"}}`), 32)
	if want := (Preprocess{Size: 32, Mean: [3]float32{0, 0, 0.5}, Std: [3]float32{1, 1, 0.5}}); got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := ParseOpenCLIPPreprocess([]byte(`{"model_cfg": {}}`), 32); got != CLIPPreprocess(32) || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for want, cfg := range map[string]string{
		"interpolation bilinear": `{"interpolation": "bilinear"}`,
		"resize_mode squash":     `{"resize_mode": "squash"}`,
		"deviation":              `{"std": [1, -1, 1]}`,
	} {
		if _, err := ParseOpenCLIPPreprocess([]byte(`{"preprocess_cfg": `+cfg+`}`), 32); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected one about %s", err, want)
		}
	}
}
