package corpus

import "strings"

// maxPhrase is the number of words of the longest phrase that is cut out of a caption.
const maxPhrase = 7

// phrases cuts a clean caption into the events that it lists: at commas and where "and", "as", "while", "with",
// "followed by", "then", "before" or "after" joins them. A phrase with an article is given without it, too: as a label.
func phrases(caption string) []string {
	var list []string
	add := func(words []string) {
		for len(words) > 0 && leading[words[0]] {
			words = words[1:]
		}
		for len(words) > 0 && dangling[words[len(words)-1]] {
			words = words[:len(words)-1]
		}
		if len(words) == 0 || len(words) > maxPhrase {
			return
		}
		if article := words[0] == "a" || words[0] == "an" || words[0] == "the"; article {
			if len(words) == 1 {
				return
			}
			list = append(list, strings.Join(words[1:], " "))
		}
		list = append(list, strings.Join(words, " "))
	}
	for _, part := range strings.FieldsFunc(caption, func(r rune) bool { return strings.ContainsRune(",;.:", r) }) {
		words := strings.Fields(part)
		start := 0
		for i, w := range words {
			if joints[w] {
				add(words[start:i])
				start = i + 1
			}
		}
		add(words[start:])
	}
	return list
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

var (
	// joints stand between two events.
	joints = set("and as while with followed then before after during when but")
	// leading words are left out at the start of a phrase: it would not stand alone with them.
	leading = set("and as while with by followed then before after later finally also is are was were it its he she they who which that there in on at to of for from into over through some more")
	// dangling words are left out at its end.
	dangling = set("a an the and as while with by then is are in on at to of for from into over through that who which some more")
)
