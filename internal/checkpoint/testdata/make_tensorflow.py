"""Writes sharded_tensorflow, a checkpoint of TensorFlow in two files of data.

Made with Python 3.12, tensorflow 2.21.0:

    python make_tensorflow.py

Elements are those of make.py. Beside the tensors of numbers there are one of strings and
one of complex numbers.

    python make_tensorflow.py large FOLDER

writes a checkpoint of 6,000 tensors, whose index has several blocks, there.
"""

import pathlib
import shutil
import sys

import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).parent
FLOATS = ["float32", "float64", "float16", "bfloat16"]
FLOATS8 = ["float8_e4m3fn", "float8_e5m2"]
INTS = ["int64", "int32", "int16", "int8"]
UINTS = ["uint8", "uint16", "uint32", "uint64"]


def values(shape, dtype="float32"):
    v = (np.arange(int(np.prod(shape))) * 37) % 101 - 50
    if "float" in dtype:
        v = v / 16
    elif dtype == "bool":
        v = v & 1
    elif dtype in UINTS:
        v = v + 50
    return tf.cast(tf.constant(v.reshape(shape), tf.float64), tf.as_dtype(dtype))


def save(path, tensors):
    tf.raw_ops.SaveV2(prefix=str(path), tensor_names=list(tensors), shape_and_slices=[""] * len(tensors), tensors=list(tensors.values()))


def main():
    tensors = {name: values((2, 3, 4), name) for name in FLOATS + FLOATS8 + INTS + UINTS + ["bool"]}
    tensors["scalar"] = values(())
    tensors["empty"] = values((3, 0, 2))
    tensors["layer/kernel/.ATTRIBUTES/VARIABLE_VALUE"] = values((5, 3))
    tensors["strings"] = tf.constant(["a", "bc"])
    tensors["complex"] = tf.constant([1 + 2j], tf.complex64)
    names = sorted(tensors)
    folder = HERE / "sharded_tensorflow"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    parts = [str(folder / "first"), str(folder / "second")]
    save(parts[0], {name: tensors[name] for name in names[::2]})
    save(parts[1], {name: tensors[name] for name in names[1::2]})
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=str(folder / "variables"))


def large(folder):
    save(pathlib.Path(folder) / "large", {f"model/block{i % 60}/layer{i // 60}/kernel/with/a/long/name/.ATTRIBUTES/VARIABLE_VALUE": values((2, 3)) for i in range(6000)})


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "large":
        large(sys.argv[2])
    else:
        main()
