package tokenizer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// config is what the small files beside a vocabulary say: tokenizer_config.json, special_tokens_map.json and
// sentence_bert_config.json.
type config struct {
	found bool // tokenizer_config.json is there

	Class          string                     `json:"tokenizer_class"`
	AddPrefixSpace bool                       `json:"add_prefix_space"`
	AddBOS         bool                       `json:"add_bos_token"`
	DoLowerCase    *bool                      `json:"do_lower_case"`
	StripAccents   *bool                      `json:"strip_accents"`
	ChineseChars   *bool                      `json:"tokenize_chinese_chars"`
	ModelMaxLength *float64                   `json:"model_max_length"`
	TruncationSide string                     `json:"truncation_side"`
	SplitSpecial   bool                       `json:"split_special_tokens"`
	Added          map[string]addedTokenEntry `json:"added_tokens_decoder"`
	specialTokens
	sentenceLength int // of sentence_bert_config.json; 0 for none
}

// specialTokens name tokens by their roles; special_tokens_map.json is just this.
type specialTokens struct {
	BOS  *tokenField  `json:"bos_token"`
	EOS  *tokenField  `json:"eos_token"`
	Unk  *tokenField  `json:"unk_token"`
	Sep  *tokenField  `json:"sep_token"`
	Pad  *tokenField  `json:"pad_token"`
	CLS  *tokenField  `json:"cls_token"`
	Mask *tokenField  `json:"mask_token"`
	More []tokenField `json:"additional_special_tokens"`
}

// tokenField is a token as a string or as an object.
type tokenField struct {
	addedTokenEntry
	plain bool // a string
}

func (f *tokenField) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &f.Content) == nil {
		f.plain = true
		return nil
	}
	return json.Unmarshal(b, &f.addedTokenEntry)
}

// role is what a special token is for.
type role int

const (
	bosRole role = iota
	eosRole
	unkRole
	sepRole
	padRole
	clsRole
	maskRole
	roles
)

// family is a tokenizer class of transformers with what it takes for granted.
type family struct {
	class  string
	tokens [roles]string
	// normalized says whether special tokens are looked for in the normalized text, if the files do not say.
	normalized bool
}

var (
	clipFamily = family{"CLIPTokenizer", [roles]string{
		bosRole: "<|startoftext|>", eosRole: "<|endoftext|>", unkRole: "<|endoftext|>", padRole: "<|endoftext|>",
	}, true}
	gpt2Family = family{"GPT2Tokenizer", [roles]string{
		bosRole: "<|endoftext|>", eosRole: "<|endoftext|>", unkRole: "<|endoftext|>",
	}, true}
	robertaFamily = family{"RobertaTokenizer", [roles]string{
		bosRole: "<s>", eosRole: "</s>", unkRole: "<unk>", sepRole: "</s>", padRole: "<pad>", clsRole: "<s>", maskRole: "<mask>",
	}, true}
	bertFamily = family{"BertTokenizer", [roles]string{
		unkRole: "[UNK]", sepRole: "[SEP]", padRole: "[PAD]", clsRole: "[CLS]", maskRole: "[MASK]",
	}, false}
)

// family returns the family that the files name; nil for none or another one.
func (c *config) family() *family {
	switch strings.TrimSuffix(c.Class, "Fast") {
	case clipFamily.class:
		return &clipFamily
	case gpt2Family.class:
		return &gpt2Family
	case robertaFamily.class:
		return &robertaFamily
	case bertFamily.class, "DistilBertTokenizer":
		return &bertFamily
	}
	return nil
}

// familyOf tells the families of byte-level BPE apart by their special tokens.
func familyOf(vocab map[string]int32) *family {
	for _, f := range []*family{&clipFamily, &robertaFamily} {
		_, begins := vocab[f.tokens[bosRole]]
		_, ends := vocab[f.tokens[eosRole]]
		if begins && ends {
			return f
		}
	}
	return &gpt2Family
}

