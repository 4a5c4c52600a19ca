package tokenizer

import (
	"slices"
	"testing"
)

// The vocabulary of Hugging Face's files, the ids of openai/CLIP.
func TestOriginalCLIP(t *testing.T) {
	g := readGolden(t)
	want := g.IDs["clip.txt.gz"]
	for _, name := range []string{"clip", "clip-files", "clip.txt.gz"} {
		whole := open(t, name).OriginalCLIP().WithMaxLength(0)
		short := whole.WithMaxLength(g.Limit)
		for i, text := range g.Texts {
			if ids, _ := whole.Encode(text); !slices.Equal(ids, want.Whole[i]) {
				t.Errorf("%s: %+q: ids %v, want %v", name, text, ids, want.Whole[i])
			}
			if ids, _ := short.Encode(text); !slices.Equal(ids, want.Cut[i]) {
				t.Errorf("%s: %+q cut to %d: ids %v, want %v", name, text, g.Limit, ids, want.Cut[i])
			}
		}
	}
	for _, name := range []string{"gpt2", "roberta", "bert"} {
		if open(t, name).OriginalCLIP() != nil {
			t.Errorf("%s was taken for CLIP", name)
		}
	}
}

// The ids are those of GPT2TokenizerFast after add_special_tokens({"pad_token": "t"}), transformers 4.57.
func TestWithAdded(t *testing.T) {
	tok := open(t, "gpt2-files").WithAdded("t", 83)
	for _, test := range []struct {
		text string
		ids  []int32
	}{
		{"t", []int32{83}},
		{"tt", []int32{83, 83}},
		{"the test", []int32{83, 281, 220, 83, 68, 82, 83}},
		{"that's it", []int32{83, 71, 64, 83, 438, 451, 83}},
		{"<|endoftext|>tt the<|endoftext|>", []int32{27, 91, 68, 77, 292, 69, 83, 68, 87, 83, 341, 83, 83, 220, 83, 281, 27, 91, 68, 77, 292, 69, 83, 68, 87, 83, 341}},
		{"no", []int32{77, 78}},
	} {
		if ids, _ := tok.Encode(test.text); !slices.Equal(ids, test.ids) {
			t.Errorf("%q: ids %v, want %v", test.text, ids, test.ids)
		}
	}
}
