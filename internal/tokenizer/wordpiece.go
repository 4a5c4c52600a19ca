package tokenizer

import (
	"unicode/utf8"
)

// wordPiece takes the longest piece in the vocabulary from the front of a word, and of the rest, until nothing is
// left. A word that this does not use up, or that is very long, is one unk.
type wordPiece struct {
	first    map[string]int32 // pieces that a word may start with: the whole vocabulary
	inner    map[string]int32 // pieces behind others, without their prefix (##)
	longest  int              // of all pieces, in bytes
	unk      int32
	maxRunes int // of a word
}

func newWordPiece(vocab map[string]int32, prefix string, unk int32, maxRunes int) *wordPiece {
	m := &wordPiece{first: vocab, inner: make(map[string]int32, len(vocab)), unk: unk, maxRunes: maxRunes}
	for piece, id := range vocab {
		m.longest = max(m.longest, len(piece))
		if len(piece) > len(prefix) && piece[:len(prefix)] == prefix {
			m.inner[piece[len(prefix):]] = id
		}
	}
	return m
}

func (m *wordPiece) appendWord(dst []int32, word string, _ *scratch) []int32 {
	if len(word) > m.maxRunes && utf8.RuneCountInString(word) > m.maxRunes {
		return append(dst, m.unk)
	}
	start := len(dst)
	pieces := m.first
	for rest := word; rest != ""; pieces = m.inner {
		n, id := m.longestPiece(pieces, rest)
		if n == 0 {
			return append(dst[:start], m.unk)
		}
		dst = append(dst, id)
		rest = rest[n:]
	}
	return dst
}

// longestPiece returns the length and the id of the longest of the pieces that s starts with.
func (m *wordPiece) longestPiece(pieces map[string]int32, s string) (int, int32) {
	for n := min(len(s), m.longest); n > 0; n-- {
		if n < len(s) && !utf8.RuneStart(s[n]) {
			continue
		}
		if id, ok := pieces[s[:n]]; ok {
			return n, id
		}
	}
	return 0, None
}
