"""Writes LAION-CLAP models of full size with random weights, in the layouts and formats that
checkpoints come in, with recordings and texts and the vectors that transformers computes for them.
The program in this folder compares what audioclip makes of the same files.

    python clap.py FOLDER [--size tiny|base|large] [--fused] [--layouts hf,bin,laion,openclip]

Folders FOLDER/clap-SIZE[-fused]-LAYOUT take 0.6 GB (tiny) to 1.3 GB (large) each. The vocabulary
is RoBERTa's in size only: it holds the bytes and the special tokens. Needs torch, transformers,
safetensors, soundfile.
"""

import argparse
import json
import os
from unittest import mock

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import ClapAudioConfig, ClapConfig, ClapFeatureExtractor, ClapModel, ClapTextConfig, RobertaTokenizer

from fixtures import TEXTS, Golden, randomize, recording

SIZES = {"tiny": (96, [2, 2, 6, 2]), "base": (128, [2, 2, 12, 2]), "large": (256, [2, 2, 12, 2])}
RATE = 48000
MOST = 77  # tokens: laion_clap and OpenCLIP cut longer texts, transformers does not


def recordings(fused):
    """Signals of 1 s, 3.3 s and 10 s, and 15 s if the model takes that at once."""
    return [recording(int(seconds * RATE), RATE, i) for i, seconds in enumerate([1, 3.3, 10] + [15] * fused)]


def quantized(clip):
    """As laion_clap hears it: rounded to 16 bits, towards 0."""
    return ((np.clip(clip, -1, 1) * 32767).astype(np.int16) / 32767).astype(np.float32)


def tokenizer(folder):
    """Writes vocab.json and merges.txt of a vocabulary without merges, and returns its tokenizer."""
    from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

    tokens = ["<s>", "<pad>", "</s>", "<unk>"] + list(bytes_to_unicode().values()) + ["<mask>"]
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as f:
        json.dump({t: i for i, t in enumerate(tokens)}, f, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n")
    return RobertaTokenizer(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"))


def laion_names(state):
    """The state of a ClapModel under the names of laion_clap, queries, keys and values in one."""
    out, replaced = {}, [
        ("audio_model.audio_encoder.", "audio_branch."), ("text_model.", "text_branch."),
        ("batch_norm.", "bn0."), (".layernorm_before.", ".norm1."), (".layernorm_after.", ".norm2."),
        ("audio_projection.linear1.", "audio_projection.0."), ("audio_projection.linear2.", "audio_projection.2."),
        ("text_projection.linear1.", "text_projection.0."), ("text_projection.linear2.", "text_projection.2.")]
    in_blocks = [(".attention.output.dense.", ".attn.proj."), (".attention.self.", ".attn."),
                 (".intermediate.dense.", ".mlp.fc1."), (".output.dense.", ".mlp.fc2.")]
    for name, t in state.items():
        audio = name.startswith("audio_model.")
        if audio and ".attention.self.query." in name:
            t = torch.cat([state[name.replace("query", n)] for n in ("query", "key", "value")])
            name = name.replace("query", "qkv")
        elif audio and (".attention.self.key." in name or ".attention.self.value." in name):
            continue
        for old, new in replaced + in_blocks * audio:
            name = name.replace(old, new)
        out[name] = t
    return out


def openclip_names(state):
    out = {}
    for name, t in laion_names(state).items():
        for old, new in [("audio_branch.", "audio.encoder."), ("audio_projection.", "audio.proj."),
                         ("text_branch.", "text.transformer."), ("text_projection.", "text.proj."),
                         ("logit_scale_a", "logit_scale")]:
            if name.startswith(old):
                name = new + name[len(old):]
                break
        if name != "logit_scale_t" and not name.endswith((".position_ids", ".token_type_ids")):
            out[name] = t.contiguous()
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--fused", action="store_true")
    parser.add_argument("--layouts", default="hf,bin,laion,openclip")
    args = parser.parse_args()

    width, depths = SIZES[args.size]
    audio = ClapAudioConfig(patch_embeds_hidden_size=width, depths=depths, hidden_size=8 * width, enable_fusion=args.fused)
    layouts = args.layouts.split(",")
    # laion_clap and OpenCLIP build RoBERTa with 1e-5, and it is nowhere in their files.
    eps = 1e-12 if set(layouts) <= {"hf", "bin"} else 1e-5
    config = ClapConfig(text_config=ClapTextConfig(layer_norm_eps=eps).to_dict(), audio_config=audio.to_dict())
    model = randomize(ClapModel(config))
    with torch.no_grad():
        model.logit_scale_a.fill_(3.312)
    extractor = ClapFeatureExtractor(
        frequency_min=50, frequency_max=14000, truncation="fusion" if args.fused else "rand_trunc", padding="repeatpad")
    state = model.state_dict()
    for layout in layouts:
        folder = os.path.join(args.folder, f"clap-{args.size}{'-fused' * args.fused}-{layout}")
        os.makedirs(folder, exist_ok=True)
        tokens = tokenizer(folder)
        golden = Golden(model.logit_scale_a.exp().item())
        with torch.no_grad():
            for clip in recordings(args.fused):
                # Parts of long recordings begin at chance; here as early as they can.
                with mock.patch("numpy.random.choice", lambda a, *_: a[0]), mock.patch("numpy.random.randint", lambda *_: 0):
                    x = extractor(quantized(clip) if layout == "laion" else clip, sampling_rate=RATE, return_tensors="pt")
                # One clip of a batch passes for a longer one if none is.
                x["is_longer"] = torch.tensor([[args.fused and len(clip) > 10 * RATE]])
                golden.add_audio(clip, RATE, model.get_audio_features(**x)[0])
            for text in TEXTS:
                ids = tokens(text, truncation=True, max_length=512 if layout in ("hf", "bin") else MOST, return_tensors="pt")
                golden.add_text(text, model.get_text_features(**ids)[0])
        golden.write(folder)
        if layout in ("hf", "bin"):
            config.save_pretrained(folder)
            extractor.save_pretrained(folder)
        if layout == "hf":
            save_file({k: t.contiguous() for k, t in state.items()}, os.path.join(folder, "model.safetensors"))
        elif layout == "bin":
            torch.save(state, os.path.join(folder, "pytorch_model.bin"))
        elif layout == "laion":
            named = {"module." + k: t for k, t in laion_names(state).items()}
            torch.save({"epoch": 1, "name": folder, "state_dict": named}, os.path.join(folder, "model.pt"))
        elif layout == "openclip":
            save_file(openclip_names(state), os.path.join(folder, "open_clip_model.safetensors"))
        else:
            raise SystemExit(f"unknown layout {layout}")


if __name__ == "__main__":
    main()
