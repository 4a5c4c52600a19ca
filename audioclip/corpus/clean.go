package corpus

import "strings"

// Longer sentences, in words, are left out: they are no captions.
const maxWords = 25

// LabelWords is the number of words up to which a sentence counts as a label.
const LabelWords = 4

// Clean returns the form in which sentences are compared and returned: small letters, one blank between words, at the
// ends no quotation marks, full stops, commas, colons or semicolons.
func Clean(s string) string {
	s = strings.ToLower(strings.ToValidUTF8(s, ""))
	return strings.Trim(strings.Join(strings.Fields(s), " "), ` "“”.,;:`)
}

// wordCount counts the words of a clean sentence.
func wordCount(s string) int {
	if s == "" {
		return 0
	}
	return strings.Count(s, " ") + 1
}
