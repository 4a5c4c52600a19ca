"""Writes optim.json: 60 steps of torch.optim.AdamW and clip_grad_norm_, and rates of
transformers, for optim_test.go.

Two parameters of two groups, with and without weight decay. Gradients are those of
½(x - target)² times a factor that changes from step to step, so that some steps are
clipped and others not. Everything is float32, as in Go; factors and targets are powers
of two and small multiples of them.

Run with Python 3.12, PyTorch 2.11 and transformers 4.57: python optim.py
"""

import json

import torch
from torch.nn.utils import clip_grad_norm_
from transformers import get_cosine_schedule_with_warmup

torch.set_num_threads(1)
STEPS, WARMUP, PEAK, LIMIT = 60, 7, 0.05, 3.0

weight = torch.nn.Parameter((torch.arange(15.0).reshape(3, 5) - 7) / 4)
bias = torch.nn.Parameter((torch.arange(4.0) - 2) / 2)
opt = torch.optim.AdamW(
    [{"params": [weight], "weight_decay": 0.1}, {"params": [bias], "weight_decay": 0.0}],
    lr=PEAK, betas=(0.9, 0.98), eps=1e-6, foreach=False,
)
schedule = get_cosine_schedule_with_warmup(opt, WARMUP, STEPS)
rates, norms, weights, biases = [schedule.get_last_lr()[0]], [], [], []
for k in range(1, STEPS + 1):
    schedule.step()  # the rate of step 0, which is 0, is left out
    rates.append(schedule.get_last_lr()[0])
    factor = [0.25, 1.0, 4.0][k % 3]
    weight.grad = factor * (weight.detach() - 0.5)
    bias.grad = factor * (bias.detach() + 0.25)
    norms.append(clip_grad_norm_([weight, bias], LIMIT).item())
    opt.step()
    if k % 10 == 0:
        weights.append(weight.detach().flatten().tolist())
        biases.append(bias.detach().tolist())
moments = {
    name: opt.state[p][key].flatten().tolist()
    for name, p, key in [
        ("weight_m", weight, "exp_avg"), ("weight_v", weight, "exp_avg_sq"),
        ("bias_m", bias, "exp_avg"), ("bias_v", bias, "exp_avg_sq"),
    ]
}
with open("optim.json", "w") as f:
    json.dump({"rates": rates, "norms": norms, "weight_every_10": weights, "bias_every_10": biases} | moments, f, indent=0)
    f.write("\n")
