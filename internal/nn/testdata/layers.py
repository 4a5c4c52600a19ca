"""Writes layers.npz: layers of PyTorch on random values, for layers_test.go.

Everything is computed in float64 and rounded once, so that it has no rounding
errors of its own, except for interpolation: there the places of the pixels depend
on the precision, and float32 is meant. Images are channel-last. The input of
bicubic_1001 is that of bicubic_1001_1024 in testdata/models.

Run with Python 3.12, PyTorch 2.11 and NumPy 1.26: python layers.py
"""

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_num_threads(1)
out = {}


def put(name, value):
    out[name] = value.detach().to(torch.float32).numpy()
    return torch.from_numpy(out[name]).double()


def put_images(name, value):
    return put(name, value.permute(0, 2, 3, 1).contiguous()).permute(0, 3, 1, 2)


def stream(name, n):
    """SplitMix64 from the FNV-1a hash of the name, in [0, 1)."""
    mask = (1 << 64) - 1
    h = 14695981039346656037
    for b in name.encode():
        h = (h ^ b) * 1099511628211 & mask
    u = []
    for k in range(n):
        z = h + (k + 1) * 0x9E3779B97F4A7C15 & mask
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        u.append(((z ^ z >> 31) >> 11) / 2**53)
    return torch.tensor(u, dtype=torch.float64)


x = put("activation", torch.cat([torch.linspace(-12, 12, 401), 4 * torch.randn(99)]))
put("relu", F.relu(x))
put("gelu", F.gelu(x))
put("gelu_tanh", F.gelu(x, approximate="tanh"))
put("quick_gelu", x * torch.sigmoid(1.702 * x))
put("sigmoid", torch.sigmoid(x))
put("tanh", torch.tanh(x))

for n in (5, 17, 64, 77, 512):
    x = put(f"softmax_{n}", 3 * torch.randn(3, n))
    put(f"softmax_{n}_result", x.softmax(-1))

x = put("norm", 2 * torch.randn(5, 96) + 3)
w, b, m, v = (put("norm_" + k, torch.randn(96)) for k in ("weight", "bias", "mean", "variance"))
v = put("norm_variance", v.abs())
put("layer_norm", F.layer_norm(x, (96,), w, b, 1e-5))
put("layer_norm_plain", F.layer_norm(x, (96,), eps=1e-5))
put("batch_norm", F.batch_norm(x, m, v, w, b, eps=1e-5))
put("normalize", F.normalize(x, dim=-1))

x = torch.randn(2, 5, 9, 11)
x[0, 1, 2, 3] = x[1, 4, 0, 10] = float("nan")
x[0, 2, :, :] = -float("inf")
x = put_images("images", x)
put_images("max_pool_3_2_1", F.max_pool2d(x, 3, 2, 1))
put_images("max_pool_2_2_0", F.max_pool2d(x, 2, 2, 0))
put_images("adaptive_max_pool_4_3", F.adaptive_max_pool2d(x, (4, 3)))
put_images("adaptive_max_pool_12_1", F.adaptive_max_pool2d(x, (12, 1)))
put_images("avg_pool_2_2", F.avg_pool2d(x, 2))
put_images("avg_pool_4_3", F.avg_pool2d(x, (4, 3)))
put("global_avg_pool", x.mean((2, 3)))

x = put("rows", torch.randn(13, 6)).float()
for rows in (1, 5, 13, 29):
    for mode in ("bilinear", "bicubic"):
        for align in (False, True):
            y = F.interpolate(x[None, None], size=(rows, 6), mode=mode, align_corners=align)
            put(f"{mode}_{rows}_{align}", y[0, 0])
x = put("bicubic_1001", stream("bicubic", 1001)[:, None]).float()
put("bicubic_1001_result", F.interpolate(x[None, None], size=(1024, 1), mode="bicubic", align_corners=True)[0, 0])
put("bilinear_700_False", F.interpolate(x[None, None], size=(700, 1), mode="bilinear", align_corners=False)[0, 0])

np.savez_compressed("layers.npz", **out)
