package text

import (
	"errors"
	"fmt"
)

// Errors of Check.
var (
	ErrEmpty   = errors.New("text: no tokens")
	ErrTooLong = errors.New("text: too many tokens")
	ErrVocab   = errors.New("text: token outside the vocabulary")
)

func check(tokens []int, vocab, longest int) error {
	switch {
	case len(tokens) == 0:
		return ErrEmpty
	case len(tokens) > longest:
		return fmt.Errorf("%w: %d, where the model takes %d", ErrTooLong, len(tokens), longest)
	}
	for i, id := range tokens {
		if id < 0 || id >= vocab {
			return fmt.Errorf("%w: id %d at %d, where the model has %d", ErrVocab, id, i, vocab)
		}
	}
	return nil
}

// mustCheck panics with an error of Check, which the caller ought to have asked.
func mustCheck(err error) {
	if err != nil {
		panic(err.Error())
	}
}