func (f folder) readConfig() (*config, error) {
	c := new(config)
	if c.found = f.exists("tokenizer_config.json"); c.found {
		if err := f.readJSON("tokenizer_config.json", c); err != nil {
			return nil, err
		}
	}
	if side := c.TruncationSide; side != "" && side != "right" {
		return nil, fmt.Errorf("tokenizer: %s: truncation_side %q is not supported", f.dir, side)
	}
	if c.SplitSpecial {
		return nil, fmt.Errorf("tokenizer: %s: split_special_tokens is not supported", f.dir)
	}
	if f.exists("special_tokens_map.json") {
		var m specialTokens
		if err := f.readJSON("special_tokens_map.json", &m); err != nil {
			return nil, err
		}
		c.specialTokens.fill(m)
	}
	if f.exists("sentence_bert_config.json") {
		var s struct {
			MaxSeqLength *int `json:"max_seq_length"`
		}
		if err := f.readJSON("sentence_bert_config.json", &s); err != nil {
			return nil, err
		}
		if s.MaxSeqLength != nil {
			if c.sentenceLength = *s.MaxSeqLength; c.sentenceLength <= 0 {
				return nil, fmt.Errorf("tokenizer: %s: max_seq_length %d", f.dir, c.sentenceLength)
			}
		}
	}
	return c, nil
}

// byRole are the fields in the order of roles.
func (s *specialTokens) byRole() [roles]**tokenField {
	return [roles]**tokenField{&s.BOS, &s.EOS, &s.Unk, &s.Sep, &s.Pad, &s.CLS, &s.Mask}
}

// fill takes from other what s does not have.
func (s *specialTokens) fill(other specialTokens) {
	from := other.byRole()
	for r, to := range s.byRole() {
		if *to == nil {
			*to = *from[r]
		}
	}
	if s.More == nil {
		s.More = other.More
	}
}

// roleToken returns the token of a role, "" for none.
func (c *config) roleToken(r role) string {
	if f := *c.byRole()[r]; f != nil {
		return f.Content
	}
	if f := c.family(); f != nil {
		return f.tokens[r]
	}
	return ""
}

// maxLength picks the length that counts, given that of tokenizer.json.
func (c *config) maxLength(ofFile int) int {
	const unlimited = 1e6 // transformers writes 1e30 for "not known"
	switch n := c.ModelMaxLength; {
	case c.sentenceLength > 0:
		return c.sentenceLength
	case n != nil && *n >= 1 && *n < unlimited:
		return int(math.Floor(*n))
	}
	return ofFile
}

func (c *config) bertNormalizer(cleanText bool) bertNormalizer {
	orTrue := func(b *bool) bool { return b == nil || *b }
	n := bertNormalizer{cleanText: cleanText, handleChinese: orTrue(c.ChineseChars), lowercase: orTrue(c.DoLowerCase)}
	n.stripAccents = n.lowercase
	if c.StripAccents != nil {
		n.stripAccents = *c.StripAccents
	}
	return n
}

// finish gives t its added tokens, those of tokenizer.json and those that the configuration adds or changes, and
// the ids of its special tokens.
func (c *config) finish(t *Tokenizer, v vocabulary, entries []addedTokenEntry, padToken string) error {
	list := newAddedList(v.ids)
	for _, e := range entries {
		list.set(e)
	}
	byNumber := func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
	for _, key := range slices.SortedFunc(maps.Keys(c.Added), byNumber) {
		list.set(c.Added[key])
	}
	family := c.family()
	for r := range roles {
		e := addedTokenEntry{Content: c.roleToken(r)}
		field := *c.byRole()[r]
		switch {
		case field != nil && !field.plain:
			e = field.addedTokenEntry
		case entries == nil && family != nil:
			e.Normalized = family.normalized
		}
		if r == maskRole && family == &robertaFamily && (field == nil || field.plain) {
			e.LStrip, e.Normalized = true, false
		}
		list.add(e)
	}
	for _, f := range c.More {
		list.add(f.addedTokenEntry)
	}
	var raw, normalized []addedToken
	for _, e := range list.entries {
		token := addedToken{e.Content, e.ID, e.SingleWord, e.LStrip, e.RStrip}
		if !e.Normalized {
			raw = append(raw, token)
			continue
		}
		if t.normalizer != nil {
			token.content = t.normalizer.normalize(token.content)
		}
		if token.content == "" {
			return fmt.Errorf("nothing is left of the added token %q when it is normalized", e.Content)
		}
		normalized = append(normalized, token)
	}
	t.added, t.addedAfter = newAddedTokens(raw), newAddedTokens(normalized)
	t.setSpecial(c, v, list, padToken)
	t.vocabSize = list.size()
	for _, id := range slices.Concat(t.before, t.after) {
		t.vocabSize = max(t.vocabSize, int(id)+1)
	}
	return nil
}

