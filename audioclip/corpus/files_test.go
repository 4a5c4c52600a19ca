package corpus

import (
	"reflect"
	"strings"
	"testing"
)

// An empty value does not move the others of its line to columns that are not theirs.
func TestReadColumns(t *testing.T) {
	got, err := readColumns(strings.NewReader("\ufeffreason\tconcept\tcaption\r\n\tdog\ta dog \r\n\r\nx\train\tdrops"), []string{"caption", "concept"})
	if want := [][]string{{"a dog ", "drops"}, {"dog", "rain"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for text, want := range map[string]string{
		"":                          "no header",
		"concept\tx\n":              `no column "caption"`,
		"concept\tcaption\n\n\ta\n": "line 3: there is no concept",
		"concept\tcaption\ndog\n":   "line 2: there is no caption",
	} {
		if _, err := readColumns(strings.NewReader(text), []string{"concept", "caption"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
