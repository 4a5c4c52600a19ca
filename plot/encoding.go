package plot

// high1252 holds the characters at 0x80 … 0x9f of Windows-1252; 0 where there
// are none. From 0xa0 on it is Latin-1.
var high1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// windows1252 encodes s, with '?' for what the encoding lacks.
func windows1252(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = append(out, windows1252Byte(r))
	}
	return string(out)
}

func windows1252Byte(r rune) byte {
	if r < 0x80 || r >= 0xa0 && r <= 0xff {
		return byte(r)
	}
	for i, h := range high1252 {
		if h == r {
			return byte(0x80 + i)
		}
	}
	return '?'
}
