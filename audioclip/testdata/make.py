"""Makes the models of this folder, small ones with random weights in the layouts that checkpoints
have, and for each golden.json: what the original implementation makes of sounds, texts and pictures.

    python make.py

  clap/      ClapModel of transformers, not fused: model.safetensors and pytorch_model.bin
  fused/     ClapModel with fusion, model.safetensors in shards
  laion/     golden.json only: laion_clap with the weights of ../internal/clap/testdata/laion/model.pt,
             and a tokenizer of as many tokens as that has
  clip/      CLIPModel of transformers: model.safetensors
  openai/    CLIP of openai-clip as TorchScript, with a short bpe_simple_vocab_16e6.txt.gz
  openclip/  CLIP of open_clip: open_clip_config.json, open_clip_model.safetensors
  sentence/  SentenceTransformer: BERT, mean pooling, normalisation

Vocabularies are those of ../../internal/tokenizer/testdata. Where the originals take a random part
of a recording, they are made to take the first. Vectors are scaled to unit length.

Python 3.12, torch 2.11.0, transformers 4.57.6, laion_clap 1.1.7, openai-clip 1.0.1, open_clip_torch 3.3,
sentence-transformers 5.7, soxr 1.1, safetensors 0.8. Tolerance: 1e-4 absolute, a cosine of 0.99999.
"""

import json
import os
import shutil
import sys
import tempfile
from types import SimpleNamespace
from unittest import mock

import numpy as np
import soxr
import torch
from PIL import Image
from safetensors.torch import save_file

import transformers
from transformers import (BertConfig, BertModel, BertTokenizerFast, ClapAudioConfig, ClapConfig, ClapFeatureExtractor,
                          ClapModel, ClapTextConfig, CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast,
                          RobertaConfig, RobertaModel, RobertaTokenizerFast)

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENIZERS = os.path.join(HERE, "../../internal/tokenizer/testdata")
sys.path.insert(0, os.path.join(HERE, "../internal/clap/testdata"))
from make import randomize, uniform  # noqa: E402

RATE = 48000
TEXTS = ["a dog barking", "rain falls on the roof", "", "Ein Güterzug – über die Brücke!", "音楽 🎵 music", "the cat " * 200]


def signal(n, rate, number):
    """A sweep, a tone and noise; the same in the Go test."""
    t = np.arange(n) / rate
    x = 0.4 * np.sin(2 * np.pi * (100 * number + 250 * t) * t) * (1 + np.sin(2 * np.pi * 3 * t)) / 2
    return (x + 0.2 * np.sin(2 * np.pi * 1000 * number * t) + 0.1 * (2 * uniform(f"noise {number}", n) - 1)).astype(np.float32)


