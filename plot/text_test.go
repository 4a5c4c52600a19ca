package plot

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFitText(t *testing.T) {
	for _, s := range []string{"", "a", "short", strings.Repeat("wide ", 100), strings.Repeat("日本", 50), "ﷺ\u0301\u202e"} {
		for _, width := range []float64{0, 5, 20, 100, 1e6} {
			got := fitText(s, 12, width)
			if w := textWidth(got, 12); w > width {
				t.Errorf("%q in %v: %q is %v wide", s, width, got, w)
			}
			if !utf8.ValidString(got) {
				t.Errorf("%q in %v: %q is not UTF-8", s, width, got)
			}
			if got != s && got != "" && !strings.HasSuffix(got, "…") {
				t.Errorf("%q in %v: %q does not show that it was cut", s, width, got)
			}
			if got != s && textWidth(s, 12) <= width {
				t.Errorf("%q in %v was cut to %q", s, width, got)
			}
		}
	}
	if got, want := fitText("one two three", 12, textWidth("one two…", 12)), "one two…"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":             "plain",
		"tab\there\x00\x7f": "tab here  ",
		"bad \xff\xfe":      "bad \uFFFD",
		"\ufffe\uffff":      "  ",
		"Ωμέγα":             "Ωμέγα",
	} {
		if got := cleanText(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// TestWindows1252 compares with the table of the WHATWG encoding standard.
func TestWindows1252(t *testing.T) {
	if got, want := windows1252("a\u00a0ÿµ·€…–Ÿ日\u0081"), "a\xa0\xff\xb5\xb7\x80\x85\x96\x9f??"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
