"""Writes the files of this folder.

Made with Python 3.12, torch 2.11.0, safetensors 0.8.0 and numpy 1.26.4:

    python make.py

Element i of a tensor is ((37 i) mod 101 - 50) / 16 in tensors of floats and
(37 i) mod 101 - 50 in tensors of integers, plus 50 where there are no negative
ones, its lowest bit in tensors of truth values: numbers that all types but the
8-bit floats hold exactly. Those of 8 bits are rounded by torch; what they are
is in checkpoint_test.go.

    WRITE_SAFETENSORS=written.safetensors go test -run WriteSafetensors .
    python make.py check written.safetensors

loads a file that WriteSafetensors wrote with safetensors and prints what is in it.
"""

import argparse
import collections
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
FLOATS = ["float32", "float64", "float16", "bfloat16"]
FLOATS8 = ["float8_e4m3fn", "float8_e5m2"]
INTS = ["int64", "int32", "int16", "int8"]
UINTS = ["uint8", "uint16", "uint32", "uint64"]


def values(shape, dtype="float32"):
    n = int(np.prod(shape))
    v = (torch.arange(n) * 37) % 101 - 50
    if "float" in dtype:
        v = v / 16
    elif dtype == "bool":
        v = v & 1
    elif dtype in UINTS:
        v = v + 50
    return v.to(getattr(torch, dtype)).reshape(shape)


def dtypes():
    tensors = {name: values((2, 3, 4), name) for name in FLOATS + FLOATS8 + INTS + UINTS + ["bool"]}
    tensors["scalar"] = values(())
    tensors["empty"] = values((3, 0, 2))
    return tensors


def views():
    base = values((6, 8))
    return {
        "base": base,
        "transposed": base.t(),
        "slice": base[1::2, 2:7:3],
        "row": base[3],
        "column": base[:, 5],
        "expanded": base[2, :4].expand(3, 4),
        "permuted": values((2, 3, 4), "float16").permute(2, 0, 1),
        "parameter": torch.nn.Parameter(base[4:]),
        "corner": base[5, 7],
        "none": base[:, :0],
    }


class Block(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.attn = torch.nn.Linear(width, width)
        self.gain = torch.nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x + self.attn(x) * self.gain


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 4, 2, bias=False)
        self.blocks = torch.nn.Sequential(Block(4), Block(4))
        self.norm = torch.nn.BatchNorm1d(4)
        self.names = ["a", "b"]
        self.sizes = {"x": 1}
        self.register_buffer("positions", torch.arange(5))
        state = self.state_dict()
        for name, tensor in state.items():
            tensor.copy_(values(tuple(tensor.shape), str(tensor.dtype)[6:]))

    def forward(self, x):
        y = self.conv1(x).mean((2, 3))
        return self.norm(self.blocks(y)) + self.positions[: y.shape[1]]


def nested():
    layer = torch.nn.Linear(4, 3)
    with torch.no_grad():
        layer.weight.copy_(values((3, 4)))
        layer.bias.copy_(values((3,)))
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.25)
    layer(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        layer.weight.copy_(values((3, 4)))
        layer.bias.copy_(values((3,)))
    return {
        "epoch": 7,
        "name": "run",
        "state_dict": {"module." + k: v for k, v in layer.state_dict().items()},
        "optimizer": optimizer.state_dict(),
        "args": argparse.Namespace(lr=0.25, path=pathlib.PurePosixPath("a/b")),
        "best": np.float64(0.5),
        "curve": np.arange(3.0),
        "counts": collections.Counter(a=2),
        "shapes": [torch.Size([2, 3]), torch.float16, torch.device("cpu")],
        "groups": collections.defaultdict(list, {"x": [values((2,)), (values((3,)), None)]}),
        ("a", "tuple"): values((2,)),
        "done": False,
        "rate": 0.25,
    }


def sharded(kind):
    tensors = {f"layers.{i}.weight": values((i + 1, 3)) for i in range(4)}
    suffix, index = {"safetensors": ("safetensors", "model.safetensors"), "bin": ("bin", "pytorch_model.bin")}[kind]
    folder = HERE / f"sharded_{kind}"
    folder.mkdir(exist_ok=True)
    weight_map = {}
    for part in range(2):
        name = f"model-0000{part + 1}-of-00002.{suffix}"
        piece = {k: v for k, v in tensors.items() if int(k[7]) % 2 == part}
        (save_file if kind == "safetensors" else torch.save)(piece, folder / name)
        weight_map.update({k: name for k in piece})
    text = json.dumps({"metadata": {"total_size": 120}, "weight_map": weight_map}, indent=2)
    (folder / (index + ".index.json")).write_text(text + "\n")


def main():
    save_file(dtypes(), HERE / "dtypes.safetensors", {"format": "pt", "Größe": 'a "b" \\ \n \u2028 𝄞'})
    torch.save(dtypes(), HERE / "dtypes.pt")
    # The integers without sign and the 8-bit floats are younger than the format.
    old = {k: v for k, v in dtypes().items() if k not in UINTS[1:] + FLOATS8}
    torch.save(old, HERE / "dtypes_legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(views(), HERE / "views.pt")
    torch.save(views(), HERE / "views_legacy.pt", _use_new_zipfile_serialization=False)
    for protocol in 1, 3, 4, 5:  # torch cannot load what it saves with 0; 2 is the default
        torch.save(nested(), HERE / f"nested_protocol{protocol}.pt", pickle_protocol=protocol)
        torch.save(nested(), HERE / f"nested_protocol{protocol}_legacy.pt", pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    torch.save(nested(), HERE / "nested.pt")
    torch.save(nested(), HERE / "nested_legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(values((2, 3)), HERE / "tensor.pt")
    torch.save(torch.nn.Linear(2, 3), HERE / "module.pt")
    torch.serialization.set_crc32_options(False)
    torch.save({"a": values((2, 3))}, HERE / "without_checksums.pt")
    torch.jit.script(Model().half().eval()).save(str(HERE / "script.pt"))
    sharded("safetensors")
    sharded("bin")


def check(path):
    with safe_open(path, "pt") as f:
        print(f.metadata())
        for name in f.keys():
            t = f.get_tensor(name)
            print(name, t.dtype, tuple(t.shape), t.flatten()[:4].tolist())


if __name__ == "__main__":
    torch.manual_seed(0)
    if len(sys.argv) == 3 and sys.argv[1] == "check":
        check(sys.argv[2])
    else:
        main()
