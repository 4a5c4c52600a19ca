"""Makes the vocabularies and golden.json.gz of this folder.

    python make.py

Small vocabularies are trained on the words of bench/tokenizers/texts.py, one of each kind and layout, and the original
tokenizers encode texts from there with them. golden.json.gz holds the texts, what ftfy, html.unescape, str.lower and
the normal forms change in them, and for each folder the ids without a limit and the ids cut to the given length.
Everything is to be equal, without tolerance.

Versions: CPython 3.12, openai-clip 1.0.1, ftfy 6.3.1, regex 2026.11.15, transformers 4.57.6, tokenizers 0.22.2.
"""

import gzip
import html
import json
import os
import random
import sys
import unicodedata

import ftfy
import tokenizers
import transformers
from clip.simple_tokenizer import SimpleTokenizer
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../bench/tokenizers"))
import texts  # noqa: E402

CLIP_PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
ENGLISH = "the dog barks and a cat purrs while rain falls on the roof; children are laughing, an engine's idling loudly"


def corpus():
    rng = random.Random(3)
    for _ in range(400):
        yield " ".join(rng.choice(ENGLISH.split() + texts.WORDS) for _ in range(6))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)


def train(model, trainer, normalizer, pre_tokenizer):
    t = tokenizers.Tokenizer(model)
    t.normalizer, t.pre_tokenizer = normalizer, pre_tokenizer
    t.train_from_iterator(corpus(), trainer)
    return json.loads(t.to_str())["model"]


def byte_level(suffix, size):
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), end_of_word_suffix=suffix, show_progress=False
    )
    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    normalizer = normalizers.Sequence([])
    if suffix:
        split = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(CLIP_PATTERN), "removed", invert=True), split])
        normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    model = train(models.BPE(end_of_word_suffix=suffix), trainer, normalizer, split)
    return [m if isinstance(m, list) else m.split() for m in model["merges"]]


def alphabet():
    own = [chr(c) for c in (*range(33, 127), *range(161, 173), *range(174, 256))]
    return own + [chr(256 + n) for n in range(256 - len(own))]


