"""Makes golden.json: vectors of the network, built of PyTorch's layers, for frames of
a few lengths, with weights by stream.py.

torch 2.11. Tolerance: 1e-5 absolute.
"""

import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

folder = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(folder, "../../resnet/testdata"))
from stream import load, rounded, uniform

BANDS, RANGE_DB = 20, 80


class ConvNorm(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.norm(self.conv(x))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, groups):
        super().__init__()
        self.stride = stride
        self.first = ConvNorm(inputs, outputs, 3, stride, groups)
        self.second = ConvNorm(outputs, outputs, 3, 1, groups)
        if inputs != outputs or stride != (1, 1):
            self.shortcut = ConvNorm(inputs, outputs, 1)

    def forward(self, x):
        y = self.second(F.relu(self.first(x)))
        if hasattr(self, "shortcut"):
            x = self.shortcut(F.avg_pool2d(x, self.stride, ceil_mode=True, count_include_pad=False))
        return F.relu(y + x)


class Net(nn.Module):
    """Stages are (width, blocks, groups, (step in time, step in bands))."""

    def __init__(self, stem, stages, expand, embed):
        super().__init__()
        channels = [1] + stem
        self.stem = nn.ModuleList(ConvNorm(a, b, 3, 2) for a, b in zip(channels, stem))
        at = stem[-1]
        self.stages = nn.ModuleList()
        for width, blocks, groups, stride in stages:
            self.stages.append(nn.ModuleList(
                Block(at if i == 0 else width, width, stride if i == 0 else (1, 1), groups) for i in range(blocks)))
            at = width
        self.expand = ConvNorm(at, expand, 1)
        self.head = nn.Linear(expand, embed)

    def forward(self, x):
        for layer in self.stem:
            x = F.relu(layer(x))
        for stage in self.stages:
            for block in stage:
                x = block(x)
        x = F.relu(self.expand(x)).mean(dim=3)
        return self.head(x.mean(dim=2) + x.amax(dim=2))


net = load(Net([4, 8], [(8, 2, 1, (1, 1)), (16, 1, 4, (2, 2)), (16, 1, 1, (3, 1))], 20, 12))
golden = []
for frames in (1, 2, 7, 51):
    dB = torch.from_numpy(uniform(f"input.{frames}", frames * BANDS) * 100 - 110).float().clamp(min=-100)
    x = 2 - 4 * (dB.max() - dB).clamp(max=RANGE_DB) / RANGE_DB
    golden.append({"frames": frames, "vector": rounded(net(x.reshape(1, 1, frames, BANDS)))})
with open(os.path.join(folder, "golden.json"), "w") as f:
    json.dump(golden, f, separators=(",", ":"))
    f.write("\n")
