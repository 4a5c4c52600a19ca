package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/soundspace/soundspace/internal/disk"
)

// The files of a model's folder.
const (
	tokenizerName = "tokenizer.json"
	vocabName     = "vocab.json"
	mergesName    = "merges.txt"
	wordPieceName = "vocab.txt"
	clipName      = "bpe_simple_vocab_16e6.txt.gz"
)

// Open reads the tokenizer of a model from its folder. Of these files the first that is there counts:
//
//   - tokenizer.json (tokenizers library),
//   - vocab.json with merges.txt: byte-level BPE of CLIP, GPT-2 or RoBERTa,
//   - vocab.txt: BERT's WordPiece,
//   - bpe_simple_vocab_16e6.txt.gz: see [OpenCLIP].
//
// tokenizer_config.json, special_tokens_map.json and sentence_bert_config.json beside it are used where they are
// there, as transformers and sentence-transformers use them: the first can change what tokenizer.json says.
func Open(dir string) (*Tokenizer, error) { return OpenFS(disk.At(dir)) }

// OpenFS reads the tokenizer of a model as [Open] does, from a folder of a file system.
func OpenFS(fsys fs.FS, dir string) (*Tokenizer, error) {
	f := folder{fsys, dir}
	c, err := f.readConfig()
	if err != nil {
		return nil, err
	}
	var t *Tokenizer
	switch {
	case f.exists(tokenizerName):
		t, err = f.openJSON(c)
	case f.exists(vocabName) && f.exists(mergesName):
		t, err = f.openBPE(c)
	case f.exists(vocabName) || f.exists(mergesName):
		return nil, fmt.Errorf("tokenizer: %s has only one of %s and %s", f.dir, vocabName, mergesName)
	case f.exists(wordPieceName):
		t, err = f.openWordPiece(c)
	case f.exists(clipName):
		return f.openCLIP(clipName)
	default:
		return nil, fmt.Errorf("tokenizer: %s has none of %s, %s with %s, %s and %s: %w",
			f.dir, tokenizerName, vocabName, mergesName, wordPieceName, clipName, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	if t.maxLength = c.maxLength(t.maxLength); t.maxLength > 0 && t.maxLength < len(t.before)+len(t.after) {
		return nil, fmt.Errorf("tokenizer: %s: a text of %d ids has no room for its special tokens", f.dir, t.maxLength)
	}
	return t, nil
}

// folder is where the files of a model are.
type folder struct {
	fsys fs.FS
	dir  string
}

func (f folder) path(name string) string { return path.Join(f.dir, name) }

func (f folder) exists(name string) bool {
	info, err := fs.Stat(f.fsys, f.path(name))
	return err == nil && info.Mode().IsRegular()
}

// maxFileSize is far above any vocabulary that people use (the largest have 250,000 tokens in 20 MB).
const maxFileSize = 128 << 20

// readAll reads a file, or unpacked data, of at most maxFileSize bytes.
func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("larger than %d MiB", maxFileSize>>20)
	}
	return data, nil
}

func (f folder) read(name string) ([]byte, error) {
	file, err := f.fsys.Open(f.path(name))
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	defer file.Close()
	data, err := readAll(file)
	if err != nil {
		return nil, f.wrap(name, err)
	}
	return data, nil
}

// wrap says which file an error is in.
func (f folder) wrap(name string, err error) error {
	return fmt.Errorf("tokenizer: %s: %w", f.path(name), err)
}

// readJSON reads a JSON file into v.
func (f folder) readJSON(name string, v any) error {
	data, err := f.read(name)
	if err != nil {
		return err
	}
	if err := decodeJSON(data, v); err != nil {
		return f.wrap(name, err)
	}
	return nil
}

