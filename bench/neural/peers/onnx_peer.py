"""onnxruntime, of graphs that PyTorch exports."""

import os

import numpy as np
import onnxruntime
import torch

import towers
from protocol import serve

F = torch.nn.functional


class Attention(torch.nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, qkv, bias):
        sequences, length, heads, width = self.shape
        q, k, v = qkv.reshape(sequences, length, 3, heads, width).permute(2, 0, 3, 1, 4).unbind(0)
        y = torch.softmax(q @ k.transpose(-1, -2) * 0.2 + bias, -1) @ v
        return y.transpose(1, 2).reshape(sequences * length, heads * width)


class Linear(torch.nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = torch.nn.Parameter(weight)

    def forward(self, x):
        return F.linear(x, self.weight)


class Product(torch.nn.Module):
    def forward(self, a, b):
        return a @ b


class Conv(torch.nn.Module):
    def __init__(self, weight, stride, pad, groups):
        super().__init__()
        self.weight, self.options = torch.nn.Parameter(weight), dict(stride=stride, padding=pad, groups=groups)

    def forward(self, x):
        return F.conv2d(x, self.weight, **self.options)


def graph(case):
    """A module, and a function that makes its inputs."""
    n = case.n
    if case.kind == "gemm":
        inputs = {"a": case.values("a", n[0], n[2]), "b": case.values("b", n[2], n[1])}
        return Product(), lambda: inputs
    if case.kind == "linear":
        inputs = {"x": case.values("a", n[0], n[2])}
        return Linear(torch.from_numpy(case.values("b", n[1], n[2]))), lambda: inputs
    if case.kind == "attention":
        sequences, length, heads, width = n
        inputs = {"qkv": case.values("a", sequences * length, 3 * heads * width), "bias": case.values("b", 1, heads, length, length)}
        return Attention(n), lambda: inputs
    if case.kind == "conv":
        h, w, channels, out, kernel, stride, pad, groups = n
        inputs = {"x": case.values("a", 1, channels, h, w)}
        return Conv(torch.from_numpy(case.values("b", out, channels // groups, kernel, kernel)), stride, pad, groups), lambda: inputs
    return towers.tower(case), towers.preparation(case)


def exported(case):
    """The path of the graph, which is exported once, and what makes its inputs."""
    path = os.path.join(case.directory, case.name + ".onnx")
    module, prepare = graph(case)
    if not os.path.exists(path):
        inputs = prepare()
        # Texts of one batch differ in length from those of another.
        axes = {k: {0: "batch", 1: "length"} for k in inputs} if case.kind in ("clip", "minilm") else None
        with torch.no_grad():
            torch.onnx.export(module, tuple(torch.from_numpy(v) for v in inputs.values()), path,
                              input_names=list(inputs), dynamic_axes=axes, dynamo=False, opset_version=17)
    return path, prepare


def make(case, threads):
    path, prepare = exported(case)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Threads that wait spin only while they work, so that they do not disturb others.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, prepare())[0]


serve(f"onnxruntime {onnxruntime.__version__}", make)
