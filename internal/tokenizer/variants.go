package tokenizer

// OriginalCLIP returns a tokenizer with t's vocabulary that treats texts as openai/CLIP and open_clip do (see
// [OpenCLIP]). They differ from Hugging Face's CLIPTokenizerFast, which is what Open returns, where a text has HTML
// entities, garbled letters or special tokens in it. It returns nil if the vocabulary is not CLIP's.
func (t *Tokenizer) OriginalCLIP() *Tokenizer {
	if _, ok := t.model.(*clipModel); ok {
		return t
	}
	m, ok := t.model.(*bpe)
	if !ok || m.last == m.symbol || len(t.before) != 1 || len(t.after) != 1 {
		return nil
	}
	other := *t
	other.added, other.addedAfter = newAddedTokens(nil), newAddedTokens(nil)
	other.normalizer = normalizeFunc(cleanCLIP)
	other.splitters = []splitter{{next: nextOriginalCLIP}}
	other.model = &clipModel{*m, t.before[0], t.after[0]}
	return &other
}

// WithAdded returns a tokenizer that recognises one more token in a text, before it is cut into words, as
// transformers' add_special_tokens makes it. Everything else is t's. It panics if content is empty.
func (t *Tokenizer) WithAdded(content string, id int32) *Tokenizer {
	if content == "" {
		panic("tokenizer: an empty token was added")
	}
	tokens := []addedToken{{content: content, id: id}}
	for _, list := range t.added.byFirst {
		tokens = append(tokens, list...)
	}
	other := *t
	other.added = newAddedTokens(tokens)
	other.vocabSize = max(t.vocabSize, int(id)+1)
	return &other
}
