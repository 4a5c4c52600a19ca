"""Makes the models of the test in this folder: small ones with random weights, in the layouts
and formats that checkpoints of CLAP come in, and what the original implementations compute.

Made with Python 3.12, torch 2.11.0, transformers 4.57, laion_clap 1.1.7, safetensors 0.8.0, all on
a CPU. Run: python make.py FOLDER

  unfused/  ClapModel of transformers: config.json, model.safetensors, pytorch_model.bin, golden.json
  fused/    ClapModel with fusion, the same but for pytorch_model.bin
  laion/    CLAP of laion_clap with fusion, as its training saves it: model.pt, golden.json. Its
            configurations are of full size only, so the parts of the model are built here, of its
            classes, with smaller numbers.

The spectrograms are -100 + 130·u with u from the names "NAME.PLANE", see stream.Uniform in Go.
"""

import json
import os
import sys
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch
from transformers import ClapAudioConfig, ClapConfig, ClapModel, ClapTextConfig, RobertaConfig, RobertaModel


def uniform(name, n):
    h = 14695981039346656037
    for b in name.encode():
        h = ((h ^ b) * 1099511628211) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


def spectrograms(name, planes, frames, mels):
    """float32 [planes, frames, mels]"""
    u = np.stack([uniform(f"{name}.{p}", frames * mels) for p in range(planes)])
    return torch.tensor((-100 + 130 * u).astype(np.float32).reshape(planes, frames, mels))


def randomize(model, seed):
    """Gives a model weights with which every part of it matters."""
    g = torch.Generator().manual_seed(seed)
    mel_norms = ("audio_encoder.batch_norm.", "audio_branch.bn0.")
    with torch.no_grad():
        for name, t in list(model.named_parameters()) + list(model.named_buffers()):
            if not t.is_floating_point() or "attn_mask" in name or "extractor" in name:
                continue
            last, mel = name.split(".")[-1], any(m in name for m in mel_norms)
            r = torch.rand(t.shape, generator=g) * 2 - 1
            if last == "running_var":
                r = 250 + 50 * r if mel else 1 + 0.5 * r
            elif last == "running_mean":
                r = -40 + 10 * r if mel else 0.2 * r
            elif last == "relative_position_bias_table":
                r = 0.5 * r
            elif last == "logit_scale_a":
                r = torch.tensor(3.3)
            elif t.ndim == 0:
                continue
            elif t.ndim == 1:
                r = 1 + 0.2 * r if last == "weight" else 0.1 * r
            elif "embeddings" in name:
                r = 0.5 * r
            else:
                r = r * (3 / t[0].numel()) ** 0.5
            t.copy_(r)
    return model.eval()


TEXTS = [[0, 5, 17, 39, 2], [0, 2], [0] + [3 + (7 * i) % 37 for i in range(20)] + [2]]


def pad(texts):
    longest = max(map(len, texts))
    ids = torch.tensor([t + [1] * (longest - len(t)) for t in texts])
    return ids, (ids != 1).long()


def floats(t):
    return [[float(v) for v in row] for row in t]


def golden(audio, text, recordings, mels, **more):
    """recordings are (name, frames, longer)."""
    return {
        "mels": mels,
        "recordings": [{"name": n, "frames": f, "longer": l} for n, f, l in recordings],
        "texts": TEXTS,
        "audio_embeds": floats(torch.nn.functional.normalize(audio, dim=-1)),
        "text_embeds": floats(torch.nn.functional.normalize(text, dim=-1)),
        **more,
    }


def save_golden(folder, g):
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(g, f, separators=(",", ":"))
        f.write("\n")


