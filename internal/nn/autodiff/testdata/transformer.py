"""Writes transformer.json: results and gradients of a small CLIP-style text
transformer by torch autograd, which transformer_test.go compares with. With
--time it prints how long a training step of the one of BenchmarkTransformer takes.

Weights are those of internal/stream: uniform values that depend on a tensor's name.
Made with torch 2.11.0 (CPU), numpy 1.26.4, Python 3.12; computed in float64.
"""

import json
import math
import sys
import time

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
    elif "embedding" in name:
        v = 0.3 * s
    else:
        v = s * math.sqrt(3 / math.prod(shape[1:]))
    return torch.tensor(v.astype(np.float32).reshape(shape))


class Transformer:
    def __init__(self, vocabulary, context, width, heads, layers, out, make, dtype):
        self.width, self.heads, self.layers = width, heads, layers
        shapes = {"token_embedding.weight": (vocabulary, width), "position_embedding.weight": (context, width)}
        for i in range(layers):
            for name, shape in {
                "ln_1": (width,), "q": (width, width), "k": (width, width), "v": (width, width), "o": (width, width),
                "ln_2": (width,), "fc": (4 * width, width), "proj": (width, 4 * width),
            }.items():
                shapes[f"layers.{i}.{name}.weight"] = shape
                shapes[f"layers.{i}.{name}.bias"] = shape[:1]
        shapes["ln_final.weight"] = shapes["ln_final.bias"] = (width,)
        shapes["projection.weight"] = (out, width)
        self.p = {name: make(name, shape).to(dtype).requires_grad_() for name, shape in shapes.items()}

    def linear(self, x, name):
        return F.linear(x, self.p[name + ".weight"], self.p[name + ".bias"])

    def norm(self, x, name):
        return F.layer_norm(x, (self.width,), self.p[name + ".weight"], self.p[name + ".bias"], 1e-5)

    def __call__(self, ids):  # sequences of equal length: [n, length]
        n, length = ids.shape
        x = F.embedding(ids, self.p["token_embedding.weight"]) + self.p["position_embedding.weight"][:length]
        split = lambda y: y.view(n, length, self.heads, -1).transpose(1, 2)
        for i in range(self.layers):
            name = f"layers.{i}."
            h = self.norm(x, name + "ln_1")
            q, k, v = (split(self.linear(h, name + s)) for s in "qkv")
            h = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.linear(h.transpose(1, 2).reshape(n, length, -1), name + "o")
            h = F.gelu(self.linear(self.norm(x, name + "ln_2"), name + "fc"))
            x = x + self.linear(h, name + "proj")
        x = self.norm(x[:, -1], "ln_final")
        return F.linear(x, self.p["projection.weight"])


def golden():
    model = Transformer(11, 6, 12, 3, 2, 5, values, torch.float64)
    sequences = [[1, 4, 7, 10], [3], [2, 2, 9, 0, 5, 6]]
    y = torch.cat([model(torch.tensor([s])) for s in sequences])
    y = F.normalize(y)
    dy = values("gradient", y.shape).double()
    (y * dy).sum().backward()
    tensors = {"result": y.detach()} | {name: p.grad for name, p in model.p.items()}
    with open("transformer.json", "w") as f:
        json.dump({"torch": torch.__version__, "ids": sequences,
                   "tensors": {n: [float(f"{v:.9g}") for v in t.flatten().tolist()] for n, t in tensors.items()}}, f)
        f.write("\n")


def timing():
    torch.manual_seed(1)
    model = Transformer(8192, 16, 256, 4, 4, 256, lambda _, shape: 0.05 * torch.randn(shape), torch.float32)
    ids = torch.randint(8192, (256, 16))
    dy = torch.randn(256, 256)
    for threads in 1, 2:
        torch.set_num_threads(threads)
        best = math.inf
        for _ in range(6):
            start = time.perf_counter()
            for p in model.p.values():
                if p.grad is not None:
                    p.grad.zero_()
            model(ids).backward(dy)
            best = min(best, time.perf_counter() - start)
        print(f"torch {torch.__version__}, {threads} threads: {1e3 * best:.0f} ms")


timing() if "--time" in sys.argv else golden()
