"""Makes golden.json: what the models of MS-CLAP make of a recording and of texts,
with weights by stream.py. The text encoders are small ones.

torch 2.11, transformers 4.57, msclap 1.3.4. Tolerance: 1e-3 absolute and a cosine
of 0.99999.
"""

import json
import os
import sys

import msclap.models.clap
import torch
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model

folder = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(folder, "../../resnet/testdata"))
from stream import load, rounded, signal

VOCAB, POSITIONS, WIDTH, LAYERS = 50, 12, 128, 2
small = {
    "gpt2": lambda: GPT2Model(GPT2Config(vocab_size=VOCAB, n_positions=POSITIONS, n_embd=WIDTH, n_layer=LAYERS, n_head=2)),
    "bert-base-uncased": lambda: BertModel(BertConfig(
        vocab_size=VOCAB, max_position_embeddings=POSITIONS, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=2, intermediate_size=4 * WIDTH)),
}


class AutoModel:
    from_pretrained = staticmethod(lambda name: small[name]())


msclap.models.clap.AutoModel = AutoModel

# What is not learnt stays as the models compute it.
without = ("spectrogram_extractor", "logmel_extractor", "attn_mask")
goldens = []
for version, audio, width, text, seconds in ((2022, "Cnn14", 2048, "bert-base-uncased", 5), (2023, "HTSAT", 768, "gpt2", 7)):
    model = load(msclap.models.clap.CLAP(
        audioenc_name=audio, sample_rate=44100, window_size=1024, hop_size=320, mel_bins=64, fmin=50, fmax=14000,
        classes_num=527, out_emb=width, text_model=text, transformer_embed_dim=WIDTH, d_proj=1024), without=without)
    ids = torch.tensor([[7, 3, 9, 40, 12, 49, 0, 0], [20, 30, 0, 0, 0, 0, 0, 0]])
    mask = (ids != 0).long()
    tokens = {"input_ids": ids, "attention_mask": mask}
    if version == 2022:
        tokens["token_type_ids"] = torch.zeros_like(ids)
    captions, sounds, scale = model(signal(seconds * 44100, 44100)[None], tokens)
    goldens.append({
        "version": version,
        "audio": rounded(sounds),
        "texts": [row[row != 0].tolist() for row in ids],
        "text": [rounded(v) for v in captions],
        "scale": float(scale),
        "tensors": {name: list(p.shape) for name, p in model.state_dict().items()},
    })
with open(os.path.join(folder, "golden.json"), "w") as f:
    json.dump(goldens, f, separators=(",", ":"))
    f.write("\n")
