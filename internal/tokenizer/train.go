package tokenizer

import (
	"bytes"
	"container/heap"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/soundspace/soundspace/internal/aside"
)

// Vocabulary is byte-level BPE in CLIP's layout: a symbol for each byte, one for each byte at the end of a word, what
// the merges make of them, and the two special tokens. It can express every text.
type Vocabulary struct {
	merges [][2]string // in the order in which they are to be done
	tokens []string    // by id
}

// SmallestVocabulary is the number of tokens of a vocabulary without merges.
const SmallestVocabulary = 2*256 + 2

// fewest is how often two neighbours must occur to be merged: what stands there once teaches nothing.
const fewest = 2

// TrainCLIP learns a vocabulary of size tokens from texts, the way CLIP's was made: texts are normalized and cut into
// words as by CLIP's tokenizer in transformers (NFC, small letters; words, single digits, runs of other characters),
// a word is its bytes with the end of the word marked in the last one, and again and again the two neighbours that
// are most frequent in all words become one symbol.
//
// Of pairs that are equally frequent, the one whose left symbol has the smaller id comes first, then the one whose
// right symbol has. Ids are given in the order of CLIP's vocabulary: bytes, bytes that end a word, merged symbols as
// they come. The order of the texts is of no importance. That is the rule of BpeTrainer in Hugging Face tokenizers
// 0.22.2, but there the symbols that end a word are numbered by chance, and ties between them fall by chance.
//
// The vocabulary is smaller than size if no two neighbours occur together twice any more. An error says that size is
// less than [SmallestVocabulary], or that there are no words.
func TrainCLIP(texts iter.Seq[string], size int) (*Vocabulary, error) {
	if size < SmallestVocabulary {
		return nil, fmt.Errorf("tokenizer: a vocabulary of %d tokens, want at least %d: one for each byte, one for each byte that ends a word and two special ones",
			size, SmallestVocabulary)
	}
	t := newTrainer(countWords(texts))
	if len(t.words) == 0 {
		return nil, fmt.Errorf("tokenizer: no words to learn a vocabulary from")
	}
	for len(t.tokens)+2 < size && t.step() {
	}
	return &Vocabulary{t.merges, append(t.tokens, clipBegin, clipEnd)}, nil
}

// Size returns the number of tokens.
func (v *Vocabulary) Size() int { return len(v.tokens) }

// Write writes vocab.json, merges.txt and tokenizer_config.json into the folder dir, where [Open] finds them, and
// CLIPTokenizer and CLIPTokenizerFast of transformers. Texts will be cut to maxLength ids.
func (v *Vocabulary) Write(dir string, maxLength int) error {
	for _, file := range []struct {
		name string
		data []byte
	}{
		{vocabName, v.vocabJSON()},
		{mergesName, v.mergesText()},
		{"tokenizer_config.json", clipConfig(maxLength)},
	} {
		write := func(w io.Writer) error {
			_, err := w.Write(file.data)
			return err
		}
		if err := aside.Write(filepath.Join(dir, file.name), nil, write); err != nil {
			return fmt.Errorf("tokenizer: %w", err)
		}
	}
	return nil
}

// vocabJSON writes {"token": id, …} in the order of ids.
func (v *Vocabulary) vocabJSON() []byte {
	var b bytes.Buffer
	for id, token := range v.tokens {
		separator := ",\n"
		if id == 0 {
			separator = "{\n"
		}
		b.WriteString(separator)
		quoted := json.NewEncoder(&b) // a token is valid UTF-8: this cannot fail
		quoted.SetEscapeHTML(false)
		quoted.Encode(token)
		b.Truncate(b.Len() - 1) // the encoder's line break
		fmt.Fprintf(&b, ": %d", id)
	}
	b.WriteString("\n}\n")
	return b.Bytes()
}

func (v *Vocabulary) mergesText() []byte {
	var b bytes.Buffer
	b.WriteString("#version: 0.2\n")
	for _, merge := range v.merges {
		fmt.Fprintf(&b, "%s %s\n", merge[0], merge[1])
	}
	return b.Bytes()
}

func clipConfig(maxLength int) []byte {
	return fmt.Appendf(nil, `{
  "tokenizer_class": "CLIPTokenizer",
  "model_max_length": %d,
  "bos_token": %q,
  "eos_token": %[3]q,
  "pad_token": %[3]q,
  "unk_token": %[3]q
}
`, maxLength, clipBegin, clipEnd)
}

// countWords cuts texts into words and counts them.
func countWords(texts iter.Seq[string]) map[string]int {
	counts := map[string]int{}
	for text := range texts {
		text = clipNormalizer.normalize(strings.ToValidUTF8(text, string(utf8.RuneError)))
		for at := 0; at < len(text); {
			from, to := nextCLIP(text, at)
			// ByteLevel cuts once more, with GPT-2's pattern: words that start with an apostrophe.
			for word := text[from:to]; word != ""; {
				_, n := nextGPT2(word, 0)
				counts[word[:n]]++
				word = word[n:]
			}
			at = to
		}
	}
	return counts
}

