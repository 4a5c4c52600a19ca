"""PyTorch."""

import re

import torch
import transformers

import towers
from protocol import serve

torch.inference_mode().__enter__()
F = torch.nn.functional


def make(case, threads):
    n = case.n
    if case.kind == "gemm":
        a, b = (torch.from_numpy(case.values(w, *s)) for w, s in (("a", (n[0], n[2])), ("b", (n[2], n[1]))))
        out = torch.empty(n[0], n[1])
        return lambda: torch.mm(a, b, out=out).numpy()
    if case.kind == "linear":
        a, b = (torch.from_numpy(case.values(w, *s)) for w, s in (("a", (n[0], n[2])), ("b", (n[1], n[2]))))
        return lambda: F.linear(a, b).numpy()
    if case.kind == "attention":
        sequences, length, heads, width = n
        qkv = torch.from_numpy(case.values("a", sequences, length, 3, heads, width))
        bias = torch.from_numpy(case.values("b", 1, heads, length, length))

        def run():
            q, k, v = qkv.permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=0.2)
            return y.transpose(1, 2).reshape(sequences * length, heads * width).numpy()
        return run
    if case.kind == "conv":
        h, w, channels, out, kernel, stride, pad, groups = n
        x = torch.from_numpy(case.values("a", 1, channels, h, w))
        weight = torch.from_numpy(case.values("b", out, channels // groups, kernel, kernel))
        return lambda: F.conv2d(x, weight, stride=stride, padding=pad, groups=groups).numpy()
    tower, prepare = towers.tower(case), towers.preparation(case)

    def encode():
        # transformers counts on gradients being switched off here, not outside.
        with torch.inference_mode():
            return tower(**{k: torch.from_numpy(v) for k, v in prepare().items()}).numpy()
    return encode


mkl = re.search(r"Math Kernel Library Version ([\d.]+)", torch.__config__.show())
serve(f"PyTorch {torch.__version__} with {'MKL ' + mkl[1] if mkl else 'no MKL'}, transformers {transformers.__version__}", make, torch.set_num_threads)
