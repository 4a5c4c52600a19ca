package tokenizer

import (
	"bytes"
	"compress/gzip"
	"testing"
)

// tryOut encodes something with a tokenizer that a reader made of any data.
func tryOut(t *testing.T, tok *Tokenizer, err error) {
	if err != nil {
		return
	}
	for _, text := range []string{"", "a dog's <mask> Ünï 12!", "\xff\x00"} {
		ids, _ := tok.WithMaxLength(0).Encode(text)
		for _, id := range ids {
			if id < 0 || int(id) >= tok.VocabSize() {
				t.Fatalf("id %d in a vocabulary of %d", id, tok.VocabSize())
			}
		}
	}
}

func FuzzTokenizerJSON(f *testing.F) {
	// Small seeds: those of testdata take the fuzzer minutes to shrink.
	f.Add([]byte(`{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":1}},"normalizer":{"type":"BertNormalizer"},
		"pre_tokenizer":{"type":"BertPreTokenizer"},"added_tokens":[{"id":2,"content":"do","lstrip":true,"normalized":true}]}`))
	f.Add([]byte(`{"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "}]},
		"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
		"post_processor":{"type":"RobertaProcessing","sep":["b",1],"cls":["a",0],"trim_offsets":true,"add_prefix_space":true},
		"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"u":3},"merges":[["a","b"]],"unk_token":"u","end_of_word_suffix":"b"}}`))
	f.Add([]byte(`{"truncation":{"direction":"Right","max_length":5},"pre_tokenizer":{"type":"ByteLevel"},"model":{"vocab":{"a":0},"merges":[]},
		"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"s","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
		"special_tokens":{"s":{"id":"s","ids":[7],"tokens":["s"]}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := buildJSON(data, new(config))
		tryOut(t, tok, err)
	})
}

func FuzzBPEFiles(f *testing.F) {
	f.Add([]byte(`{"a":0,"b":1,"ab":2}`), []byte("a b"))
	f.Fuzz(func(t *testing.T, vocab, merges []byte) {
		var ids tokenIDs
		if decodeJSON(vocab, &ids) != nil {
			return
		}
		tok, err := buildBPE(ids, merges, new(config))
		tryOut(t, tok, err)
	})
}

func FuzzWordPieceFile(f *testing.F) {
	f.Add([]byte("[UNK]\n[CLS]\n[SEP]\na\n##a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := buildWordPiece(data, new(config))
		tryOut(t, tok, err)
	})
}

func FuzzCLIPFile(f *testing.F) {
	f.Add([]byte("comment\na b\nab c</w>\n"))
	f.Fuzz(func(t *testing.T, merges []byte) {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(merges); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		tok, err := readCLIP(&packed)
		tryOut(t, tok, err)
		if _, err := readCLIP(bytes.NewReader(merges)); err == nil && len(merges) < 18 {
			t.Fatal("read a file without the header of gzip")
		}
	})
}

func FuzzEncode(f *testing.F) {
	var toks []*Tokenizer
	for _, name := range []string{"clip.txt.gz", "clip", "gpt2", "roberta", "bert", "own"} {
		toks = append(toks, open(f, name))
	}
	for _, text := range readGolden(f).Texts[:200] {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, tok := range toks {
			whole, cut := tok.WithMaxLength(0).Encode(text)
			if cut {
				t.Fatal("cut without a limit")
			}
			short, cut := tok.WithMaxLength(7).Encode(text)
			if cut != (len(whole) > 7) || !cut && len(short) != len(whole) || cut && len(short) != 7 {
				t.Fatalf("%d ids, cut to %d, %t", len(whole), len(short), cut)
			}
		}
	})
}