def bpe_files(name, merges, suffix, first, last, config=None):
    folder = os.path.join(HERE, name)
    tokens = first + alphabet() + ([c + suffix for c in alphabet()] if suffix else [])
    tokens += ["".join(m) for m in merges] + last
    tokens = list(dict.fromkeys(tokens))
    write(folder + "/vocab.json", json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False))
    write(folder + "/merges.txt", "#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in merges))
    if config:
        write(folder + "/tokenizer_config.json", json.dumps(config, indent=1))


def as_json(cls, source, name, config=None, change=None, **kwargs):
    """The same tokenizer as tokenizer.json."""
    folder = os.path.join(HERE, name)
    t = cls.from_pretrained(os.path.join(HERE, source), **kwargs)
    file = json.loads(t.backend_tokenizer.to_str())
    if change:
        change(file)
    write(folder + "/tokenizer.json", json.dumps(file, ensure_ascii=False, separators=(",", ":")))
    if config is not None:
        write(folder + "/tokenizer_config.json", json.dumps(config, indent=1))


def old_merges(file):
    file["model"]["merges"] = [" ".join(m) for m in file["model"]["merges"]]


def limits(file):
    file["truncation"] = {"direction": "Right", "max_length": 9, "strategy": "LongestFirst", "stride": 0}
    file["padding"] = {
        "strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": None,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
    }


def own_chain(file):
    """Parts that none of the well-known models has."""
    file["normalizer"] = {"type": "Sequence", "normalizers": [
        {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "NFKD"}, {"type": "StripAccents"},
        {"type": "Replace", "pattern": {"String": "dog"}, "content": "cat"}, {"type": "Lowercase"}]}
    file["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "Punctuation", "behavior": "Isolated"}]}
    file["added_tokens"] += [
        {"id": 90, "content": "rain", "single_word": True, "lstrip": False, "rstrip": True, "normalized": True, "special": False},
        {"id": 91, "content": "Roof!", "single_word": False, "lstrip": True, "rstrip": False, "normalized": False, "special": False}]


def vocabularies():
    clip = byte_level("</w>", 900)
    with open(os.path.join(HERE, "clip.txt.gz"), "wb") as f:
        f.write(gzip.compress("\n".join(["a comment"] + [" ".join(m) for m in clip]).encode(), mtime=0))
    bpe_files("clip-files", clip, "</w>", [], ["<|startoftext|>", "<|endoftext|>"])
    as_json(transformers.CLIPTokenizerFast, "clip-files", "clip", {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77}, old_merges)
    gpt2 = byte_level("", 600)
    bpe_files("gpt2-files", gpt2, "", [], ["<|endoftext|>"])
    as_json(transformers.GPT2TokenizerFast, "gpt2-files", "gpt2", {"tokenizer_class": "GPT2Tokenizer", "model_max_length": 1e30})
    bpe_files("roberta-files", gpt2, "", ["<s>", "<pad>", "</s>", "<unk>"], ["<mask>"],
              {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True, "model_max_length": 12})
    as_json(transformers.RobertaTokenizerFast, "roberta-files", "roberta", {"tokenizer_class": "RobertaTokenizer", "model_max_length": 512})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    bert = train(models.WordPiece(unk_token="[UNK]"),
                 trainers.WordPieceTrainer(vocab_size=900, special_tokens=special, show_progress=False),
                 normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer())["vocab"]
    write(os.path.join(HERE, "bert-files/vocab.txt"), "".join(t + "\n" for t in sorted(bert, key=bert.get)))
    as_json(transformers.BertTokenizerFast, "bert-files", "bert", {"tokenizer_class": "BertTokenizer", "model_max_length": 512}, limits)
    write(os.path.join(HERE, "bert/sentence_bert_config.json"), '{"max_seq_length": 10, "do_lower_case": false}')
    as_json(transformers.BertTokenizerFast, "bert-files", "cased", {"tokenizer_class": "BertTokenizer", "do_lower_case": False})
    as_json(transformers.BertTokenizerFast, "bert-files", "own", {"tokenizer_class": "PreTrainedTokenizerFast"}, own_chain)


CLASSES = {
    "clip-files": transformers.CLIPTokenizerFast, "clip": transformers.CLIPTokenizerFast,
    "gpt2-files": transformers.GPT2TokenizerFast, "gpt2": transformers.GPT2TokenizerFast,
    "roberta-files": transformers.RobertaTokenizerFast, "roberta": transformers.RobertaTokenizerFast,
    "bert-files": transformers.BertTokenizerFast, "bert": transformers.BertTokenizerFast,
    "cased": transformers.BertTokenizerFast, "own": transformers.PreTrainedTokenizerFast,
}
LIMIT = 10


def encode(name, all_texts):
    if name == "clip.txt.gz":
        t = SimpleTokenizer(os.path.join(HERE, name))
        begin, end = t.encoder["<|startoftext|>"], t.encoder["<|endoftext|>"]
        whole = [[begin] + t.encode(s) + [end] for s in all_texts]
        return whole, [ids if len(ids) <= LIMIT else ids[: LIMIT - 1] + [end] for ids in whole]
    t = CLASSES[name].from_pretrained(os.path.join(HERE, name))
    t.backend_tokenizer.no_padding()
    t.backend_tokenizer.no_truncation()
    whole = [t(s)["input_ids"] for s in all_texts]
    return whole, [t(s, truncation=True, max_length=LIMIT)["input_ids"] for s in all_texts]


def main():
    vocabularies()
    rng = random.Random(5)
    chosen = texts.WORDS + ["", " ", "\n", "a" * 300, "é" * 120, "!" * 200, "a b " * 60, "e" + "\u0301\u0316\u0323" * 20]
    chosen += ["rain", "brain rain, rain  stops", "the Roof!", "a  Roof!b"]
    chosen += [" ".join(ENGLISH.split()[i : i + 9]) for i in range(9)]
    chosen += random.Random(6).sample(list(texts.every_character()), 60)
    chosen += [texts.one(rng)[:100] for _ in range(180)]
    functions = {
        "fixed": ftfy.fix_text,
        "unescaped": html.unescape,
        "python lower": str.lower,
        "rust lower": normalizers.Lowercase().normalize_str,
        "python NFC": lambda s: unicodedata.normalize("NFC", s),
        "python NFKC": lambda s: unicodedata.normalize("NFKC", s),
    }
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        functions["rust " + form] = getattr(normalizers, form)().normalize_str
    golden = {"texts": chosen, "limit": LIMIT, "changed": {}, "ids": {}}
    for name, function in functions.items():
        golden["changed"][name] = {i: function(s) for i, s in enumerate(chosen) if function(s) != s}
    for name in ["clip.txt.gz", *CLASSES]:
        whole, cut = encode(name, chosen)
        golden["ids"][name] = {"whole": whole, "cut": cut}
        if name in CLASSES:
            t = CLASSES[name].from_pretrained(os.path.join(HERE, name))
            ids = (t.bos_token_id, t.cls_token_id, t.eos_token_id, t.sep_token_id, t.pad_token_id, t.unk_token_id)
            golden["ids"][name] |= {"special": ids, "size": len(t)}
    with open(os.path.join(HERE, "golden.json.gz"), "wb") as f:
        f.write(gzip.compress(json.dumps(golden, separators=(",", ":")).encode(), mtime=0))


if __name__ == "__main__":
    main()
