package tokenizer

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The full vocabulary is not in this repository. Ids from openai/CLIP.
func TestFullCLIP(t *testing.T) {
	path := "../../../shared/data/text/bpe_simple_vocab_16e6.txt.gz"
	if _, err := os.Stat(path); err != nil {
		t.Skip(err)
	}
	tok, err := OpenCLIP(path)
	if err != nil {
		t.Fatal(err)
	}
	if tok.VocabSize() != 49408 || tok.Special() != (Special{49406, 49407, 0, None}) {
		t.Errorf("size %d, %+v", tok.VocabSize(), tok.Special())
	}
	for text, want := range map[string][]int32{
		"How are you doing?":                 {829, 631, 592, 1960, 286},
		"a diagram":                          {320, 22697},
		"a dog":                              {320, 1929},
		"this is a sound of a dog barking":   {589, 533, 320, 3608, 539, 320, 1929, 32676},
		" this is  a sound of A DOG&nbsp;":   {589, 533, 320, 3608, 539, 320, 1929},
		"<|startoftext|> a dog<|endoftext|>": {49406, 320, 1929, 49407},
	} {
		ids, cut := tok.Encode(text)
		if want = slices.Concat([]int32{49406}, want, []int32{49407}); !slices.Equal(ids, want) || cut {
			t.Errorf("%q: %v, %t; want %v", text, ids, cut, want)
		}
	}
}

// A text gives the same ids whichever way its words are merged.
func TestMergeOrder(t *testing.T) {
	for _, name := range []string{"gpt2", "clip"} {
		m := open(t, name).model.(*bpe)
		for _, text := range readGolden(t).Texts {
			var s scratch
			if len(text) == 0 || len(text) > shortWord {
				continue
			}
			short := m.appendWord(nil, text, &s)
			for i := range s.symbols {
				s.symbols[i].id = m.symbol[text[i]]
			}
			s.symbols[len(text)-1].id = m.last[text[len(text)-1]]
			if long := m.mergeLong(nil, &s); !slices.Equal(short, long) {
				t.Errorf("%s: %q: %v and %v", name, text, short, long)
			}
		}
	}
}

// Long texts: the ids of a repeated line repeat, and one huge word does not take forever.
func TestHugeTexts(t *testing.T) {
	const line = "the dog barks, İt's &amp; 123 naïve Σ 漢字\n"
	n := 1 << 20
	if testing.Short() {
		n = 1 << 16
	}
	for _, name := range []string{"clip.txt.gz", "clip", "gpt2", "roberta", "bert"} {
		whole := open(t, name).WithMaxLength(0)
		short := whole.WithMaxLength(77)
		lines := strings.Repeat(line, n/len(line))
		twice, _ := whole.Encode(line + line)
		want := (len(twice) - len(whole.before) - len(whole.after)) / 2
		if ids, cut := whole.Encode(lines); cut || (len(ids)-len(whole.before)-len(whole.after))/want != n/len(line) {
			t.Errorf("%s: %d ids, cut %t", name, len(ids), cut)
		}
		for _, text := range []string{
			lines,
			strings.Repeat("a", n), strings.Repeat("ab!", n/3), strings.Repeat("é", n/2), strings.Repeat("!", n),
			strings.Repeat(" ", n), strings.Repeat("\x00", n), strings.Repeat("\xff", n), strings.Repeat("&amp;", n/8),
			"&" + strings.Repeat("amp;", n/8), strings.Repeat("e\u0301", n/3), "a" + strings.Repeat("\u0301\u0316", n/4),
			strings.Repeat("<", n), strings.Repeat("<mask>", n/6), strings.Repeat("Ã©", n/16), strings.Repeat("Σ'", n/3),
		} {
			ids, cut := short.Encode(text)
			if len(ids) > 77 || cut && len(ids) != 77 {
				t.Errorf("%s: %d bytes %.10q…: %d ids, cut %t", name, len(text), text, len(ids), cut)
			}
		}
	}
}

func TestConcurrent(t *testing.T) {
	g := readGolden(t)
	tok := open(t, "clip.txt.gz").WithMaxLength(0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i, text := range g.Texts {
				if ids, _ := tok.Encode(text); !slices.Equal(ids, g.IDs["clip.txt.gz"].Whole[i]) {
					t.Errorf("%+q: %v", text, ids)
				}
			}
		}()
	}
	wg.Wait()
}

