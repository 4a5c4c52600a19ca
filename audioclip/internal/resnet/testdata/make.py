"""Makes goldens.json: vectors of the networks of this package, built from the
models of torchvision, openai-clip and open_clip, with weights by stream.py.

torch 2.11, torchvision 0.26, openai-clip 1.0.1, open_clip_torch 3.3.
Tolerance: 1e-3 absolute and a cosine of 0.99999.
"""

import json
import os

import clip.model
import open_clip.modified_resnet
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from stream import load, rounded, tensor

goldens = {}


# Wav2CLIP: a ResNet-18 with one channel, and two linear layers.
encoder = torchvision.models.resnet18(weights=None)
encoder.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
encoder.fc = nn.Identity()
load(encoder, "audio_encoder.")
transform = load(nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Dropout(), nn.Linear(512, 512)), "audio_transform.sequential.")
goldens["wav2clip"] = []
for frames in (1, 2, 17, 100):
    x = tensor(f"input.wav2clip.{frames}", [1, 1, 257, frames])
    goldens["wav2clip"].append({"frames": frames, "vector": rounded(transform(encoder(x)))})


# AudioCLIP: a ResNeXt-50 with weights of each stage's result.
class Attention(nn.Module):
    def __init__(self, channels, out, kernel):
        super().__init__()
        self.conv_depth = nn.Conv2d(channels, channels, kernel, padding=(kernel[0] // 2, kernel[1] // 2), groups=channels)
        self.conv_point = nn.Conv2d(channels, out, 1)
        self.bn = nn.BatchNorm2d(out)

    def forward(self, y, x):
        x = F.adaptive_max_pool2d(x, y.shape[-2:])
        return y * self.bn(self.conv_point(self.conv_depth(x))).sigmoid()


class AudioCLIP(torchvision.models.ResNet):
    def __init__(self):
        super().__init__(torchvision.models.resnet.Bottleneck, [3, 4, 6, 3], num_classes=1024, groups=32, width_per_group=4)
        self.att1 = Attention(64, 256, (3, 1))
        self.att2 = Attention(256, 512, (1, 5))
        self.att3 = Attention(512, 1024, (3, 1))
        self.att4 = Attention(1024, 2048, (1, 5))
        self.att5 = Attention(2048, 2048, (3, 5))

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for i in range(1, 5):
            x = getattr(self, f"att{i}")(getattr(self, f"layer{i}")(x), x)
        return self.att5(self.avgpool(x), x).flatten(1)


model = load(AudioCLIP(), "audio.")
goldens["audioclip"] = []
for frames in (1, 30):
    x = tensor(f"input.audioclip.{frames}", [1, 3, 341, frames]) * 17 - 40
    goldens["audioclip"].append({"frames": frames, "features": rounded(model(x))})


# CLIP.
layers, width, size, embed = (2, 1, 3, 1), 8, 96, 48
heads = width * 32 // 64
openai = load(clip.model.ModifiedResNet(layers, embed, heads, size, width), "visual.")
openclip = load(open_clip.modified_resnet.ModifiedResNet(layers, embed, heads, size, width), "visual.")
x = tensor("input.clip", [2, 3, size, size])
y = openai(x)
assert torch.allclose(y, openclip(x), atol=1e-5)
goldens["clip"] = {"blocks": layers, "width": width, "size": size, "embed": embed, "vectors": [rounded(v) for v in y]}

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens.json"), "w") as f:
    json.dump(goldens, f, separators=(",", ":"))
    f.write("\n")
