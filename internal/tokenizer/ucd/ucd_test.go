package ucd

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// What CPython 3.12 and tokenizers 0.22.2 make of the texts of the tokenizers' goldens (../testdata/make.py).
func TestGolden(t *testing.T) {
	f, err := os.Open("../testdata/golden.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Texts   []string
		Changed map[string]map[string]string
	}
	if err := json.NewDecoder(r).Decode(&golden); err != nil {
		t.Fatal(err)
	}
	for name, function := range map[string]func(string) string{
		"python lower": LowerPython, "rust lower": LowerRust,
		"python NFC": PythonNFC.String, "python NFKC": PythonNFKC.String,
		"rust NFC": RustNFC.String, "rust NFD": RustNFD.String, "rust NFKC": RustNFKC.String, "rust NFKD": RustNFKD.String,
	} {
		changed, ok := golden.Changed[name]
		if !ok || len(changed) < 10 {
			t.Fatalf("%s: %d texts", name, len(changed))
		}
		for i, text := range golden.Texts {
			want, ok := changed[strconv.Itoa(i)]
			if !ok {
				want = text
			}
			if got := function(text); got != want {
				t.Errorf("%s %+q: %+q, want %+q", name, text, got, want)
			}
		}
	}
}

// Long runs of marks are neither cut nor slow.
func TestLongMarks(t *testing.T) {
	const n = 100_000
	got := PythonNFC.String("a" + strings.Repeat("\u0301\u0316", n))
	if want := "á" + strings.Repeat("\u0316", n) + strings.Repeat("\u0301", n-1); got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
}

func TestClasses(t *testing.T) {
	for _, c := range []struct {
		class *Class
		r     rune
		want  bool
	}{
		{OnigLetter, 'é', true}, {OnigLetter, '1', false}, {OnigLetter, '\U000105c0', true}, {OnigLetter, '\ua7ce', false},
		{RegexLetter, '\ua7ce', true}, {OnigNumber, '½', true}, {RegexNumber, '\U00010d40', true},
		{BertPunct, '$', true}, {BertPunct, '\u166d', true}, {BertPunct, '\u2e43', false},
		{BertControl, '\t', false}, {BertControl, '\u200d', true}, {BertControl, '\ufffd', true},
		{BertMark, '\u0301', true}, {BertMark, '\u0898', false}, {RustWord, '_', true}, {RustWord, '\u200d', true},
	} {
		if got := c.class.Has(c.r); got != c.want {
			t.Errorf("%U: %t, want %t", c.r, got, c.want)
		}
	}
	for _, s := range []set{
		regexLetterMore, onigLetterMore, onigLetterLess, bertPunctMore, bertPunctLess, bertMarkLess, stripMarkLess, rustWordMore, rustUnknown,
	} {
		for i, e := range s {
			if e[0] > e[1] || i > 0 && s[i-1][1] >= e[0] || e[1] > unicode.MaxRune {
				t.Errorf("range %d: %x", i, e)
			}
		}
	}
}
