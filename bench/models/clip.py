"""Writes CLIP models of full size with random weights, in the layouts and formats that checkpoints
come in, with texts and pictures and the vectors that the original of each layout makes of them.

    python clip.py FOLDER [--models ViT-B-32,ViT-B-16,ViT-L-14,RN50] [--layouts jit,state,hf,bin,openclip,quickgelu]

jit and state are openai/CLIP's (a TorchScript archive with half-precision weights, as published, and
a plain dictionary), hf and bin transformers', openclip and quickgelu OpenCLIP's (safetensors and
.bin). Needs openai-clip, transformers, open_clip_torch, safetensors, soundfile.
"""

import argparse
import gzip
import json
import os
import shutil
import sys

# This script has the name of the package.
sys.path.append(sys.path.pop(0))
import clip
import clip.model
import open_clip
import torch
from clip.simple_tokenizer import bytes_to_unicode, default_bpe
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizerFast

from fixtures import TEXTS, Golden, pictures, randomize

# embed_dim, image_resolution, vision_layers, vision_width, vision_patch_size, context_length, vocab_size, text width, heads, layers
SIZES = {
    "ViT-B-32": (512, 224, 12, 768, 32, 77, 49408, 512, 8, 12),
    "ViT-B-16": (512, 224, 12, 768, 16, 77, 49408, 512, 8, 12),
    "ViT-L-14": (768, 224, 24, 1024, 14, 77, 49408, 768, 12, 12),
    "RN50": (1024, 224, (3, 4, 6, 3), 64, None, 77, 49408, 512, 8, 12),
    # The text encoder of ViT-H-14 beside a smaller vision transformer.
    "H-14-text": (1024, 224, 12, 768, 32, 77, 49408, 1024, 16, 24),
}
SCALE = 4.2


