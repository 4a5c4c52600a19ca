"""PyTorch. The last argument is the folder of the cases."""

import json
import os
import re
import sys
import time

import numpy as np
import torch
from torch import nn

F = nn.functional


def conv(i, o, kernel, stride, groups, relu):
    layers = [nn.Conv2d(i, o, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(o)]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if relu else nn.Sequential(*layers)


class Block(nn.Module):
    def __init__(self, convolutions, i, o, stride):
        super().__init__()
        self.convolutions = convolutions
        self.past = nn.Identity()
        if i != o or stride > 1:
            pool = [nn.AvgPool2d(stride, stride, ceil_mode=True)] if stride > 1 else []
            self.past = nn.Sequential(*pool, conv(i, o, 1, 1, 1, False))

    def forward(self, x):
        return F.relu(self.past(x) + self.convolutions(x), inplace=True)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class MeanMax(nn.Module):
    def forward(self, x):
        x = x.mean(3)
        return x.mean(2) + x.amax(2)


def module(op, i=0, o=0, kernel=0, stride=0, groups=0):
    if op == "conv":
        return conv(i, o, kernel, stride, groups, True)
    if op == "basic":
        return Block(nn.Sequential(conv(i, o, kernel, stride, groups, True), conv(o, o, kernel, 1, groups, False)), i, o, stride)
    if op == "bottleneck":
        return Block(nn.Sequential(conv(i, o, 1, 1, 1, True), conv(o, o, kernel, stride, groups, True), conv(o, o, 1, 1, 1, False)), i, o, stride)
    if op == "pooled":
        return nn.Sequential(nn.Conv2d(i, o, kernel, stride, kernel // 2), nn.MaxPool2d(2), nn.ReLU(inplace=True))
    return {"mean": Mean, "meanmax": MeanMax}[op]() if op != "linear" else nn.Linear(i, o)


class Training:
    def __init__(self, directory, case):
        def values(what):
            return torch.from_numpy(np.fromfile(os.path.join(directory, f"{case['name']}.{what}.f32"), np.float32))

        layers = [{{"in": "i", "out": "o"}.get(k, k): v for k, v in layer.items()} for layer in case["layers"]]
        self.network = nn.Sequential(*(module(**layer) for layer in layers)).train()
        begin, params = 0, values("params")
        with torch.no_grad():
            for p in self.network.parameters():
                p.copy_(params[begin:begin + p.numel()].reshape(p.shape))
                begin += p.numel()
        assert begin == len(params)
        layout = torch.channels_last if CHANNELS_LAST else torch.contiguous_format
        self.network = self.network.to(memory_format=layout)
        self.x = values("x").reshape(case["batch"], 1, case["h"], case["w"]).contiguous(memory_format=layout)
        self.target = values("target").reshape(case["batch"], -1)
        decayed = [p for p in self.network.parameters() if p.dim() > 1]
        others = [p for p in self.network.parameters() if p.dim() == 1]
        self.optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0}], lr=1e-4)

    def gradients(self):
        self.optimiser.zero_grad()
        y = self.network(self.x)
        (y * self.target).sum().backward()
        return y

    def check(self):
        y = self.gradients()
        return torch.cat([t.contiguous().flatten() for t in [y.detach(), *(p.grad for p in self.network.parameters())]]).numpy()

    def step(self):
        self.gradients()
        self.optimiser.step()


CHANNELS_LAST = "-channels-last" in sys.argv


def main():
    directory = sys.argv[-1]
    with open(os.path.join(directory, "cases.json")) as f:
        cases = {c["name"]: c for c in json.load(f)}
    mkl = re.search(r"Math Kernel Library Version ([\d.]+)", torch.__config__.show())
    print("ready", f"PyTorch {torch.__version__} with {'MKL ' + mkl[1] if mkl else 'no MKL'}", flush=True)
    known = {}
    for line in sys.stdin:
        kind, name, threads, rest = line.rstrip("\n").split(" ", 3)
        torch.set_num_threads(int(threads))
        if kind == "check":
            Training(directory, cases[name]).check().tofile(rest)
            print("ok", flush=True)
            continue
        if name not in known:
            known[name] = Training(directory, cases[name])
        known[name].step()
        times = []
        for _ in range(int(rest)):
            begin = time.perf_counter()
            known[name].step()
            times.append(str(round((time.perf_counter() - begin) * 1e9)))
        print("ok", *times, flush=True)


main()
