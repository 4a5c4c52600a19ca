"""Texts that tokenizers get wrong: many scripts, emoji, marks, controls, entities, mojibake, random characters."""

import html.entities
import random
import unicodedata

WORDS = """the a dog barks loudly rain falls on tin roof don't they're I'll we've she'd it's rock'n'roll 'tis
naïve café Ångström façade jalapeño Zürich œuvre ŒUVRE Straße STRASSE İstanbul ISTANBUL ıldız ŉ ǅ ĳsland ﬁre oﬃce ſtop 'ſ
ΟΔΥΣΣΕΥΣ Σ ΑΣ ΣΑΣ ὈΔΥΣΣΕΎΣ λόγος Ψυχή ἀρχὴ ΆΣ'Σ собака лает Ёлка ЙОГУРТ український їжак Ђорђе ქართული Ხ հայերեն
שלום עולם בְּרֵאשִׁית مرحبا العربية ٱلسَّلَامُ فارسی اردو हिन्दी क्षत्रिय বাংলা தமிழ் తెలుగు ಕನ್ನಡ മലയാളം ภาษาไทย ກຳ ລາວ
မြန်မာ ខ្មែរ བོད་ཡིག ᠮᠣᠩᠭᠣᠯ 日本語 ひらがな カタカナ ｶﾞｷﾞ 漢字 中文字符 你好世界 한국어 각 각 㐀𠀀 ＦＵＬＬ　ＷＩＤＴＨ ！？ １２３
😀 👍🏽 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇩🇪 ❤️ ☎︎ 1️⃣ ② Ⅷ ½ ¾ ٣٤ १२ 𝟘𝟙 10³ x² E=mc² 3.14 1,000 €5 $4 #tag @me a_b -- ... … ?! !!! (ok) [x] {y}
<|startoftext|> <|endoftext|> <|ENDOFTEXT|> <s> </s> <mask> <pad> <unk> [CLS] [SEP] [MASK] [UNK] [PAD] <start_of_text>
&amp; &lt;b&gt; &quot; &nbsp; &eacute; &EACUTE; &SZLIG; &amp;amp; &amp;lt; &#39; &#x2019; &#0; &#128; &#150; &#xD800; &#99999999; &notit; &not
&copy2024 &hellip; &ampx &NotEqualTilde; &fjlig; &acE; &semi; &#59; &#x41 &; &# &#x; AT&T R&D <b> ¯\\_(ツ)_/¯ ¸,ø¤º°`°º¤ø,¸
voilÃ  le travail âœ” No problems â€œquotesâ€\u009d donâ€™t schÃ¶n Ã©tÃ© l’été lâ€™Ã©tÃ© Ã la mode Ã quele PÃ£o Â£5 Â  Ð¿Ñ€Ð¸Ð²ÐµÑ‚ РїСЂРёРІРµС‚ вЂ™
à¸ à¸²à¸©à¸² ä¸­æ–‡ ðŸ˜€ ï¿½ â€� IÃ±tÃ«rnÃ¢tiÃ´nÃ lizÃ¦tiÃ¸n √© ‚Äôs Œ≤ ƒ× Ã\u0083Â© Ã¢â‚¬â„¢ ×©×œ×•× Ø³Ù„Ø§Ù… Î±Î²Î³ Ä… Å› Å¡ ˆ˜ ӔͣͨͤX
\x1b[31mred\x1b[0m \x1b[1;3 \x00 \x07 \x7f \x80 \x85 \x91 \x9d \xa0 \xad \u200b \u200c \u200d \u200e \u202e \u2028 \u2029 \u2060 \u206a \ufeff \ufff9 \ufffc \ufffd
\ue000 \uf8ff \U000f0000 \u0378 \U0001fae8 \u0e33 \u1e9e \u212a \u2126 \u01c5 \ufb01 \ufb03 \ufb05 \u1fb3 \u1f88 \u0345 \u0149 \u01f0 \u0390 a\u0301\u0316 a\u0316\u0301 q\u0307\u0323""".split()
SPACES = [" ", " ", " ", " ", " ", "  ", "\n", "\t", "\r\n", "\r", "", "", "\u3000", "\u00a0", "\u2003", "\u0085", "\x1f", "\x0b", "\x0c", "\u180e"]
CODECS = "latin-1 cp1252 cp1251 cp1250 cp1253 cp1254 cp1257 iso8859-2 mac-roman cp437".split()
ENTITIES = sorted(html.entities.html5)


