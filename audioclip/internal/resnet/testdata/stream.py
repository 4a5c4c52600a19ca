"""The rule of package stream, which makes weights from the names of tensors."""

import numpy as np
import torch


def uniform(name, n):
    """n values in [0, 1) that depend on the name alone."""
    h = 14695981039346656037
    for b in name.encode():
        h = (h ^ b) * 1099511628211 % 2**64
    z = np.arange(1, n + 1, dtype=np.uint64)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(h)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / 2**53


def tensor(name, shape):
    n = int(np.prod(shape, dtype=np.int64))
    u = uniform(name, n)
    s = 2 * u - 1
    last = name.rsplit(".", 1)[-1]
    if last == "running_var":
        v = 0.5 + u
    elif last == "running_mean":
        v = 0.2 * s
    elif last == "relative_position_bias_table":
        v = 0.5 * s
    elif last == "weight" and len(shape) == 1:
        v = 1 + 0.2 * s
    elif last == "bias":
        v = 0.1 * s
    elif len(shape) == 0:
        v = np.full(n, np.log(1 / 0.07))
    elif "embedding" in name:
        v = 0.3 * s
    else:
        v = s * np.sqrt(3 / np.prod(shape[1:]))
    return torch.from_numpy(v.astype(np.float32)).reshape(tuple(shape))


def load(module, prefix="", without=()):
    """Fills a module's tensors, but those that have one of without in their names."""
    state = module.state_dict()
    with torch.no_grad():
        for name, p in state.items():
            if p.is_floating_point() and not any(w in name for w in without):
                p.copy_(tensor(prefix + name, list(p.shape)))
    return module.eval().requires_grad_(False)


def signal(n, rate):
    """A tone, a second one that becomes louder, and noise."""
    t = np.arange(n) / rate
    x = 0.5 * np.sin(2 * np.pi * 440 * t) + 0.25 * np.sin(2 * np.pi * 3000 * t) * np.arange(n) / n
    return torch.from_numpy((x + 0.1 * (2 * uniform("noise", n) - 1)).astype(np.float32))


def rounded(x):
    return [float(f"{v:.7g}") for v in x.flatten().tolist()]
