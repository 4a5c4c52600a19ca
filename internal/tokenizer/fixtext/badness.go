package fixtext

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/soundspace/soundspace/internal/tokenizer/ucd"
)

// The kinds of characters that appear when UTF-8 is read as a one-byte encoding, as in ftfy's badness.py.
// A hyphen between two characters stands for the range; the Latin letters, \s, \w and so on are computed.
var kinds = map[string]string{
	"common": "\u00a0\u00ad´·–\u2014―…’",
	"c1":     "\u0080-\u009f",
	"bad":    "¤¦¨ª¬¯¸ºƒˆˇ˘˛˜†‡‰⌐◊\ufffd",
	"law":    "§¶",
	"money":  "¢£¥₧€",
	"open":   "¡©«¿΄΅‘‚“„•‹\uf8ff",
	"close":  "®»˝”›™",
	"number": "±-³µ¹¼-¾×÷⁄№∂∆∏∑√∞∩∫≈≠≡≤≥",
	"face":   "°Ò-ÖÙ-Üò-öø-üŌŐŪŲ",
	"Accent": "À-ÑØÜÝĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŒŘŚŞŠŢŤŮŰŸŹŻŽҐ",
	"accent": "ß-ñüāăąćčďđēėęěğģīįķĺļľłœŕśşšťźżžґﬁﬂ",
	"Plain":  "ÞΆΈ-ΊΌΎΏΑ-ΫЁ-Я",
	"plain":  "ά-ωа-џ",
	"box":    "│┌┐┘├┤┬┼═-╬▀▄█▌▐-▓",
	"az":     "a-z",
	"AZ":     "A-Z",
	"blank":  " ",
	"nbsp":   "\u00a0",
	"shy":    "\u00ad",
	"dash":   "\u2014",
}

// suspects lists the sequences that give mojibake away, one a line: for each character in turn a class, which is
// made of the kinds in braces and of single characters. <space>, <word>, <not Latin> and <any> are the regular
// expressions \s, \w, [^A-Za-z] and a dot. The rules that hold only at the start of a text are in isBad.
const suspects = `
{c1}
{bad}{accent}{Accent}{box}{open}{close}{money}{number}{law} {bad}
{az}{AZ} {plain}{Plain} {bad}
{bad} {accent}{Accent}{box}{open}{close}{money}{number}{law}
{accent}{plain}{box}{close}{money}{number} {Accent}
{box}{close}{money}{number} {accent}
{accent}{box}{close} {money}
<space> {Accent} {money}
{Accent}{box} {number}{law}
{accent}{Accent}{box}{money}{close} {open} {number}
{accent}{Accent}{money}{number}{box}{law} {close} {open}
{money}{number}{box} {open}
{az} {Accent} {open}{money}
{box} {face}
{accent}{Accent}{money}{number}{open}{close}{law} {box}
{box} {close}
{accent}{Accent} {open}{close} <word>
Œœ <not_Latin>
{Accent} °
ÂÃÎÐ €œŠš¢£Ÿž{nbsp}{shy}®©°·»{open}{close}–{dash}´
× ²³
ØÙ {common}{money}{bad}{number}{open}ŸŠ®°µ» ØÙ {common}{money}{bad}{number}{open}ŸŠ®°µ»
à ²µ¹¼½¾
√ ±∂†≠®™´≤≥¥µø
≈ °¢
‚ Ä ìîïòôúùû†°¢π
‚ âó àä°ê
в Ђ
ВГРС {c1}{bad}{open}{close}{money}°µ ВГРС
Г ў В Ђ В <any> {az}{AZ}{blank}
Ã {nbsp}¡
{az} ÃÂ {blank}
{az} <space> ÃÂ {blank}
{az}.,?!{close} Â {blank}{open}{close}
β € ™{nbsp}Ά{shy}®°
ΒΓΞΟ {c1}{bad}{open}{close}{money}° ΒΓΞΟ
ā €
`

// positions is, for each place in a rule, the set of rules (a bit each) that take a character there.
type positions [longestRule]uint64

const longestRule = 7

func (p *positions) add(q *positions) {
	for k := range p {
		p[k] |= q[k]
	}
}

// detector matches all rules at once.
type detector struct {
	listed                 map[rune]*positions // of characters that the rules name
	space, word, latin, nl positions           // of computed classes: \s, \w, all but Latin letters, all but \n
	ended                  positions           // the rules that have no more characters there
	ascii                  [utf8.RuneSelf]positions
}

var mojibake = sync.OnceValue(func() *detector {
	d := &detector{listed: map[rune]*positions{}}
	rules := strings.Split(strings.TrimSpace(suspects), "\n")
	if len(rules) > 64 {
		panic("fixtext: more rules than bits")
	}
	for n, rule := range rules {
		classes := strings.Fields(rule)
		for k, class := range classes {
			d.define(class, k, 1<<n)
		}
		for k := len(classes); k < longestRule; k++ {
			d.ended[k] |= 1 << n
		}
	}
	for r := range d.ascii {
		d.ascii[r] = d.of(rune(r))
	}
	return d
})

var kindName = regexp.MustCompile(`\{(\w+)\}`)

// define puts the rules in bit at position k of each character of the class.
func (d *detector) define(class string, k int, bit uint64) {
	switch class {
	case "<space>":
		d.space[k] |= bit
		return
	case "<word>":
		d.word[k] |= bit
		return
	case "<not_Latin>":
		d.latin[k] |= bit
		return
	case "<any>":
		d.nl[k] |= bit
		return
	}
	class = kindName.ReplaceAllStringFunc(class, func(name string) string {
		kind, ok := kinds[name[1:len(name)-1]]
		if !ok {
			panic(fmt.Sprintf("fixtext: no kind of character %s", name))
		}
		return kind
	})
	for _, r := range expand(class) {
		if d.listed[r] == nil {
			d.listed[r] = new(positions)
		}
		d.listed[r][k] |= bit
	}
}

// expand writes out the ranges of a class.
func expand(class string) []rune {
	var out []rune
	in := []rune(class)
	for i, r := range in {
		if r != '-' {
			out = append(out, r)
			continue
		}
		for c := in[i-1] + 1; c < in[i+1]; c++ {
			out = append(out, c)
		}
	}
	return out
}

// of returns what the rules say of r.
func (d *detector) of(r rune) positions {
	var p positions
	if listed := d.listed[r]; listed != nil {
		p = *listed
	}
	if !isASCIILetter(r) {
		p.add(&d.latin)
	}
	if r != '\n' {
		p.add(&d.nl)
	}
	if ucd.IsPythonSpace(r) {
		p.add(&d.space)
	} else if r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) {
		p.add(&d.word)
	}
	return p
}

// isBad reports whether text holds a sequence that is more likely mojibake than meant.
func isBad(text []rune) bool {
	if len(text) > 1 && (text[0] == 'Ã' || text[0] == 'Â') && text[1] == ' ' {
		return true
	}
	d := mojibake()
	var open positions // open[k]: the rules whose first k+1 characters end at this one
	for _, r := range text {
		var p positions
		if r < utf8.RuneSelf {
			p = d.ascii[r]
		} else {
			p = d.of(r)
		}
		for k := longestRule - 1; k > 0; k-- {
			open[k] = open[k-1] & p[k]
		}
		open[0] = p[0]
		for k := 1; k < longestRule; k++ {
			if open[k-1]&d.ended[k] != 0 {
				return true
			}
		}
		if open[longestRule-1] != 0 {
			return true
		}
	}
	return false
}
