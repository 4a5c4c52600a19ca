"""Writes losses.json: losses of loss_*.go and their gradients, for loss_test.go.

Written from the formulas with torch.nn.functional (cross_entropy with probabilities
as targets, binary_cross_entropy_with_logits, kl_div, cosine_similarity, mse_loss), in
float64, with gradients by autograd.

Run with Python 3.12 and PyTorch 2.11: python losses.py
"""

import json
import math

import torch
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
N, M, DIM = 6, 9, 5

unit = lambda n, dim=DIM: F.normalize(torch.randn(n, dim), dim=1)
a, b, teacher, wide = unit(N), unit(M), unit(N), unit(N, 7)
raw = torch.randn(N, DIM)
log_scale, bias = 2.5, -3.0
prior = [0.3, 0.1, 0.05, 0.2, 0.15, 0.1, 0.05, 0.04, 0.01]  # of the texts

# Sounds 0 and 3 have texts of one group; text groups 7 and 8 have no sound.
first = [1, 2, 3, 1, 4, 5]
second = [2, 2, 5, 4, 4, 1]
share = [0.7, 0.6, 0.25, 0.9, 1.0, 0.5]
texts = [1, 2, 3, 4, 5, 7, 1, 5, 8]
groups = torch.tensor([[float(g == t) for t in texts] for g in first])
mixed = torch.zeros(N, M)
for i in range(N):
    for j in range(M):
        mixed[i, j] = share[i] * (first[i] == texts[j]) + (1 - share[i]) * (second[i] == texts[j])


def leaves(*tensors):
    """Copies of tensors and of log_scale, with gradients."""
    return [t.clone().requires_grad_() for t in (*tensors, torch.tensor(log_scale))]


def record(loss, **inputs):
    names = list(inputs)
    grads = torch.autograd.grad(loss, [inputs[k] for k in names])
    return {"loss": loss.item()} | {k: (g.flatten() if g.dim() else g).tolist() for k, g in zip(names, grads)}


def rows(logits, targets):
    """Cross-entropy of the rows that have a target."""
    has = targets.sum(1) > 0
    t = targets[has]
    return F.cross_entropy(logits[has], t / t.sum(1, keepdim=True))


out = {
    "log_scale": log_scale, "bias": bias, "dim": DIM, "wide_dim": 7, "prior": prior,
    "first": first, "second": second, "share": share, "texts": texts,
    "a": a.flatten().tolist(), "b": b.flatten().tolist(), "raw": raw.flatten().tolist(),
    "teacher": teacher.flatten().tolist(), "wide": wide.flatten().tolist(),
    "mixed_targets": mixed.flatten().tolist(),
}
for name, targets in ("groups", groups), ("mixed", mixed):
    x, y, s = leaves(a, b)
    l = s.exp() * x @ y.T
    out["contrastive_" + name] = record((rows(l, targets) + rows(l.T, targets.T)) / 2, da=x, db=y, d_log_scale=s)
    x, y, s = leaves(a, b)
    out["cross_entropy_" + name] = record(rows(s.exp() * x @ y.T, targets), da=x, db=y, d_log_scale=s)
    x, y, s = leaves(a, b)
    adjusted = s.exp() * x @ y.T + torch.tensor(prior).log()
    out["prior_" + name] = record(rows(adjusted, targets), da=x, db=y, d_log_scale=s)
    x, y, s = leaves(a, b)
    z = torch.tensor(bias, requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(s.exp() * x @ y.T + z, targets, reduction="sum") / N
    out["sigmoid_" + name] = record(loss, da=x, db=y, d_log_scale=s, d_bias=z)

# Of rows that are not of unit length cosine_similarity's gradient is another.
x = a.clone().requires_grad_()
out["cosine"] = {"loss": (1 - F.cosine_similarity(a, teacher)).mean().item()}
out["cosine"]["da"] = torch.autograd.grad((1 - (x * teacher).sum(1)).mean(), x)[0].flatten().tolist()
x = raw.clone().requires_grad_()
out["mse"] = record(F.mse_loss(x, teacher), da=x)

x = a.clone().requires_grad_()
others = ~torch.eye(N, dtype=torch.bool)
logits = lambda rows, temperature: (rows @ rows.T / temperature)[others].view(N, N - 1)
loss = F.kl_div(
    F.log_softmax(logits(x, 0.2), 1), F.log_softmax(logits(wide, 0.1), 1), reduction="batchmean", log_target=True
)
out["relational"] = record(loss, da=x)

with open("losses.json", "w") as f:
    json.dump(out, f, indent=0)
    f.write("\n")