def tokenizer_files(folder):
    """Writes vocab.json and merges.txt as Hugging Face has them."""
    with gzip.open(default_bpe(), "rt", encoding="utf-8") as f:
        merges = f.read().split("\n")[1 : 49152 - 256 - 2 + 1]
    tokens = list(bytes_to_unicode().values())
    tokens += [t + "</w>" for t in tokens] + ["".join(m.split()) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as f:
        json.dump({t: i for i, t in enumerate(tokens)}, f, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n" + "\n".join(merges) + "\n")


def encode(golden, text, image):
    """Adds what functions of a text and of a picture return."""
    with torch.no_grad():
        for t in TEXTS:
            golden.add_text(t, text(t))
        for p in pictures():
            golden.add_image(p, image(p))


def openai(name, folder, layout):
    model = clip.model.CLIP(*SIZES[name])
    randomize(model)
    model.logit_scale.data.fill_(SCALE)
    path = os.path.join(folder, name + ".pt")
    if layout == "jit":
        clip.model.convert_weights(model)
        resolution = model.visual.input_resolution
        for key in ("context_length", "vocab_size"):
            value = getattr(model, key)
            delattr(model, key)
            model.register_buffer(key, torch.tensor(value))
        model.register_buffer("input_resolution", torch.tensor(resolution))
        inputs = torch.rand(1, 3, resolution, resolution), torch.ones(1, 77, dtype=torch.int64)
        torch.jit.save(torch.jit.trace(model, inputs, check_trace=False), path)
    else:
        torch.save(model.state_dict(), path)
    del model
    shutil.copy(default_bpe(), folder)
    if layout == "jit":
        model, preprocess = clip.load(path, device="cpu")
    else:  # clip.load fails on them: it reads on where the attempt to read an archive ended
        model = clip.model.build_model(torch.load(path)).float()
        preprocess = clip.clip._transform(model.visual.input_resolution)
    golden = Golden(model.logit_scale.exp().item())
    encode(golden, lambda t: model.encode_text(clip.tokenize([t], truncate=True)), lambda p: model.encode_image(preprocess(p)[None]))
    golden.write(folder)


def huggingface(name, folder, layout):
    embed, size, layers, width, patch, context, vocab, text_width, text_heads, text_layers = SIZES[name]
    config = CLIPConfig(
        projection_dim=embed,
        text_config=dict(
            hidden_size=text_width, num_hidden_layers=text_layers, num_attention_heads=text_heads, intermediate_size=4 * text_width,
            projection_dim=embed, vocab_size=vocab, bos_token_id=0, eos_token_id=2),
        vision_config=dict(
            hidden_size=width, num_hidden_layers=layers, num_attention_heads=width // 64, intermediate_size=4 * width, patch_size=patch,
            image_size=size, projection_dim=embed))
    model = randomize(CLIPModel(config))
    model.logit_scale.data.fill_(SCALE)
    model.save_pretrained(folder, safe_serialization=layout == "hf")
    tokenizer_files(folder)
    tokens = CLIPTokenizerFast.from_pretrained(folder, model_max_length=context)
    processor = CLIPProcessor(CLIPImageProcessor(), tokens)
    processor.save_pretrained(folder)
    if layout == "bin":
        os.remove(os.path.join(folder, "tokenizer.json"))
    del model
    model = CLIPModel.from_pretrained(folder).eval()
    golden = Golden(model.logit_scale.exp().item())
    encode(
        golden,
        lambda t: model.get_text_features(**processor(text=[t], return_tensors="pt", padding=True, truncation=True)),
        lambda p: model.get_image_features(**processor(images=p, return_tensors="pt")))
    golden.write(folder)


def openclip(name, folder, layout):
    embed, size, layers, width, patch, context, vocab, text_width, text_heads, text_layers = SIZES[name]
    config = {
        "embed_dim": embed,
        "vision_cfg": {"image_size": size, "layers": layers, "width": width, "patch_size": patch},
        "text_cfg": {"context_length": context, "vocab_size": vocab, "width": text_width, "heads": text_heads, "layers": text_layers},
    }
    if layout == "quickgelu":
        config["quick_gelu"] = True
    model = open_clip.CLIP(**config)
    randomize(model)
    model.logit_scale.data.fill_(SCALE)
    state = {k: t.contiguous() for k, t in model.state_dict().items()}
    if layout == "quickgelu":
        torch.save(state, os.path.join(folder, "open_clip_pytorch_model.bin"))
    else:
        save_file(state, os.path.join(folder, "open_clip_model.safetensors"))
    prep = {"mean": open_clip.OPENAI_DATASET_MEAN, "std": open_clip.OPENAI_DATASET_STD}
    with open(os.path.join(folder, "open_clip_config.json"), "w") as f:
        json.dump({"model_cfg": config, "preprocess_cfg": prep}, f, indent=2)
    tokenizer_files(folder)
    CLIPTokenizerFast.from_pretrained(folder).save_pretrained(folder)
    preprocess = open_clip.image_transform(size, is_train=False, **prep)
    golden = Golden(model.logit_scale.exp().item())
    tokens = open_clip.SimpleTokenizer()
    encode(golden, lambda t: model.encode_text(tokens([t])), lambda p: model.encode_image(preprocess(p)[None]))
    golden.write(folder)


LAYOUTS = {"jit": openai, "state": openai, "hf": huggingface, "bin": huggingface, "openclip": openclip, "quickgelu": openclip}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--models", default="ViT-B-32,ViT-B-16,ViT-L-14,RN50")
    parser.add_argument("--layouts", default=",".join(LAYOUTS))
    args = parser.parse_args()
    for name in args.models.split(","):
        for layout in args.layouts.split(","):
            if name == "RN50" and LAYOUTS[layout] is huggingface:
                continue  # transformers has none
            folder = os.path.join(args.folder, f"clip-{name}-{layout}")
            os.makedirs(folder, exist_ok=True)
            LAYOUTS[layout](name, folder, layout)


if __name__ == "__main__":
    main()