// decodeJSON is json.Unmarshal after checkJSON.
func decodeJSON(data []byte, v any) error {
	if err := checkJSON(data); err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// checkJSON refuses what is not UTF-8 and what is nested too deeply for a file of its kind.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	const maxDepth = 32
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("nested more than %d deep", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// openJSON builds a tokenizer from tokenizer.json.
func (f folder) openJSON(c *config) (*Tokenizer, error) {
	data, err := f.read(tokenizerName)
	if err != nil {
		return nil, err
	}
	t, err := buildJSON(data, c)
	if err != nil {
		return nil, f.wrap(tokenizerName, err)
	}
	return t, nil
}

func buildJSON(data []byte, c *config) (*Tokenizer, error) {
	file, err := readTokenizerFile(data)
	if err != nil {
		return nil, err
	}
	return file.build(c)
}

func (file *tokenizerFile) build(c *config) (*Tokenizer, error) {
	t := new(Tokenizer)
	var err error
	if t.normalizer, err = readNormalizer(file.Normalizer); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	if g := growth(t.normalizer); g > maxGrowth {
		return nil, fmt.Errorf("normalizer: it may make a text %.3g times as long", g)
	}
	var byteLevel bool
	if t.splitters, byteLevel, err = readPreTokenizer(file.PreTokenizer); err != nil {
		return nil, fmt.Errorf("pre_tokenizer: %w", err)
	}
	if t.before, t.after, err = readPostProcessor(file.PostProcessor); err != nil {
		return nil, fmt.Errorf("post_processor: %w", err)
	}
	v, err := file.Model.build(byteLevel)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	t.model = v.model
	if kind, _ := component(file.PreTokenizer); kind == "ByteLevel" && c.found {
		t.splitters[0].prefix = c.AddPrefixSpace
	}
	if b, ok := t.normalizer.(bertNormalizer); ok && c.family() == &bertFamily && c.found {
		t.normalizer = c.bertNormalizer(b.cleanText)
	}
	if file.Truncation != nil {
		if d := file.Truncation.Direction; d != "" && d != "Right" {
			return nil, fmt.Errorf("truncation: direction %q is not supported", d)
		}
		if t.maxLength = file.Truncation.MaxLength; t.maxLength < 0 {
			return nil, fmt.Errorf("truncation: max_length %d", t.maxLength)
		}
	}
	padToken := ""
	if file.Padding != nil {
		padToken = file.Padding.PadToken
	}
	return t, c.finish(t, v, file.AddedTokens, padToken)
}

// openBPE builds a tokenizer from vocab.json and merges.txt.
func (f folder) openBPE(c *config) (*Tokenizer, error) {
	var vocab tokenIDs
	if err := f.readJSON(vocabName, &vocab); err != nil {
		return nil, err
	}
	data, err := f.read(mergesName)
	if err != nil {
		return nil, err
	}
	t, err := buildBPE(vocab, data, c)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %s: %w", f.dir, err)
	}
	return t, nil
}

func buildBPE(vocab map[string]int32, merges []byte, c *config) (*Tokenizer, error) {
	family := c.family()
	if family == nil {
		family = familyOf(vocab)
	}
	list, err := readMerges(merges)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", mergesName, err)
	}
	c.Class = family.class
	t := new(Tokenizer)
	suffix := ""
	switch family {
	case &clipFamily:
		suffix = endOfWord
		t.normalizer = clipNormalizer
		t.splitters = []splitter{{next: nextCLIP}, {next: nextGPT2}}
	case &gpt2Family, &robertaFamily:
		t.splitters = []splitter{{next: nextGPT2, prefix: c.AddPrefixSpace}}
	default:
		return nil, fmt.Errorf("%s with %s is not for the tokenizer class %s", vocabName, mergesName, family.class)
	}
	m, err := newBPE(vocab, list, suffix)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", mergesName, err)
	}
	v := vocabulary{model: m, ids: vocab}
	if family == &clipFamily {
		v.unk = c.roleToken(unkRole)
		id, ok := vocab[v.unk]
		if !ok {
			return nil, fmt.Errorf("%s: unk_token %q is missing", vocabName, v.unk)
		}
		m.unk = id
	}
	t.model = m
	if err := c.finish(t, v, nil, ""); err != nil {
		return nil, err
	}
	return t, c.wrap(t, v)
}

// readMerges reads merges.txt: two symbols a line, the first line perhaps a comment.
func readMerges(data []byte) ([][2]string, error) {
	lines := strings.Split(string(data), "\n")
	list := make([][2]string, 0, len(lines))
	for n, line := range lines {
		if line = strings.TrimSuffix(line, "\r"); line == "" || n == 0 && strings.HasPrefix(line, "#version:") {
			continue
		}
		merge, err := cutMerge(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		list = append(list, merge)
	}
	return list, nil
}

// openWordPiece builds a tokenizer from vocab.txt: a piece a line, whose number is the id.
func (f folder) openWordPiece(c *config) (*Tokenizer, error) {
	data, err := f.read(wordPieceName)
	if err != nil {
		return nil, err
	}
	t, err := buildWordPiece(data, c)
	if err != nil {
		return nil, f.wrap(wordPieceName, err)
	}
	return t, nil
}

func buildWordPiece(data []byte, c *config) (*Tokenizer, error) {
	if family := c.family(); family != nil && family != &bertFamily {
		return nil, fmt.Errorf("not for the tokenizer class %s", family.class)
	}
	c.Class = bertFamily.class
	vocab := make(map[string]int32, bytes.Count(data, []byte("\n"))+1)
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for id, line := range lines {
		vocab[strings.TrimSuffix(line, "\r")] = int32(id)
	}
	unk := c.roleToken(unkRole)
	id, ok := vocab[unk]
	if !ok {
		return nil, fmt.Errorf("unk_token %q is missing", unk)
	}
	const maxRunes = 100
	t := &Tokenizer{
		normalizer: c.bertNormalizer(true),
		splitters:  []splitter{{next: nextBert}},
		model:      newWordPiece(vocab, "##", id, maxRunes),
	}
	v := vocabulary{t.model, vocab, unk}
	if err := c.finish(t, v, nil, ""); err != nil {
		return nil, err
	}
	return t, c.wrap(t, v)
}