// setSpecial finds the special ids: by their roles, or else by what stands around a text.
func (t *Tokenizer) setSpecial(c *config, v vocabulary, list *addedList, padToken string) {
	id := func(tokens ...string) int32 {
		for _, token := range tokens {
			if id, ok := list.id(token); ok && token != "" {
				return id
			}
		}
		return None
	}
	t.special = Special{
		BOS: id(c.roleToken(bosRole), c.roleToken(clsRole)),
		EOS: id(c.roleToken(eosRole), c.roleToken(sepRole)),
		Pad: id(c.roleToken(padRole), padToken),
		Unk: id(c.roleToken(unkRole), v.unk),
	}
	if t.special.BOS == None && len(t.before) > 0 {
		t.special.BOS = t.before[0]
	}
	if t.special.EOS == None && len(t.after) > 0 {
		t.special.EOS = t.after[0]
	}
}

// wrap puts special tokens around a text as the family does; files without tokenizer.json do not say.
func (c *config) wrap(t *Tokenizer, v vocabulary) error {
	var before, after role
	switch c.family() {
	case &clipFamily:
		before, after = bosRole, eosRole
	case &robertaFamily, &bertFamily:
		before, after = clsRole, sepRole
	case &gpt2Family:
		if c.AddBOS && t.special.BOS != None {
			t.before = []int32{t.special.BOS}
		}
		return nil
	}
	for _, r := range []role{before, after} {
		if _, ok := v.ids[c.roleToken(r)]; !ok {
			return fmt.Errorf("the special token %q is not in the vocabulary", c.roleToken(r))
		}
	}
	t.before, t.after = []int32{v.ids[c.roleToken(before)]}, []int32{v.ids[c.roleToken(after)]}
	return nil
}

// addedList collects added tokens.
type addedList struct {
	vocab   map[string]int32
	entries []addedTokenEntry
	places  map[string]int // in entries, by content
	next    int32          // id of the next token that is not in the vocabulary
}

func newAddedList(vocab map[string]int32) *addedList {
	return &addedList{vocab: vocab, places: map[string]int{}, next: int32(len(vocab))}
}

// set adds a token or changes one that is there.
func (l *addedList) set(e addedTokenEntry) {
	if place, ok := l.places[e.Content]; ok {
		e.ID = l.entries[place].ID
		l.entries[place] = e
		return
	}
	l.add(e)
}

// add adds a token that is not there yet, with the id that the vocabulary gives it or a new one.
func (l *addedList) add(e addedTokenEntry) {
	if _, ok := l.places[e.Content]; ok || e.Content == "" {
		return
	}
	e.ID = l.next
	if id, ok := l.vocab[e.Content]; ok {
		e.ID = id
	}
	l.places[e.Content] = len(l.entries)
	l.entries = append(l.entries, e)
	l.next = max(l.next, e.ID+1)
}

// size returns the largest id and one.
func (l *addedList) size() int {
	size := 0
	for _, id := range l.vocab {
		size = max(size, int(id)+1)
	}
	for _, e := range l.entries {
		size = max(size, int(e.ID)+1)
	}
	return size
}

// id returns the id of a token.
func (l *addedList) id(token string) (int32, bool) {
	if place, ok := l.places[token]; ok {
		return l.entries[place].ID, true
	}
	id, ok := l.vocab[token]
	return id, ok
}
