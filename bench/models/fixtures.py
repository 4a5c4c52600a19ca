"""What the scripts beside this one share: random weights, recordings, texts and pictures."""

import json
import os

import numpy as np
import soundfile
import torch
from PIL import Image

TEXTS = [
    "a dog barking", "rain", "", "A MAN speaks, then\ta door   slams!", "Ein Güterzug fährt über eine Brücke …", "🎵 music 音楽 🧑🏽‍🚀",
    "собака лает", "الكلب ينبح", "कुत्ता भौंक रहा है", "I'll've heard 1,234.5 dB &amp; it's loud!!!", "one two three " * 7, "thunder! " * 60,
]


def randomize(model, seed=1):
    """Gives weights with which every part of a model matters, and activations stay in range."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, t in list(model.named_parameters()) + list(model.named_buffers()):
            if not t.is_floating_point() or t.ndim == 0 or name.endswith(("window", "attn_mask")) or "_extractor." in name:
                continue
            last, mel = name.split(".")[-1], ".bn0." in name or "encoder.batch_norm." in name
            r = torch.rand(t.shape, generator=g) * 2 - 1
            if last == "running_var":
                r = 250 + 50 * r if mel else 1 + 0.5 * r
            elif last == "running_mean":
                r = -40 + 10 * r if mel else 0.2 * r
            elif last == "relative_position_bias_table":
                r = 0.5 * r
            elif "embedding" in name and not last == "bias" and "LayerNorm" not in name or name.endswith(("wte.weight", "wpe.weight")):
                r = 0.3 * r
            elif t.ndim == 1:
                r = 1 + 0.2 * r if last == "weight" else 0.1 * r
            elif "c_attn" in name or "h." in name and last == "weight" or last in ("text_projection", "proj"):  # [in, out]
                r = r * (3 / t.shape[0]) ** 0.5
            else:
                r = r * (3 / t[0].numel()) ** 0.5
            t.copy_(r)
    return model.eval()


def recording(samples, rate, seed=1):
    """A mono float32 signal: a sweep that comes and goes, and a burst of noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(samples) / rate
    x = 0.3 * np.sin(2 * np.pi * (200 + 300 * t) * t) * (1 + np.sin(2 * np.pi * 3 * t)) / 2
    return (x + 0.05 * rng.standard_normal(samples) * np.exp(-((t - samples / rate / 2) ** 2))).astype(np.float32)


def pictures():
    """Pictures of several shapes, with sharp edges, soft ones and noise."""
    rng = np.random.default_rng(2)
    for width, height in [(224, 224), (640, 427), (301, 500), (57, 83), (1203, 700), (224, 333)]:
        y, x = np.mgrid[:height, :width]
        red = 127 * (1 + np.sin(x / 9) * np.cos(y / 23))
        green = 255 * ((x // 17 + y // 29) % 2)
        blue = 255 * x / width
        rgb = np.stack([red, green, blue], -1) + rng.normal(0, 20, (height, width, 3))
        yield Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))


class Golden:
    """Collects inputs and the vectors that they should get."""

    def __init__(self, scale=None):
        self.audio, self.text, self.image, self.scale = [], [], [], scale
        self.clips, self.pictures = [], []

    @classmethod
    def read(cls, folder):
        """Returns what is in a folder, to add to it."""
        golden = cls()
        with open(os.path.join(folder, "golden.json"), encoding="utf-8") as f:
            entries = json.load(f)
        golden.text, golden.scale = entries["text"], entries.get("scale")
        for entry in entries["image"]:
            golden.image.append(entry)
            golden.pictures.append(Image.open(os.path.join(folder, entry["file"])).copy())
        return golden

    def add_audio(self, samples, rate, vector):
        self.audio.append({"file": f"{len(self.audio)}.wav", "vector": unit(vector)})
        self.clips.append((samples, rate))

    def add_text(self, text, vector):
        self.text.append({"text": text, "vector": unit(vector)})

    def add_image(self, picture, vector):
        self.image.append({"file": f"{len(self.image)}.png", "vector": unit(vector)})
        self.pictures.append(picture)

    def write(self, folder):
        for entry, (samples, rate) in zip(self.audio, self.clips):
            soundfile.write(os.path.join(folder, entry["file"]), samples, rate, subtype="FLOAT")
        for entry, picture in zip(self.image, self.pictures):
            picture.save(os.path.join(folder, entry["file"]))
        golden = {"audio": self.audio, "text": self.text, "image": self.image}
        if self.scale is not None:
            golden["scale"] = self.scale
        with open(os.path.join(folder, "golden.json"), "w", encoding="utf-8") as f:
            json.dump(golden, f)
        print(folder, flush=True)


def unit(vector):
    v = np.asarray(torch.as_tensor(vector).detach().cpu(), dtype=np.float64).reshape(-1)
    return (v / np.linalg.norm(v)).tolist()