// trainer merges the symbols of words.
//
// What is one symbol has been merged as if it stood alone, so one token comes of one merge only, and the count of a
// pair only falls once the step is over that made its symbols.
type trainer struct {
	tokens []string    // by id
	merges [][2]string // each makes a token
	words  []trainedWord
	pairs  map[pairIDs]*pair
	queue  pairQueue
	formed map[pairIDs]struct{} // pairs that the current step has made
}

// trainedWord is a word of the texts as it stands after the merges so far.
type trainedWord struct {
	symbols []int32
	count   int
}

type pairIDs struct{ left, right int32 }

// pair is two neighbours.
type pair struct {
	count int     // in all texts
	words []int32 // where it occurs; it may be gone from some, and some may be there more than once
}

func newTrainer(counts map[string]int) *trainer {
	t := &trainer{
		pairs:  map[pairIDs]*pair{},
		formed: map[pairIDs]struct{}{},
	}
	ids := map[string]int32{}
	for symbol := range clipAlphabet() {
		ids[symbol] = int32(len(t.tokens))
		t.tokens = append(t.tokens, symbol)
	}
	for word, count := range counts {
		symbols := make([]int32, len(word))
		for i := range symbols {
			symbol := string(byteRunes[word[i]])
			if i == len(word)-1 {
				symbol += endOfWord
			}
			symbols[i] = ids[symbol]
		}
		at := int32(len(t.words))
		t.words = append(t.words, trainedWord{symbols, count})
		for i := 1; i < len(symbols); i++ {
			t.change(pairIDs{symbols[i-1], symbols[i]}, at, count)
		}
	}
	t.enqueue()
	return t
}

// change adds to the count of a pair, which is in the word at.
func (t *trainer) change(ids pairIDs, at int32, count int) {
	p := t.pairs[ids]
	if p == nil {
		p = new(pair)
		t.pairs[ids] = p
	}
	p.count += count
	if count > 0 {
		if n := len(p.words); n == 0 || p.words[n-1] != at {
			p.words = append(p.words, at)
		}
		t.formed[ids] = struct{}{}
	}
}

// enqueue puts the pairs that were formed into the queue.
func (t *trainer) enqueue() {
	for ids := range t.formed {
		if p := t.pairs[ids]; p.count >= fewest {
			heap.Push(&t.queue, queuedPair{ids, p.count})
		}
	}
	clear(t.formed)
}

// step does the next merge. It reports whether there was one.
func (t *trainer) step() bool {
	for len(t.queue) > 0 {
		top := heap.Pop(&t.queue).(queuedPair)
		p := t.pairs[top.ids]
		if p.count < top.count { // it got rarer while it waited
			if p.count >= fewest {
				heap.Push(&t.queue, queuedPair{top.ids, p.count})
			}
			continue
		}
		left, right, id := t.tokens[top.ids.left], t.tokens[top.ids.right], int32(len(t.tokens))
		t.tokens = append(t.tokens, left+right)
		t.merges = append(t.merges, [2]string{left, right})
		for _, at := range p.words {
			t.merge(at, top.ids, id)
		}
		delete(t.pairs, top.ids)
		t.enqueue()
		return true
	}
	return false
}

// merge makes one symbol of a pair wherever it is in a word, from the left.
func (t *trainer) merge(at int32, ids pairIDs, id int32) {
	w := &t.words[at]
	old := w.symbols
	symbols := old[:0]
	for i := 0; i < len(old); i++ {
		if i+1 == len(old) || old[i] != ids.left || old[i+1] != ids.right {
			symbols = append(symbols, old[i])
			continue
		}
		t.change(ids, at, -w.count)
		if n := len(symbols); n > 0 {
			t.change(pairIDs{symbols[n-1], ids.left}, at, -w.count)
			t.change(pairIDs{symbols[n-1], id}, at, w.count)
		}
		if i+2 < len(old) {
			t.change(pairIDs{ids.right, old[i+2]}, at, -w.count)
			t.change(pairIDs{id, old[i+2]}, at, w.count)
		}
		symbols = append(symbols, id)
		i++
	}
	w.symbols = symbols
}

// queuedPair is a pair with its count when it was put into the queue.
type queuedPair struct {
	ids   pairIDs
	count int
}

// pairQueue is a heap, the next pair first.
type pairQueue []queuedPair

func (q pairQueue) Len() int { return len(q) }

func (q pairQueue) Less(i, j int) bool {
	a, b := q[i], q[j]
	switch {
	case a.count != b.count:
		return a.count > b.count
	case a.ids.left != b.ids.left:
		return a.ids.left < b.ids.left
	}
	return a.ids.right < b.ids.right
}

func (q pairQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *pairQueue) Push(x any) { *q = append(*q, x.(queuedPair)) }

func (q *pairQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
