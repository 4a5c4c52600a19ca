package tokenizer

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/soundspace/soundspace/internal/disk"
	"github.com/soundspace/soundspace/internal/tokenizer/fixtext"
	"github.com/soundspace/soundspace/internal/tokenizer/ucd"
)

const (
	clipMerges    = 49152 - 256 - 2 // those of the file that count
	clipMaxLength = 77
)

// OpenCLIP reads CLIP's original vocabulary, bpe_simple_vocab_16e6.txt.gz: a comment line and a merge a line.
//
// Ids are those of clip.tokenize with truncate=True and of open_clip.tokenize, without their padding with zeros:
// MaxLength is 77, and of a longer text the 77th id becomes <|endoftext|>. A text is repaired as ftfy does it
// (package fixtext), HTML entities are replaced, white space is collapsed, and letters become small. (open_clip
// writes the two special tokens <start_of_text> and <end_of_text>; only openai/CLIP's names are known here.)
func OpenCLIP(file string) (*Tokenizer, error) {
	fsys, name := disk.At(file)
	return folder{fsys, path.Dir(name)}.openCLIP(path.Base(name))
}

func (f folder) openCLIP(name string) (*Tokenizer, error) {
	file, err := f.fsys.Open(f.path(name))
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	defer file.Close()
	t, err := readCLIP(file)
	if err != nil {
		return nil, f.wrap(name, err)
	}
	return t, nil
}

func readCLIP(r io.Reader) (*Tokenizer, error) {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	data, err := readAll(unpacked)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	lines := strings.Split(string(data), "\n")
	merges := make([][2]string, 0, clipMerges)
	for n, line := range lines[1:] {
		if len(merges) == clipMerges || line == "" && n == len(lines)-2 {
			break
		}
		symbols := strings.Fields(line)
		if len(symbols) != 2 {
			return nil, fmt.Errorf("line %d, %q, is not two symbols", n+2, line)
		}
		merges = append(merges, [2]string(symbols))
	}
	return buildCLIP(merges)
}

// buildCLIP makes the vocabulary: the alphabet, the merged symbols, and the two special ones.
func buildCLIP(merges [][2]string) (*Tokenizer, error) {
	vocab := make(map[string]int32, 512+len(merges)+2)
	size := int32(0)
	add := func(symbol string) {
		vocab[symbol] = size
		size++
	}
	for symbol := range clipAlphabet() {
		add(symbol)
	}
	for _, merge := range merges {
		add(merge[0] + merge[1])
	}
	add(clipBegin)
	add(clipEnd)
	m, err := newBPE(vocab, merges, endOfWord)
	if err != nil {
		return nil, err
	}
	bos, eos := vocab[clipBegin], vocab[clipEnd]
	return &Tokenizer{
		added:      newAddedTokens(nil),
		addedAfter: newAddedTokens(nil),
		normalizer: normalizeFunc(cleanCLIP),
		splitters:  []splitter{{next: nextOriginalCLIP}},
		model:      &clipModel{*m, bos, eos},
		before:     []int32{bos},
		after:      []int32{eos},
		maxLength:  clipMaxLength,
		vocabSize:  int(size),
		special:    Special{BOS: bos, EOS: eos, Pad: 0, Unk: None},
	}, nil
}

// clipAlphabet yields a symbol for each byte, in the order of the characters, and the same at the end of a word.
func clipAlphabet() iter.Seq[string] {
	runes := slices.Sorted(slices.Values(byteRunes[:]))
	return func(yield func(string) bool) {
		for _, suffix := range []string{"", endOfWord} {
			for _, r := range runes {
				if !yield(string(r) + suffix) {
					return
				}
			}
		}
	}
}

// The special tokens of CLIP.
const clipBegin, clipEnd = "<|startoftext|>", "<|endoftext|>"

// clipModel is byte-pair encoding with two words that are tokens. Unlike added tokens they must be words: in
// "!<|endoftext|>" the first word is "!<|".
type clipModel struct {
	bpe
	begin, end int32
}

func (m *clipModel) appendWord(dst []int32, word string, s *scratch) []int32 {
	switch word {
	case clipBegin:
		return append(dst, m.begin)
	case clipEnd:
		return append(dst, m.end)
	}
	return m.bpe.appendWord(dst, word, s)
}

// endOfWord marks the last symbol of a word.
const endOfWord = "</w>"

// clipNormalizer is what Hugging Face's CLIP tokenizer does instead of cleanCLIP.
var clipNormalizer = normalizers{normalizeFunc(ucd.RustNFC.String), spaceReplacement(" "), normalizeFunc(ucd.LowerRust)}

// cleanCLIP brings a text into the form that openai/CLIP tokenizes.
func cleanCLIP(s string) string {
	s = fixtext.Unescape(fixtext.Unescape(fixtext.Fix(s)))
	return ucd.LowerPython(collapseSpace(s))
}

// collapseSpace makes each run of white space a blank and removes it at the ends.
func collapseSpace(s string) string {
	words := strings.FieldsFunc(s, ucd.IsPythonSpace)
	return strings.Join(words, " ")
}

// nextOriginalCLIP follows CLIP's own pattern: clipPattern after the two special tokens, with small and capital
// letters the same. All letters being small by then, that leaves one: the long ſ, which is an s.
func nextOriginalCLIP(s string, at int) (from, to int) {
	for at < len(s) {
		n := max(foldedPrefix(s[at:], clipBegin), foldedPrefix(s[at:], clipEnd), contraction(s[at:]), foldedPrefix(s[at:], "'s"))
		if n > 0 {
			return at, at + n
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		switch kind := regexKind(r); kind {
		case spaceKind:
			at += size
		case numberKind:
			return at, at + size
		default:
			return at, endOfRun(s, at+size, kind, regexKind)
		}
	}
	return at, at
}

// foldedPrefix returns the length of the beginning of s that is token, perhaps with ſ for s; 0 if there is none.
func foldedPrefix(s, token string) int {
	if s[0] != token[0] {
		return 0
	}
	n := 0
	for i := 0; i < len(token); i++ {
		switch {
		case strings.HasPrefix(s[n:], token[i:i+1]):
			n++
		case token[i] == 's' && strings.HasPrefix(s[n:], "ſ"):
			n += len("ſ")
		default:
			return 0
		}
	}
	return n
}

// regexKind is the kind of r for CLIP's own pattern. The combining iota is a mark, and so no letter, but its capital
// is one, and so it is not anything else: the pattern passes over it like over a space.
func regexKind(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		return asciiKinds[r]
	case r == '\u0345':
		return spaceKind
	}
	return kindIn(r, ucd.RegexLetter, ucd.RegexNumber)
}