def character(rng):
    while True:
        kind = rng.random()
        if kind < 0.35:
            c = rng.randrange(0x20, 0x7F)
        elif kind < 0.6:
            c = rng.randrange(0x80, 0x600)
        elif kind < 0.8:
            c = rng.randrange(0, 0x3100)
        elif kind < 0.9:
            c = rng.randrange(0, 0x10000)
        else:
            c = rng.randrange(0, 0x32000)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def mistake(rng, text):
    """text in UTF-8 read as something else, perhaps twice, with some bytes lost or made spaces."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = bytearray(text.encode())
        codec = rng.choice(CODECS)
        if rng.random() < 0.15:
            data = bytearray(data.replace(b"\xa0", b" "))
        out = []
        for b in data:
            try:
                out.append(bytes([b]).decode(codec))
            except UnicodeDecodeError:
                out.append(rng.choice((chr(b), chr(b), "\ufffd", "?")))
        text = "".join(out)
        if rng.random() < 0.1:
            text = text.lower()
        if len(text) > 4000:
            break
    return text


def words(rng):
    return "".join(rng.choice(WORDS) + rng.choice(SPACES) for _ in range(rng.randrange(1, 12)))


def marks(rng):
    return "".join(
        rng.choice("aeioqsΑωих각あ") + "".join(chr(rng.randrange(0x300, 0x370)) for _ in range(rng.choice((1, 2, 3, 40))))
        for _ in range(rng.randrange(1, 5))
    )


def entities(rng):
    out = ""
    for _ in range(rng.randrange(1, 6)):
        name = rng.choice(ENTITIES)
        name = rng.choice((name, name, name.upper(), name.rstrip(";"), name[: rng.randrange(1, len(name) + 1)]))
        out += "&" + rng.choice(("", "", "amp;", "amp;amp;")) + name + rng.choice(("", " ", "x", ";", "é"))
        if rng.random() < 0.3:
            out += f"&#{rng.choice(('', 'x', 'X'))}{rng.randrange(0, 0x120000):{rng.choice('xd')}}{rng.choice(('', ';', 'z'))}"
    return out


def one(rng):
    kind = rng.random()
    if kind < 0.3:
        return words(rng)
    if kind < 0.5:
        return "".join(character(rng) for _ in range(rng.randrange(0, 40)))
    if kind < 0.7:
        return mistake(rng, words(rng))
    if kind < 0.8:
        return words(rng) + mistake(rng, words(rng)) + words(rng)
    if kind < 0.85:
        return marks(rng)
    if kind < 0.92:
        return entities(rng)
    if kind < 0.96:
        return "".join(rng.choice(WORDS) for _ in range(rng.randrange(2, 6)))
    form = rng.choice(("NFC", "NFD", "NFKC", "NFKD"))
    return unicodedata.normalize(form, words(rng)).swapcase()


def every_character():
    """Each assigned character between others, eight to a text."""
    for start in range(0, 0x32000, 8):
        run = [chr(c) for c in range(start, start + 8) if not 0xD800 <= c < 0xE000]
        if any(unicodedata.category(c) != "Cn" for c in run) or start % 4096 == 0:
            yield "a".join(run) + " " + " ".join(run)


def texts(count, seed=1):
    rng = random.Random(seed)
    yield from ("", " ", "\n", "a", "\ufffd", "\x00", "a" * 300, "a b " * 200, "é" * 120, "!" * 200, "1" * 100)
    yield from WORDS
    yield from every_character()
    for _ in range(count):
        yield one(rng)