def picture(w, h):
    """Smooth in places, wild in others; the same in the Go test."""
    x, y, ch = np.arange(w).reshape(1, w, 1), np.arange(h).reshape(h, 1, 1), np.arange(3)
    return Image.fromarray(((3 * x * x + 5 * y * y + 7 * x * y + 50 * ch + x // 5 * 31) & 255).astype(np.uint8), "RGB")


# (24·77/31 - 24)/2 is a half, where CLIPImageProcessor crops one pixel higher than openai-clip.
PICTURES = [(60, 40), (31, 78), (24, 24)]


def unit(v):
    v = torch.as_tensor(np.asarray(v), dtype=torch.float64).flatten()
    return [float(f"{x:.8g}") for x in v / v.norm()]


def half(model):
    """Rounds the weights to what float16 can hold."""
    with torch.no_grad():
        for t in list(model.parameters()) + list(model.buffers()):
            if t.is_floating_point():
                t.copy_(t.half())
    return model


def as_half(state):
    return {k: (v.half() if v.is_floating_point() else v).contiguous().clone() for k, v in state.items()}


def folder_of(name):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    return folder


def write(folder, name, content):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        json.dump(content, f, separators=(",", ":"), ensure_ascii=False)
        f.write("\n")


def copy(tokenizer, folder, *files):
    for name in files:
        shutil.copyfile(os.path.join(TOKENIZERS, tokenizer, name), os.path.join(folder, name))


first_part = (mock.patch("numpy.random.choice", lambda a, *_: a[0]), mock.patch("numpy.random.randint", lambda *_: 0))


def clap_goldens(embed, fused):
    """embed makes a vector of samples at 48 kHz and whether they are long."""
    ten = 10 * RATE
    goldens = []
    for seconds in [1.3, 10, 13]:
        n, number = int(seconds * RATE), len(goldens) + 1
        x = signal(n, RATE, number)
        if n <= ten or fused:
            vector = embed(x, n > ten)
        else:
            windows = [embed(x[s:s + ten], False) for s in (0, n - ten)]
            vector = np.mean([v / np.linalg.norm(v) for v in windows], axis=0)
        goldens.append({"samples": n, "rate": RATE, "number": number, "vector": unit(vector)})
        if n > ten:  # one vector for each window
            goldens[-1]["windows"] = [unit(embed(x[s:s + ten], False)) for s in (0, n - ten)]
    # Stereo at another rate.
    rate = 44100
    left, right = signal(2 * rate, rate, 4), signal(2 * rate, rate, 5)
    x = soxr.resample((left.astype(np.float64) + right) / 2, rate, RATE, "VHQ").astype(np.float32)
    goldens.append({"samples": 2 * rate, "rate": rate, "number": 4, "stereo": True, "vector": unit(embed(x, False))})
    return goldens


def hugging_face_clap(fused):
    folder = folder_of("fused" if fused else "clap")
    tokens = RobertaTokenizerFast.from_pretrained(os.path.join(TOKENIZERS, "roberta-files"), model_max_length=40,
                                                  add_prefix_space=False)
    audio = ClapAudioConfig(depths=[1, 2], num_attention_heads=[1, 2], window_size=4, hidden_size=16, patch_embeds_hidden_size=8,
                            enable_fusion=fused)
    text = ClapTextConfig(vocab_size=len(tokens), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                          intermediate_size=32, max_position_embeddings=42)
    model = half(randomize(ClapModel(ClapConfig(text_config=text.to_dict(), audio_config=audio.to_dict(), projection_dim=16)), 5 + fused))
    extractor = ClapFeatureExtractor(frequency_min=50, frequency_max=14000, truncation="fusion" if fused else "rand_trunc", padding="repeatpad")

    def embed(x, longer, get=model.get_audio_features):
        with first_part[0], first_part[1], torch.no_grad():
            features = extractor(x, sampling_rate=RATE, return_tensors="pt")
            # One recording of a batch passes for a long one if none is.
            features["is_longer"] = torch.tensor([[longer]])
            return get(**features)[0].numpy()

    def projected(**features):
        return model.audio_projection(model.audio_model(**features).pooler_output)

    # Random weights make nearly the same of everything. Let vectors be about 0, to tell them apart.
    with torch.no_grad():
        probes = [embed(signal(5 * RATE, RATE, k)[k * RATE // 2:], False, projected) for k in range(1, 7)]
        model.audio_projection.linear2.bias -= torch.tensor(np.mean(probes, axis=0))
        half(model)
        texts = [model.get_text_features(**tokens(t, truncation=True, return_tensors="pt"))[0] for t in TEXTS]
    golden = {"dim": 16, "scale": model.logit_scale_a.exp().item(), "audio": clap_goldens(embed, fused),
              "texts": [{"text": t, "vector": unit(v)} for t, v in zip(TEXTS, texts)]}
    write(folder, "golden.json", golden)
    extractor.save_pretrained(folder)
    copy("roberta-files", folder, "vocab.json", "merges.txt")
    write(folder, "tokenizer_config.json", {"tokenizer_class": "RobertaTokenizer", "model_max_length": 40})
    stored = ClapModel(model.config)
    stored.load_state_dict(model.state_dict())
    stored.half()
    if fused:
        stored.save_pretrained(folder, max_shard_size="40KB")
    else:
        stored.save_pretrained(folder)
        torch.save(as_half(model.state_dict()), os.path.join(folder, "pytorch_model.bin"))


def laion():
    """The model of ../internal/clap/testdata/make.py, from its file."""
    folder = folder_of("laion")
    with mock.patch("transformers.PreTrainedTokenizerBase.from_pretrained"):
        from laion_clap.clap_module import htsat, model as clap
        from laion_clap.training.data import float32_to_int16, get_audio_features, int16_to_float32
    audio_cfg = dict(audio_length=1024, clip_samples=480000, mel_bins=64, sample_rate=RATE, window_size=1024,
                     hop_size=480, fmin=50, fmax=14000, class_num=4, model_type="HTSAT", model_name="tiny")
    text_cfg = dict(context_length=77, vocab_size=40, width=64, heads=1, layers=1, model_type="roberta")

    def small_htsat(cfg, enable_fusion, fusion_type):
        return htsat.HTSAT_Swin_Transformer(
            spec_size=256, patch_size=4, patch_stride=(4, 4), num_classes=4, embed_dim=4, depths=[1, 1, 2], num_heads=[1, 2, 4],
            window_size=4, config=cfg, enable_fusion=enable_fusion, fusion_type=fusion_type)

    roberta = RobertaModel(RobertaConfig(
        vocab_size=40, hidden_size=64, num_hidden_layers=1, num_attention_heads=1, intermediate_size=24,
        max_position_embeddings=26, type_vocab_size=1, layer_norm_eps=1e-5, attn_implementation="eager"))
    with mock.patch.object(clap, "create_htsat_model", small_htsat), \
            mock.patch.object(clap.RobertaModel, "from_pretrained", lambda *_: roberta):
        model = clap.CLAP(16, SimpleNamespace(**audio_cfg), SimpleNamespace(**text_cfg), enable_fusion=True,
                          fusion_type="aff_2d", joint_embed_shape=12)
    model.text_projection[0] = torch.nn.Linear(64, 12)
    state = torch.load(os.path.join(HERE, "../internal/clap/testdata/laion/model.pt"), weights_only=True)["state_dict"]
    state = {k.removeprefix("module."): v for k, v in state.items() if "_extractor" not in k}
    missing, extra = model.load_state_dict(state, strict=False)
    assert not extra and all("_extractor" in k for k in missing), (missing, extra)
    model.eval()

    # Letters and two merges are all that 40 tokens leave room for.
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = ["<s>", "<pad>", "</s>", "<unk>"] + list(letters) + ["Ġ", "!", "th", "the", "ing", "in", "Ġa"]
    names += [f"<{i}>" for i in range(39 - len(names))] + ["<mask>"]
    write(folder, "vocab.json", {t: i for i, t in enumerate(names)})
    with open(os.path.join(folder, "merges.txt"), "w") as f:
        f.write("#version: 0.2\nt h\nth e\ni n\nin g\nĠ a\n")
    write(folder, "tokenizer_config.json", {"tokenizer_class": "RobertaTokenizer"})
    tokens = RobertaTokenizerFast(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"))

    def embed(x, longer):
        x = torch.from_numpy(int16_to_float32(float32_to_int16(x)))
        # The parts of a long recording are chosen in get_audio_features.
        with first_part[0], first_part[1], torch.no_grad():
            features = get_audio_features({}, x, 480000, "fusion", "repeatpad", audio_cfg)
            assert bool(features["longer"]) == longer
            return model.get_audio_embedding([features])[0].numpy()

    texts = ["a dog barking", "the rain", "", "in the wind"]
    with torch.no_grad():
        ids = [tokens(t, return_tensors="pt") for t in texts]
        vectors = [model.get_text_embedding(dict(i))[0] for i in ids]
    write(folder, "golden.json", {
        "dim": 12, "scale": model.logit_scale_a.exp().item(), "audio": clap_goldens(embed, True),
        "texts": [{"text": t, "vector": unit(v)} for t, v in zip(texts, vectors)]})


def randomise(model, seed):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            r = torch.randn(p.shape, generator=g)
            if p.dim() == 1:
                p.copy_((1 if name.endswith("weight") else 0) + 0.2 * r)
            elif p.dim() > 1:
                p.copy_(r * (0.5 if "emb" in name else p[0].numel() ** -0.5))
            else:
                p.fill_(3.7)
    return half(model.eval())


def clip_golden(dim, scale, texts, pictures):
    return {"dim": dim, "scale": scale, "texts": [{"text": t, "vector": unit(v)} for t, v in zip(TEXTS, texts)],
            "pictures": [{"width": w, "height": h, "vector": unit(v)} for (w, h), v in zip(PICTURES, pictures)]}


def hugging_face_clip():
    folder = folder_of("clip")
    tokens = CLIPTokenizerFast.from_pretrained(os.path.join(TOKENIZERS, "clip-files"), model_max_length=30)
    text = dict(vocab_size=len(tokens), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
                max_position_embeddings=30, hidden_act="gelu", eos_token_id=tokens.eos_token_id,
                bos_token_id=tokens.bos_token_id, pad_token_id=tokens.pad_token_id)
    vision = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, image_size=24, patch_size=8)
    model = randomise(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)), 1)
    processor = CLIPImageProcessor(size={"shortest_edge": 24}, crop_size={"height": 24, "width": 24})
    with torch.no_grad():
        texts = [model.get_text_features(**tokens(t, truncation=True, return_tensors="pt"))[0] for t in TEXTS]
        pictures = [model.get_image_features(**processor(picture(w, h), return_tensors="pt"))[0] for w, h in PICTURES]
    write(folder, "golden.json", clip_golden(12, model.logit_scale.exp().item(), texts, pictures))
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)
    copy("clip-files", folder, "vocab.json", "merges.txt")
    write(folder, "tokenizer_config.json", {"tokenizer_class": "CLIPTokenizer", "model_max_length": 30})


def openai():
    import clip.clip
    import clip.model
    import clip.simple_tokenizer

    folder = folder_of("openai")
    vocabulary = os.path.join(folder, "bpe_simple_vocab_16e6.txt.gz")
    shutil.copyfile(os.path.join(TOKENIZERS, "clip.txt.gz"), vocabulary)
    tokens = clip.simple_tokenizer.SimpleTokenizer(vocabulary)
    model = randomise(clip.model.CLIP(16, 16, 1, 64, 8, 77, len(tokens.encoder), 64, 1, 1), 2)
    with torch.no_grad(), mock.patch.object(clip.clip, "_tokenizer", tokens):
        texts = model.encode_text(clip.clip.tokenize(TEXTS, truncate=True))
        pictures = model.encode_image(torch.stack([clip.clip._transform(16)(picture(w, h)) for w, h in PICTURES]))
    write(folder, "golden.json", clip_golden(16, model.logit_scale.exp().item(), texts, pictures))

    class Holder(torch.nn.Module):
        def forward(self, x: torch.Tensor):
            return x

    def hold(module, **numbers):
        holder = Holder()
        for name, p in module.named_parameters(recurse=False):
            holder.register_parameter(name, torch.nn.Parameter(p.detach().half() if p.dim() else p.detach(), False))
        for name, value in numbers.items():
            holder.register_buffer(name, torch.tensor(value))
        for name, child in module.named_children():
            holder.add_module(name, hold(child))
        return holder

    whole = hold(model, input_resolution=16, context_length=77, vocab_size=len(tokens.encoder))
    torch.jit.script(whole).save(os.path.join(folder, "ViT-mini.pt"))


def openclip():
    import open_clip

    folder = folder_of("openclip")
    tokens = CLIPTokenizerFast.from_pretrained(os.path.join(TOKENIZERS, "clip-files"))
    config = {"embed_dim": 12, "vision_cfg": {"image_size": 16, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8},
              "text_cfg": {"context_length": 20, "vocab_size": len(tokens), "width": 16, "heads": 2, "layers": 2}}
    model = randomise(open_clip.CLIP(**config), 3)

    def tokenize(text):
        """As open_clip's SimpleTokenizer cuts and pads."""
        ids = tokens(text)["input_ids"]
        if len(ids) > 20:
            ids = ids[:19] + [tokens.eos_token_id]
        return torch.tensor([ids + [0] * (20 - len(ids))])

    transform = open_clip.image_transform(16, is_train=False)
    with torch.no_grad():
        texts = [model.encode_text(tokenize(t))[0] for t in TEXTS]
        pictures = [model.encode_image(transform(picture(w, h))[None])[0] for w, h in PICTURES]
    write(folder, "golden.json", clip_golden(12, model.logit_scale.exp().item(), texts, pictures))
    write(folder, "open_clip_config.json", {"model_cfg": config, "preprocess_cfg": {
        "mean": list(open_clip.OPENAI_DATASET_MEAN), "std": list(open_clip.OPENAI_DATASET_STD)}})
    save_file(as_half(model.state_dict()), os.path.join(folder, "open_clip_model.safetensors"))
    copy("clip-files", folder, "vocab.json", "merges.txt")
    write(folder, "tokenizer_config.json", {"tokenizer_class": "CLIPTokenizer"})


def sentence():
    from sentence_transformers import SentenceTransformer, models

    folder = folder_of("sentence")
    tokens = BertTokenizerFast(os.path.join(TOKENIZERS, "bert-files/vocab.txt"), model_max_length=24)
    bert = randomise(BertModel(BertConfig(vocab_size=len(tokens), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                                          intermediate_size=32, max_position_embeddings=24)), 4)
    base = tempfile.mkdtemp()
    bert.save_pretrained(base)
    tokens.save_pretrained(base)
    encoder = models.Transformer(base, max_seq_length=20)
    model = SentenceTransformer(modules=[encoder, models.Pooling(16), models.Normalize()], device="cpu")
    vectors = model.encode(TEXTS, convert_to_tensor=True)
    golden = {"dim": 16, "scale": 0, "texts": [{"text": t, "vector": unit(v)} for t, v in zip(TEXTS, vectors)]}
    shutil.rmtree(folder)
    model.save(folder, create_model_card=False)
    # What published models have; version 5.4 and later write them otherwise.
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    write(folder, "modules.json", [{"idx": i, "name": str(i), "path": p, "type": "sentence_transformers.models." + k}
                                   for i, (p, k) in enumerate(kinds)])
    write(folder, "sentence_bert_config.json", {"max_seq_length": 20, "do_lower_case": False})
    write(folder, "1_Pooling/config.json", {"word_embedding_dimension": 16, "pooling_mode_cls_token": False,
                                            "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False,
                                            "pooling_mode_mean_sqrt_len_tokens": False})
    write(folder, "golden.json", golden)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    hugging_face_clap(False)
    hugging_face_clap(True)
    laion()
    hugging_face_clip()
    openai()
    openclip()
    sentence()
