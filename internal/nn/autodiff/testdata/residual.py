"""Writes residual.json: results, gradients and running statistics of a small residual
network in training mode by torch autograd, which residual_test.go compares with.

Weights are those of internal/stream: uniform values that depend on a tensor's name.
Made with torch 2.11.0 (CPU), numpy 1.26.4, Python 3.12; computed in float64.
"""

import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

def uniform(name, n):
    mask = (1 << 64) - 1
    h = 14695981039346656037
    for b in name.encode():
        h = ((h ^ b) * 1099511628211) & mask
    out = np.empty(n)
    for k in range(n):
        z = (h + (k + 1) * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        z ^= z >> 31
        out[k] = (z >> 11) / (1 << 53)
    return out


def values(name, shape):
    s = 2 * uniform(name, math.prod(shape)) - 1
    if name.endswith(".weight") and len(shape) == 1:
        v = 1 + 0.2 * s
    elif name.endswith(".bias"):
        v = 0.1 * s
    else:
        v = s * math.sqrt(3 / math.prod(shape[1:]))
    return torch.tensor(v.astype(np.float32).reshape(shape))


PICTURES, HEIGHT, WIDTH = 3, 13, 10


class Network:
    def __init__(self):
        self.p, self.running = {}, {}

    def get(self, name, *shape):
        self.p[name] = values(name, shape).double().requires_grad_()
        return self.p[name]

    def conv(self, x, name, out, kernel, stride=1, groups=1):
        w = self.get(f"{name}.conv.weight", out, x.shape[1] // groups, kernel, kernel)
        y = F.conv2d(x, w, stride=stride, padding=kernel // 2, groups=groups)
        norm = torch.nn.BatchNorm2d(out).double().train()
        norm.weight.data = self.get(f"{name}.norm.weight", out)
        norm.bias.data = self.get(f"{name}.norm.bias", out)
        y = F.batch_norm(y, norm.running_mean, norm.running_var, self.p[f"{name}.norm.weight"], self.p[f"{name}.norm.bias"], True, 0.1, 1e-5)
        self.running[f"{name}.norm.running_mean"], self.running[f"{name}.norm.running_var"] = norm.running_mean, norm.running_var
        return y

    def block(self, x, name, out, stride, groups):
        past = x
        if stride > 1:
            past = self.conv(F.avg_pool2d(x, stride, stride, ceil_mode=True), f"{name}.past", out, 1)
        y = F.relu(self.conv(x, f"{name}.a", out, 3, stride, groups))
        return F.relu(self.conv(y, f"{name}.b", out, 3, 1, groups) + past)

    def __call__(self, x):
        x = F.relu(self.conv(x, "stem", 4, 3, 2))
        x = self.block(x, "block1", 6, 2, 2)
        x = self.block(x, "block2", 6, 1, 1)
        x = x.mean(3)
        x = x.mean(2) + x.amax(2)
        return F.linear(x, self.get("head.weight", 5, 6), self.get("head.bias", 5))


network = Network()
x = values("pictures", (PICTURES, HEIGHT, WIDTH)).double().unsqueeze(1)
y = network(x)
y.backward(values("gradient", (PICTURES, 5)).double())
tensors = {"result": y, **{k: p.grad for k, p in network.p.items()}, **network.running}
with open(os.path.join(os.path.dirname(__file__), "residual.json"), "w") as f:
    json.dump({"shapes": {k: list(p.shape) for k, p in network.p.items()},
               "tensors": {k: [float(f"{v:.9g}") for v in t.detach().flatten().tolist()] for k, t in tensors.items()}}, f)
    f.write("\n")