def hugging_face(root, fused, frames, depths, heads, window, spec_size, mels):
    folder = os.path.join(root, "fused" if fused else "unfused")
    os.makedirs(folder, exist_ok=True)
    audio = ClapAudioConfig(
        window_size=window, num_mel_bins=mels, spec_size=spec_size, hidden_size=8 << (len(depths) - 1),
        depths=depths, num_attention_heads=heads, enable_fusion=fused, patch_embeds_hidden_size=8)
    text = ClapTextConfig(
        vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40,
        max_position_embeddings=26)
    config = ClapConfig(text_config=text.to_dict(), audio_config=audio.to_dict(), projection_dim=12)
    model = randomize(ClapModel(config), 1 + fused)
    recordings = [("first", frames, False), ("second", frames, fused)]
    planes = 4 if fused else 1
    x = torch.stack([spectrograms(n, planes, f, mels) for n, f, _ in recordings])
    ids, mask = pad(TEXTS)
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, input_features=x,
                    is_longer=torch.tensor([[l] for _, _, l in recordings]))
    g = golden(out.audio_embeds, out.text_embeds, recordings, mels,
               pooled=floats(out.audio_model_output.pooler_output), scale=model.logit_scale_a.exp().item())
    save_golden(folder, g)
    model.save_pretrained(folder, safe_serialization=True)
    if not fused:
        torch.save(model.state_dict(), os.path.join(folder, "pytorch_model.bin"))


def laion(root):
    # The package loads tokenizers, which are not needed here, from the network when it is imported.
    with mock.patch("transformers.PreTrainedTokenizerBase.from_pretrained"):
        from laion_clap.clap_module import htsat, model as clap

    folder = os.path.join(root, "laion")
    os.makedirs(folder, exist_ok=True)
    mels, depths, heads = 64, [1, 1, 2], [1, 2, 4]
    audio_cfg = dict(audio_length=1024, clip_samples=480000, mel_bins=mels, sample_rate=48000, window_size=64,
                     hop_size=480, fmin=50, fmax=14000, class_num=4, model_type="HTSAT", model_name="tiny")
    text_cfg = dict(context_length=77, vocab_size=40, width=64, heads=1, layers=1, model_type="roberta")

    def small_htsat(cfg, enable_fusion, fusion_type):
        return htsat.HTSAT_Swin_Transformer(
            spec_size=256, patch_size=4, patch_stride=(4, 4), num_classes=cfg.class_num, embed_dim=4, depths=depths,
            num_heads=heads, window_size=4, config=cfg, enable_fusion=enable_fusion, fusion_type=fusion_type)

    roberta = RobertaModel(RobertaConfig(
        vocab_size=40, hidden_size=64, num_hidden_layers=1, num_attention_heads=1, intermediate_size=24,
        max_position_embeddings=26, type_vocab_size=1, layer_norm_eps=1e-5, attn_implementation="eager"))
    with mock.patch.object(clap, "create_htsat_model", small_htsat), \
            mock.patch.object(clap.RobertaModel, "from_pretrained", lambda *_: roberta):
        model = clap.CLAP(4 << (len(depths) - 1), SimpleNamespace(**audio_cfg), SimpleNamespace(**text_cfg),
                          enable_fusion=True, fusion_type="aff_2d", joint_embed_shape=12)
    model.text_projection[0] = torch.nn.Linear(64, 12)
    randomize(model, 3)
    recordings = [("first", 1001, False), ("second", 1001, True), ("third", 1024, True)]
    ids, mask = pad(TEXTS)
    audio, pooled, fine = [], [], []
    with torch.no_grad():
        for n, f, l in recordings:
            out = model.encode_audio({"longer": torch.tensor([l]), "mel_fusion": spectrograms(n, 4, f, mels)[None]}, "cpu")
            pooled.append(out["embedding"][0])
            audio.append(model.audio_projection(out["embedding"])[0])
            fine.append(out["fine_grained_embedding"][0])
        text = model.encode_text({"input_ids": ids, "attention_mask": mask}, "cpu")
    # The fine-grained embeddings are repeated for each frame of a step.
    steps = 64 >> (len(depths) - 1) << 2
    repeated = fine[1].shape[0] // steps
    g = golden(torch.stack(audio), text, recordings, mels, pooled=floats(torch.stack(pooled)),
               fine=floats(fine[1][::repeated, :4]), scale=model.logit_scale_a.exp().item())
    save_golden(folder, g)
    scales = torch.optim.Adam([model.logit_scale_a, model.logit_scale_t])
    state = {"epoch": 1, "name": "mini", "state_dict": {"module." + k: v for k, v in model.state_dict().items()},
             "optimizer": scales.state_dict()}
    torch.save(state, os.path.join(folder, "model.pt"))


if __name__ == "__main__":
    root = sys.argv[1]
    hugging_face(root, False, 60, [2, 2], [2, 4], 4, 64, 16)
    hugging_face(root, True, 100, [1, 2], [1, 2], 4, 64, 16)
    laion(root)
