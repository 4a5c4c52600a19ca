"""Makes golden.json.gz of this folder: what Hugging Face's trainer learns from a small corpus.

    python make.py

The trainer numbers the symbols that end a word by chance, and so breaks ties between them by chance. "exact" is its
result where these symbols are characters of their own, in the order of the bytes: no chance is left. "suffix" is its
result as it is commonly run, with end_of_word_suffix; the pairs that it merges are the same, ties aside. "ids" are those
of CLIPTokenizerFast for the texts of "encoded" with the vocabulary of "exact". All is to be equal, without tolerance.

Versions: tokenizers 0.22.2, transformers 4.57.6.
"""

import gzip
import json
import os
import random
import sys
import tempfile

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizerFast

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../../bench/tokenizers"))
import texts  # noqa: E402

SIZE, LIMIT = 900, 24
PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
NORMALIZER = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
SPLIT = pre_tokenizers.Sequence(
    [pre_tokenizers.Split(Regex(PATTERN), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
END = 0x1000  # from a character to the one that stands for it at the end of a word

SUBJECTS = "dog,puppy,rooster,motorbike,engine,helicopter,door,kettle,thunderstorm,violin,baby,crowd,Großmutter,garçon".split(",")
VERBS = "barks,howls,hums,rattles,slams,whistles,rumbles,cries,cheers,sings,isn't heard,'s creaking,starts,stops,restarts".split(",")
WHERE = "in the distance,nearby,on a tin roof,under water,3 times,at 10:45,behind a wall,in the rain!,again and again".split(",")


def corpus():
    rng = random.Random(11)
    one = lambda words: words[min(int(rng.expovariate(0.25)), len(words) - 1)]
    for _ in range(500):
        first = f"a {one(SUBJECTS)} {one(VERBS)} {one(WHERE)}"
        yield rng.choice([first, first.capitalize(), f"{first},  then the {one(SUBJECTS)} {one(VERBS)}", "aaaa" * rng.randrange(9)])
    yield from (" ".join(rng.choice(texts.WORDS) for _ in range(4)) for _ in range(60))


def merges_of(t):
    return [m if isinstance(m, list) else m.split() for m in json.loads(t.to_str())["model"]["merges"]]


def with_suffix(lines):
    t = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    t.normalizer, t.pre_tokenizer = NORMALIZER, SPLIT
    t.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=SIZE, min_frequency=2, initial_alphabet=ALPHABET, end_of_word_suffix="</w>", show_progress=False))
    return merges_of(t)


def exact(lines):
    words = []
    for line in lines:
        words.append(" ".join(
            w[:-1] + chr(ord(w[-1]) + END) for w, _ in SPLIT.pre_tokenize_str(NORMALIZER.normalize_str(line))))
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    t.train_from_iterator(words, trainers.BpeTrainer(
        vocab_size=SIZE - 2, min_frequency=2, initial_alphabet=ALPHABET + [chr(ord(c) + END) for c in ALPHABET],
        show_progress=False))
    plain = lambda s: s if ord(s[-1]) < END else s[:-1] + chr(ord(s[-1]) - END) + "</w>"
    tokens = [plain(s) for s in sorted(t.get_vocab(), key=t.get_vocab().get)]
    return tokens + ["<|startoftext|>", "<|endoftext|>"], [[plain(a), plain(b)] for a, b in merges_of(t)]


def encode(tokens, merges, encoded):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/vocab.json", "w") as f:
            json.dump({t: i for i, t in enumerate(tokens)}, f)
        with open(folder + "/merges.txt", "w") as f:
            f.write("#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in merges))
        t = CLIPTokenizerFast.from_pretrained(folder, model_max_length=LIMIT)
        return [t(s, truncation=True)["input_ids"] for s in encoded]


def main():
    lines = list(corpus())
    tokens, merges = exact(lines)
    rng = random.Random(12)
    encoded = rng.sample(lines, 60) + ["", "  ", "the puppy's howling Ünïcode 漢字 <|endoftext|> x", "a" * 200]
    golden = {"texts": lines, "size": SIZE, "limit": LIMIT, "tokens": tokens, "merges": merges, "suffix": with_suffix(lines),
              "encoded": encoded, "ids": encode(tokens, merges, encoded)}
    with open(os.path.join(HERE, "golden.json.gz"), "wb") as f:
        f.write(gzip.compress(json.dumps(golden, separators=(",", ":")).encode(), mtime=0))


if __name__ == "__main__":
    main()
