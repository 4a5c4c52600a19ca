package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/soundspace/soundspace/internal/tokenizer/ucd"
)

// tokenizerFile is tokenizer.json of the Hugging Face tokenizers library.
type tokenizerFile struct {
	Version    string `json:"version"`
	Truncation *struct {
		Direction string `json:"direction"`
		MaxLength int    `json:"max_length"`
		Strategy  string `json:"strategy"` // which of two texts to cut
		Stride    int    `json:"stride"`   // overlap of the parts cut off
	} `json:"truncation"`
	Padding *struct {
		PadToken string `json:"pad_token"`
		// The rest says how to fill up a batch.
		PadID           json.RawMessage `json:"pad_id"`
		PadTypeID       json.RawMessage `json:"pad_type_id"`
		PadToMultipleOf json.RawMessage `json:"pad_to_multiple_of"`
		Strategy        json.RawMessage `json:"strategy"`
		Direction       json.RawMessage `json:"direction"`
	} `json:"padding"`
	AddedTokens   []addedTokenEntry `json:"added_tokens"`
	Normalizer    json.RawMessage   `json:"normalizer"`
	PreTokenizer  json.RawMessage   `json:"pre_tokenizer"`
	PostProcessor json.RawMessage   `json:"post_processor"`
	Decoder       json.RawMessage   `json:"decoder"` // from ids to text
	Model         modelFields       `json:"model"`
}

// readTokenizerFile decodes tokenizer.json. A field that is not known is an error.
func readTokenizerFile(data []byte) (*tokenizerFile, error) {
	if err := checkJSON(data); err != nil {
		return nil, err
	}
	file := &tokenizerFile{Model: modelFields{MaxRunes: 100}}
	err := fields(data, file)
	if err == nil {
		return file, nil
	}
	var other struct {
		Model struct {
			Type string `json:"type"`
		} `json:"model"`
	}
	if json.Unmarshal(data, &other) == nil && other.Model.Type != "" && other.Model.Type != bpeType && other.Model.Type != wordPieceType {
		return nil, fmt.Errorf("model: type %q is not supported", other.Model.Type)
	}
	return nil, err
}

