package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Tokenizer turns text into ids. It is safe for concurrent use.
type Tokenizer struct {
	added      *addedTokens // recognised in the raw text
	addedAfter *addedTokens // recognised in the normalized text
	normalizer normalizer   // nil for none
	splitters  []splitter   // each cuts the pieces of the one before
	model      model

	before, after []int32 // special ids around every text
	maxLength     int     // 0 for no limit
	vocabSize     int
	special       Special
}

// None is the id of a special token that a vocabulary does not have.
const None int32 = -1

// Special holds the ids of the tokens with a meaning of their own; None for those that do not exist.
type Special struct {
	BOS int32 // begins a text: <|startoftext|>, <s>, [CLS]
	EOS int32 // ends a text: <|endoftext|>, </s>, [SEP]
	Pad int32 // fills up a batch
	Unk int32 // stands for what the vocabulary cannot express
}

// model cuts one word of normalized text into pieces of the vocabulary.
type model interface {
	// appendWord appends the ids of the pieces to dst, with s to work in.
	appendWord(dst []int32, word string, s *scratch) []int32
}

// Special returns the ids of the special tokens.
func (t *Tokenizer) Special() Special { return t.special }

// VocabSize returns the number of rows that a table of embeddings needs: the largest id and one.
func (t *Tokenizer) VocabSize() int { return t.vocabSize }

// MaxLength returns the largest number of ids that Encode returns, special tokens included; 0 for no limit.
// After Open it is what the files say: max_seq_length of sentence_bert_config.json, model_max_length of
// tokenizer_config.json or the truncation section of tokenizer.json, in this order.
func (t *Tokenizer) MaxLength() int { return t.maxLength }

// WithMaxLength returns a tokenizer that cuts texts to n ids, special tokens included; 0 for no limit. It shares
// everything else with t. WithMaxLength panics if the special tokens alone are more than n.
func (t *Tokenizer) WithMaxLength(n int) *Tokenizer {
	if n < 0 || n > 0 && n < len(t.before)+len(t.after) {
		panic(fmt.Sprintf("tokenizer: a text of %d ids has no room for its %d special tokens", n, len(t.before)+len(t.after)))
	}
	other := *t
	other.maxLength = n
	return &other
}

// Encode returns the ids of text with the special tokens around them.
//
// If they are more than MaxLength, ids are cut from the end of the text as the originals do it: the special tokens
// stay around the rest. cut reports that. Each run of bytes that are not UTF-8 is taken for one U+FFFD.
func (t *Tokenizer) Encode(text string) (ids []int32, cut bool) {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	e := encoding{Tokenizer: t, scratch: scratches.Get().(*scratch), limit: t.maxLength - len(t.before) - len(t.after)}
	if t.maxLength == 0 {
		e.limit = int(^uint(0) >> 1)
	}
	e.ids = e.scratch.ids[:0]
	e.text(text)
	e.scratch.ids = e.ids
	if cut = len(e.ids) > e.limit; cut {
		e.ids = e.ids[:e.limit]
	}
	ids = slices.Concat(t.before, e.ids, t.after)
	if cap(e.ids) <= keptScratch && cap(e.symbols) <= keptScratch && cap(e.queue) <= keptScratch {
		scratches.Put(e.scratch)
	}
	return ids, cut
}

// encoding is one text on its way.
type encoding struct {
	*Tokenizer
	*scratch
	limit int // ids beyond this many are not needed
}

// scratch is memory that is used again for the next text.
type scratch struct {
	ids     []int32
	symbols []symbol
	queue   []candidate
}

// keptScratch is the length up to which a slice of a scratch is kept for another text.
const keptScratch = 1 << 14

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// full reports that more ids would be cut off.
func (e *encoding) full() bool { return len(e.ids) > e.limit }

// text encodes a whole text.
func (e *encoding) text(s string) {
	for m := range e.added.matches(s) {
		if e.piece(m); e.full() {
			return
		}
	}
}

func (e *encoding) piece(m match) {
	if m.id != None {
		e.ids = append(e.ids, m.id)
		return
	}
	s := m.text
	if e.normalizer != nil {
		s = e.normalizer.normalize(s)
	}
	for m := range e.addedAfter.matches(s) {
		if m.id != None {
			e.ids = append(e.ids, m.id)
		} else {
			e.split(0, m.text)
		}
		if e.full() {
			return
		}
	}
}

// split cuts s with the splitters from level on and encodes the words.
func (e *encoding) split(level int, s string) {
	if level == len(e.splitters) {
		e.ids = e.model.appendWord(e.ids, s, e.scratch)
		return
	}
	splitter := &e.splitters[level]
	if splitter.prefix && !strings.HasPrefix(s, " ") {
		s = " " + s
	}
	for at := 0; at < len(s) && !e.full(); {
		from, to := splitter.next(s, at)
		if from < to {
			e.split(level+1, s[from:to])
		}
		at = to
	}
}