func TestInvalidUTF8(t *testing.T) {
	tok := open(t, "gpt2")
	got, _ := tok.Encode("a\xffb\xed\xa0\x80c")
	want, _ := tok.Encode("a\ufffdb\ufffdc")
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Every unknown part of a tokenizer.json is an error that names it.
func TestUnsupported(t *testing.T) {
	data, err := os.ReadFile("testdata/clip/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for _, c := range []struct{ key, value, want string }{
		{"normalizer", `{"type":"Nmt"}`, `normalizer: type "Nmt" is not supported`},
		{"normalizer", `{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Precompiled"}]}`, "Precompiled"},
		{"normalizer", `{"type":"Replace","pattern":{"Regex":"a+"},"content":""}`, "a+"},
		{"normalizer", `{"type":"Replace","pattern":{"String":"a"},"content":"` + strings.Repeat("a", 100) + `"}`, "100 times"},
		{"normalizer", `{"type":"BertNormalizer","lower":true}`, "lower"},
		{"normalizer", `[]`, "normalizer"},
		{"pre_tokenizer", `{"type":"Metaspace"}`, "Metaspace"},
		{"pre_tokenizer", `{"type":"Split","pattern":{"Regex":"\\d"},"behavior":"Isolated","invert":false}`, `\\d`},
		{"pre_tokenizer", `null`, "without the pre-tokenizer ByteLevel"},
		{"post_processor", `{"type":"Own"}`, "Own"},
		{"post_processor", `{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"pair":[],"special_tokens":{}}`, `"x"`},
		{"post_processor", `{"type":"RobertaProcessing","sep":["a",-1],"cls":["b",1],"trim_offsets":true,"add_prefix_space":true}`, "-1"},
		{"truncation", `{"direction":"Left","max_length":5,"strategy":"LongestFirst","stride":0}`, "Left"},
		{"model", `{"type":"Unigram","vocab":[]}`, "Unigram"},
		{"model", `{"type":"BPE","vocab":{"a":0},"merges":["a b"]}`, `"b" is not in the vocabulary`},
		{"model", `{"type":"BPE","vocab":{"a":0},"merges":["a b c"]}`, `"a b c" is not two symbols`},
		{"model", `{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}`, "merge 0"},
		{"model", `{"type":"BPE","vocab":{"a":-1},"merges":[]}`, `token "a"`},
		{"model", `{"type":"BPE","vocab":{"a":2147483647},"merges":[]}`, `token "a"`},
		{"model", `{"type":"BPE","vocab":{"a":1.5},"merges":[]}`, `token "a"`},
		{"model", `{"type":"BPE","vocab":{},"merges":[]}`, "empty"},
		{"model", `{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"u"}`, `"u"`},
		{"model", `{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}`, "dropout"},
		{"model", `{"type":"BPE","vocab":{"a":0},"merges":[],"byte_fallback":true}`, "byte_fallback"},
		{"model", `{"type":"WordPiece","vocab":{"a":0}}`, "WordPiece"},
		{"more", `1`, "more"},
		{"decoder", deep, "nested"},
	} {
		var file map[string]json.RawMessage
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		file[c.key] = json.RawMessage(c.value)
		changed, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := buildJSON(changed, new(config)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %.80s: error %v, want one with %q", c.key, c.value, err, c.want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	write := func(files map[string]string) string {
		dir := t.TempDir()
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{nil, "has none of tokenizer.json, vocab.json with merges.txt"},
		{map[string]string{"vocab.json": "{}"}, "only one of vocab.json and merges.txt"},
		{map[string]string{"tokenizer.json": "{"}, "tokenizer.json: unexpected EOF"},
		{map[string]string{"tokenizer.json": "\xff"}, "not UTF-8"},
		{map[string]string{"vocab.txt": "a\nb\n"}, `"[UNK]" is missing`},
		{map[string]string{"vocab.txt": "[UNK]\n"}, `"[CLS]" is not in the vocabulary`},
		{map[string]string{"vocab.txt": "[UNK]\n", "tokenizer_config.json": `{"tokenizer_class":"CLIPTokenizer"}`}, "CLIPTokenizer"},
		{map[string]string{"vocab.txt": "[UNK]\n[CLS]\n[SEP]\n", "sentence_bert_config.json": `{"max_seq_length":1}`}, "no room"},
		{map[string]string{"vocab.txt": "[UNK]\n", "tokenizer_config.json": `{"truncation_side":"left"}`}, "truncation_side"},
		{map[string]string{"vocab.json": `{"a":0,"b":1}`, "merges.txt": "a b\n"}, `"ab" is not in the vocabulary`},
		{map[string]string{"bpe_simple_vocab_16e6.txt.gz": "x"}, "EOF"},
	} {
		if _, err := Open(write(c.files)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want one with %q", c.files, err, c.want)
		}
	}
}

// A small file that unpacks to more than any vocabulary is refused.
func TestGzipBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("packs 129 MB")
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range maxFileSize>>20 + 1 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := readCLIP(&b); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("error %v", err)
	}
}

func TestWithMaxLengthPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	open(t, "bert").WithMaxLength(1)
}