// addedTokenEntry is an added token in tokenizer.json, and in other files without the id.
type addedTokenEntry struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// component reads the type of a part of tokenizer.json; "" for a part that is missing or null.
func component(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return "", nil
	}
	var c struct {
		Type *string `json:"type"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", err
	}
	if c.Type == nil {
		return "", errors.New("no type")
	}
	return *c.Type, nil
}

// fields reads a part of tokenizer.json into v, which has a place for every field that may be there.
func fields(raw json.RawMessage, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// maxSteps bounds how many parts a Sequence may hold, at all levels together.
const maxSteps = 64

// parts reads the list of a Sequence.
func parts(raw json.RawMessage, key string) ([]json.RawMessage, error) {
	var list map[string]json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	var steps []json.RawMessage
	if err := json.Unmarshal(list[key], &steps); err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if len(steps) > maxSteps {
		return nil, fmt.Errorf("%s: %d steps", key, len(steps))
	}
	return steps, nil
}

// patternField is a pattern: {"String": …} or {"Regex": …}.
type patternField struct {
	String *string
	Regex  *string
}

func (p patternField) describe() string {
	switch {
	case p.String != nil:
		return fmt.Sprintf("string %q", *p.String)
	case p.Regex != nil:
		return fmt.Sprintf("regular expression %q", *p.Regex)
	}
	return "no pattern"
}

// readNormalizer reads the section "normalizer".
func readNormalizer(raw json.RawMessage) (normalizer, error) {
	name, err := component(raw)
	if err != nil {
		return nil, err
	}
	switch name {
	case "":
		return nil, nil
	case "NFC":
		return normalizeFunc(ucd.RustNFC.String), nil
	case "NFD":
		return normalizeFunc(ucd.RustNFD.String), nil
	case "NFKC":
		return normalizeFunc(ucd.RustNFKC.String), nil
	case "NFKD":
		return normalizeFunc(ucd.RustNFKD.String), nil
	case "Lowercase":
		return normalizeFunc(ucd.LowerRust), nil
	case "StripAccents":
		return normalizeFunc(stripAccents), nil
	case "BertNormalizer":
		return readBertNormalizer(raw)
	case "Strip":
		v := struct {
			Type  string `json:"type"`
			Left  bool   `json:"strip_left"`
			Right bool   `json:"strip_right"`
		}{Left: true, Right: true}
		if err := fields(raw, &v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return trimmer{v.Left, v.Right}, nil
	case "Prepend":
		var v struct {
			Type    string `json:"type"`
			Prepend string
		}
		if err := fields(raw, &v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return prependage(v.Prepend), nil
	case "Replace":
		return readReplace(raw)
	case "Sequence":
		steps, err := parts(raw, "normalizers")
		if err != nil {
			return nil, err
		}
		var all normalizers
		for i, step := range steps {
			n, err := readNormalizer(step)
			if err != nil {
				return nil, fmt.Errorf("step %d: %w", i, err)
			}
			if n != nil {
				all = append(all, n)
			}
		}
		return all, nil
	}
	return nil, fmt.Errorf("type %q is not supported", name)
}

func readBertNormalizer(raw json.RawMessage) (normalizer, error) {
	v := struct {
		Type               string `json:"type"`
		CleanText          bool   `json:"clean_text"`
		HandleChineseChars bool   `json:"handle_chinese_chars"`
		StripAccents       *bool  `json:"strip_accents"`
		Lowercase          bool   `json:"lowercase"`
	}{CleanText: true, HandleChineseChars: true, Lowercase: true}
	if err := fields(raw, &v); err != nil {
		return nil, fmt.Errorf("type BertNormalizer: %w", err)
	}
	n := bertNormalizer{v.CleanText, v.HandleChineseChars, v.Lowercase, v.Lowercase}
	if v.StripAccents != nil {
		n.stripAccents = *v.StripAccents
	}
	return n, nil
}

func readReplace(raw json.RawMessage) (normalizer, error) {
	var v struct {
		Type    string `json:"type"`
		Pattern patternField
		Content string
	}
	if err := fields(raw, &v); err != nil {
		return nil, fmt.Errorf("type Replace: %w", err)
	}
	switch p := v.Pattern; {
	case p.String != nil && *p.String != "":
		return replacement{*p.String, v.Content}, nil
	case p.Regex != nil && *p.Regex == `\s+`:
		return spaceReplacement(v.Content), nil
	}
	return nil, fmt.Errorf("type Replace: %s is not supported", v.Pattern.describe())
}

// readPreTokenizer reads the section "pre_tokenizer". byteLevel tells that the words are to be taken as bytes.
func readPreTokenizer(raw json.RawMessage) (splitters []splitter, byteLevel bool, err error) {
	name, err := component(raw)
	if err != nil {
		return nil, false, err
	}
	switch name {
	case "":
		return nil, false, nil
	case "ByteLevel":
		v := struct {
			Type           string `json:"type"`
			AddPrefixSpace bool   `json:"add_prefix_space"`
			TrimOffsets    bool   `json:"trim_offsets"`
			UseRegex       bool   `json:"use_regex"`
		}{AddPrefixSpace: true, UseRegex: true}
		if err := fields(raw, &v); err != nil {
			return nil, false, fmt.Errorf("%s: %w", name, err)
		}
		s := splitter{next: nextGPT2, prefix: v.AddPrefixSpace}
		if !v.UseRegex {
			s.next = nextWhole
		}
		return []splitter{s}, true, nil
	case "BertPreTokenizer":
		return []splitter{{next: nextBert}}, false, nil
	case "Whitespace":
		return []splitter{{next: nextWord}}, false, nil
	case "WhitespaceSplit":
		return []splitter{{next: nextUnspaced}}, false, nil
	case "Punctuation":
		v := struct {
			Type     string `json:"type"`
			Behavior string
		}{Behavior: "Isolated"}
		if err := fields(raw, &v); err != nil {
			return nil, false, fmt.Errorf("%s: %w", name, err)
		}
		if v.Behavior != "Isolated" {
			return nil, false, fmt.Errorf("%s: behavior %q is not supported", name, v.Behavior)
		}
		return []splitter{{next: nextPunct}}, false, nil
	case "Split":
		s, err := readSplit(raw)
		return []splitter{s}, false, err
	case "Sequence":
		steps, err := parts(raw, "pretokenizers")
		if err != nil {
			return nil, false, err
		}
		for i, step := range steps {
			if byteLevel {
				return nil, false, fmt.Errorf("step %d: a step after ByteLevel is not supported", i)
			}
			s, isBytes, err := readPreTokenizer(step)
			if err != nil {
				return nil, false, fmt.Errorf("step %d: %w", i, err)
			}
			if splitters = append(splitters, s...); len(splitters) > maxSteps {
				return nil, false, fmt.Errorf("more than %d steps", maxSteps)
			}
			byteLevel = isBytes
		}
		return splitters, byteLevel, nil
	}
	return nil, false, fmt.Errorf("type %q is not supported", name)
}

// readSplit knows the patterns of CLIP and GPT-2 and white space.
func readSplit(raw json.RawMessage) (splitter, error) {
	var v struct {
		Type     string `json:"type"`
		Pattern  patternField
		Behavior string
		Invert   bool
	}
	if err := fields(raw, &v); err != nil {
		return splitter{}, fmt.Errorf("type Split: %w", err)
	}
	if v.Pattern.Regex != nil {
		// What the pattern finds is kept, and the rest, where there is one, is dropped or kept.
		switch pattern := *v.Pattern.Regex; {
		case pattern == clipPattern && v.Invert && v.Behavior == "Removed":
			return splitter{next: nextCLIP}, nil
		case pattern == gpt2Pattern && (!v.Invert && v.Behavior == "Isolated" || v.Invert && v.Behavior == "Removed"):
			return splitter{next: nextGPT2}, nil
		case (pattern == `\s+` || pattern == `\s`) && !v.Invert && v.Behavior == "Removed":
			return splitter{next: nextUnspaced}, nil
		}
	}
	return splitter{}, fmt.Errorf("type Split: %s with behavior %q and invert %t is not supported", v.Pattern.describe(), v.Behavior, v.Invert)
}

// readPostProcessor reads the section "post_processor": the special ids before and after a text.
func readPostProcessor(raw json.RawMessage) (before, after []int32, err error) {
	name, err := component(raw)
	if err != nil {
		return nil, nil, err
	}
	switch name {
	case "", "ByteLevel": // ByteLevel only corrects offsets into the text
		return nil, nil, nil
	case "RobertaProcessing", "BertProcessing":
		var v struct {
			Type           string `json:"type"`
			Sep, Cls       tokenAndID
			TrimOffsets    bool `json:"trim_offsets"`
			AddPrefixSpace bool `json:"add_prefix_space"`
		}
		if err := fields(raw, &v); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		return []int32{v.Cls.id}, []int32{v.Sep.id}, nil
	case "TemplateProcessing":
		before, after, err = readTemplate(raw)
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return before, after, err
	case "Sequence":
		steps, err := parts(raw, "processors")
		if err != nil {
			return nil, nil, err
		}
		for i, step := range steps {
			b, a, err := readPostProcessor(step)
			if err != nil {
				return nil, nil, fmt.Errorf("step %d: %w", i, err)
			}
			before, after = slices.Concat(b, before), slices.Concat(after, a)
			if len(before)+len(after) > maxSteps {
				return nil, nil, fmt.Errorf("more than %d special tokens", maxSteps)
			}
		}
		return before, after, nil
	}
	return nil, nil, fmt.Errorf("type %q is not supported", name)
}

// tokenAndID is ["[SEP]", 102].
type tokenAndID struct{ id int32 }

func (t *tokenAndID) UnmarshalJSON(b []byte) error {
	var token string
	pair := []any{&token, &t.id}
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	if len(pair) != 2 || t.id < 0 {
		return fmt.Errorf("%s is not a token and its id", b)
	}
	return nil
}

func readTemplate(raw json.RawMessage) (before, after []int32, err error) {
	type part struct {
		ID     string `json:"id"`
		TypeID int    `json:"type_id"`
	}
	var v struct {
		Type   string `json:"type"`
		Single []struct {
			SpecialToken, Sequence *part
		}
		Pair          json.RawMessage
		SpecialTokens map[string]struct {
			ID     string
			IDs    []int32
			Tokens []string
		} `json:"special_tokens"`
	}
	if err := fields(raw, &v); err != nil {
		return nil, nil, err
	}
	seen := false
	for _, p := range v.Single {
		switch {
		case p.Sequence != nil && p.Sequence.ID == "A" && !seen:
			seen = true
		case p.SpecialToken != nil:
			special, ok := v.SpecialTokens[p.SpecialToken.ID]
			if !ok {
				return nil, nil, fmt.Errorf("%q is not among its special_tokens", p.SpecialToken.ID)
			}
			if slices.ContainsFunc(special.IDs, func(id int32) bool { return id < 0 }) {
				return nil, nil, fmt.Errorf("%q has a negative id", p.SpecialToken.ID)
			}
			if seen {
				after = append(after, special.IDs...)
			} else {
				before = append(before, special.IDs...)
			}
			if len(before)+len(after) > maxSteps {
				return nil, nil, fmt.Errorf("more than %d special tokens", maxSteps)
			}
		default:
			return nil, nil, errors.New("single is not special tokens around one text")
		}
	}
	if !seen {
		return nil, nil, errors.New("single has no place for the text")
	}
	return before, after, nil
}

// vocabulary is the model of a tokenizer with its vocabulary.
type vocabulary struct {
	model model
	ids   map[string]int32
	unk   string
}

// The models that are supported.
const bpeType, wordPieceType = "BPE", "WordPiece"

// modelFields is the section "model".
type modelFields struct {
	Type     string    `json:"type"`
	Vocab    tokenIDs  `json:"vocab"`
	UnkToken *string   `json:"unk_token"`
	Merges   mergeList `json:"merges"`
	// BPE
	Dropout       *float64 `json:"dropout"`
	EndOfWord     *string  `json:"end_of_word_suffix"`
	FuseUnk       bool     `json:"fuse_unk"`
	ByteFallback  bool     `json:"byte_fallback"`
	IgnoreMerges  bool     `json:"ignore_merges"`
	SubwordPrefix *string  `json:"continuing_subword_prefix"`
	// WordPiece
	MaxRunes int `json:"max_input_chars_per_word"`
}

// build makes the model. Files of the first years leave its type out.
func (v *modelFields) build(byteLevel bool) (vocabulary, error) {
	if len(v.Vocab) == 0 {
		return vocabulary{}, errors.New("the vocabulary is missing or empty")
	}
	if v.Type == "" && v.Merges != nil {
		v.Type = bpeType
	}
	switch v.Type {
	case bpeType:
		return v.bpe(byteLevel)
	case wordPieceType:
		if byteLevel {
			return vocabulary{}, errors.New("type WordPiece of bytes is not supported")
		}
		return v.wordPiece()
	}
	return vocabulary{}, fmt.Errorf("type %q is not supported", v.Type)
}

func (v *modelFields) bpe(byteLevel bool) (vocabulary, error) {
	switch {
	case !byteLevel:
		return vocabulary{}, errors.New("type BPE without the pre-tokenizer ByteLevel is not supported")
	case v.Dropout != nil && *v.Dropout != 0:
		return vocabulary{}, errors.New("type BPE with dropout is not supported")
	case v.ByteFallback:
		return vocabulary{}, errors.New("type BPE with byte_fallback is not supported")
	case v.IgnoreMerges:
		return vocabulary{}, errors.New("type BPE with ignore_merges is not supported")
	case v.SubwordPrefix != nil && *v.SubwordPrefix != "":
		return vocabulary{}, errors.New("type BPE with a continuing_subword_prefix is not supported")
	}
	suffix := ""
	if v.EndOfWord != nil {
		suffix = *v.EndOfWord
	}
	m, err := newBPE(v.Vocab, v.Merges, suffix)
	if err != nil {
		return vocabulary{}, err
	}
	all := vocabulary{model: m, ids: v.Vocab}
	if v.UnkToken != nil {
		id, ok := v.Vocab[*v.UnkToken]
		if !ok {
			return vocabulary{}, fmt.Errorf("unk_token %q is not in the vocabulary", *v.UnkToken)
		}
		all.unk, m.unk, m.fuse = *v.UnkToken, id, v.FuseUnk
	}
	return all, nil
}

func (v *modelFields) wordPiece() (vocabulary, error) {
	unk := "[UNK]"
	if v.UnkToken != nil {
		unk = *v.UnkToken
	}
	id, ok := v.Vocab[unk]
	if !ok {
		return vocabulary{}, fmt.Errorf("unk_token %q is not in the vocabulary", unk)
	}
	prefix := "##"
	if v.SubwordPrefix != nil {
		prefix = *v.SubwordPrefix
	}
	return vocabulary{newWordPiece(v.Vocab, prefix, id, v.MaxRunes), v.Vocab, unk}, nil
}
