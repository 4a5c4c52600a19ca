package fixtext

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// What ftfy 6.3.1 and Python's html.unescape make of the texts of the tokenizers' goldens (../testdata/make.py).
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
	for name, function := range map[string]func(string) string{"fixed": Fix, "unescaped": Unescape} {
		changed, ok := golden.Changed[name]
		if !ok || len(changed) < 20 {
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

// Examples of ftfy's documentation.
func TestFix(t *testing.T) {
	for text, want := range map[string]string{
		"âœ” No problems":                            "✔ No problems",
		"&macr;\\_(ã\u0083\u0084)_/&macr;":           "¯\\_(ツ)_/¯",
		"Broken text&hellip; it&#x2019;s ﬂubberiﬁc!": "Broken text… it's flubberific!",
		"ＬＯＵＤ　ＮＯＩＳＥＳ":                                "LOUD NOISES",
		"voilÃ le travail":                           "voilà le travail",
		"P&EACUTE;REZ <b>":                           "P&EACUTE;REZ <b>",
		"P&EACUTE;REZ":                               "PÉREZ",
		"BUNDESSTRA&SZLIG;E":                         "BUNDESSTRASSE",
		"\x1b[36;44mI'm blue\x1b[0m":                 "I'm blue",
		"l’été à Ångström":                           "l'été à Ångström",
	} {
		if got := Fix(text); got != want {
			t.Errorf("%+q: %+q, want %+q", text, got, want)
		}
	}
}

// Layers of entities without end are taken off all the same.
func TestEntityLayers(t *testing.T) {
	if got := Fix("&" + strings.Repeat("amp;", 100_000) + "lt;"); got != "<" {
		t.Errorf("%.40q", got)
	}
}

func FuzzFix(f *testing.F) {
	for _, text := range []string{"", "donâ€™t &amp; Ã\u00a0 la", "РїСЂРёРІРµС‚", "\x1b[0m\u0085\r\n", "&#x80;&#0;&notit;", "â€� Ã quele"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd")
		fixed := Fix(text)
		if !utf8.ValidString(fixed) || !utf8.ValidString(Unescape(text)) {
			t.Fatal("not UTF-8")
		}
	})
}
