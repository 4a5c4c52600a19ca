package tokenizer

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/soundspace/soundspace/internal/tokenizer/ucd"
)

// addedToken is a token that is recognised in a text before it is cut into words.
type addedToken struct {
	content string // as it stands in the text
	id      int32
	// singleWord: only where no letter, digit or underscore touches it.
	// lstrip, rstrip: white space before or behind it belongs to it.
	singleWord, lstrip, rstrip bool
}

// addedTokens finds added tokens: the leftmost, and of those that start there the longest.
type addedTokens struct {
	byFirst [256][]addedToken // by the first byte of content, the longest first
	first   string            // these bytes
}

func newAddedTokens(tokens []addedToken) *addedTokens {
	a := new(addedTokens)
	for _, t := range tokens {
		b := t.content[0]
		if a.byFirst[b] == nil {
			a.first += string([]byte{b})
		}
		a.byFirst[b] = append(a.byFirst[b], t)
	}
	for b := range a.byFirst {
		slices.SortStableFunc(a.byFirst[b], func(s, t addedToken) int { return cmp.Compare(len(t.content), len(s.content)) })
	}
	return a
}

// match is a part of a text: an added token, or with the id None what is between two of them.
type match struct {
	text string
	id   int32
}

// matches cuts s at added tokens. Parts without text are left out.
func (a *addedTokens) matches(s string) iter.Seq[match] {
	return func(yield func(match) bool) {
		done := 0 // end of what was yielded
		for at := 0; at < len(s); {
			start, token := a.find(s, at)
			if token == nil {
				break
			}
			end := start + len(token.content)
			at = end
			if token.singleWord && touchesWord(s, start, end) {
				continue
			}
			if token.lstrip {
				start = max(len(strings.TrimRightFunc(s[:start], unicode.IsSpace)), done)
			}
			if token.rstrip {
				end = len(s) - len(strings.TrimLeftFunc(s[end:], unicode.IsSpace))
			}
			if start > done && !yield(match{s[done:start], None}) {
				return
			}
			if !yield(match{s[start:end], token.id}) {
				return
			}
			done = end
		}
		if done < len(s) {
			yield(match{s[done:], None})
		}
	}
}

// find returns the next added token that starts in s[from:] and where, or nil.
func (a *addedTokens) find(s string, from int) (int, *addedToken) {
	if a.first == "" {
		return 0, nil
	}
	for at := from; ; at++ {
		if len(a.first) == 1 {
			skip := strings.IndexByte(s[at:], a.first[0])
			if skip < 0 {
				return 0, nil
			}
			at += skip
		}
		if at == len(s) {
			return 0, nil
		}
		tokens := a.byFirst[s[at]]
		for i := range tokens {
			if strings.HasPrefix(s[at:], tokens[i].content) {
				return at, &tokens[i]
			}
		}
	}
}

func touchesWord(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	behind, _ := utf8.DecodeRuneInString(s[end:])
	return start > 0 && ucd.RustWord.Has(before) || end < len(s) && ucd.RustWord.Has(behind)
}
