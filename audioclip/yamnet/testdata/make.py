"""Makes the goldens of this folder with Google's own graph, of the SavedModel "yamnet".

    python make.py SAVEDMODEL

SAVEDMODEL is the folder of TensorFlow Hub's google/yamnet/1, or of a model that contains
it. Made with Python 3.12, tensorflow 2.21.0 on a CPU, numpy 2.4:

 - generated_scores.npy, generated_embeddings.npy: the graph with weights that
   yamnet_test.go generates as well, from their names, for tone(39000);
 - scores.npy: the graph with its own weights, mean over the patches, for the signals of
   signals() below, one row each.

Tolerances: scores 1e-5, embeddings 1e-4 of the largest.
"""

import os
import pathlib
import sys
import wave

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]


def uniform(name, n):
    """n values in [0, 1) that depend on the name alone: the rule of package stream."""
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


def generated(name, shape):
    u = uniform(name, int(np.prod(shape)))
    s = 2 * u - 1
    kind = name.rsplit("/", 1)[-1]
    if kind == "moving_variance":
        v = 0.5 + u
    elif kind == "moving_mean":
        v = 0.2 * s
    elif kind in ("beta", "bias"):
        v = 0.1 * s
    else:
        fan = 9 if kind == "depthwise_kernel" else np.prod(shape[:-1])
        v = s * np.sqrt(6 / fan)
    return v.astype(np.float32).reshape(shape)


def tone(n):
    """A tone, a second one that becomes louder, and noise."""
    t = np.arange(n) / 16000
    x = 0.5 * np.sin(2 * np.pi * 440 * t) + 0.25 * np.sin(2 * np.pi * 3000 * t) * np.arange(n) / n
    return (x + 0.1 * (2 * uniform("noise", n) - 1)).astype(np.float32)


def recording(name):
    """A recording of 16 bits as if it were made at 16 kHz: no resampling."""
    with wave.open(str(ROOT / "testdata" / name)) as f:
        return np.frombuffer(f.readframes(f.getnframes()), "<i2").astype(np.float32) / 32768


def signals():
    return [
        np.zeros(16000, np.float32),
        tone(1000),
        tone(15600),
        tone(15601),
        tone(80000),
        (2 * uniform("noise", 48000) - 1).astype(np.float32),
        recording("hello-world.wav"),
        recording("wolf-howl.wav"),
    ]


def find(model):
    """Returns the original's graph in a model."""
    if hasattr(model, "_yamnet"):
        return model
    return getattr(model, "layer-1").layer._func


def main(folder):
    graph = find(tf.saved_model.load(folder))
    np.save(HERE / "scores.npy", np.stack([graph(x)[0].numpy().mean(0, dtype=np.float64).astype(np.float32) for x in signals()]))
    network = graph._yamnet
    i = 0
    while hasattr(network, f"layer_with_weights-{i}"):
        layer = getattr(network, f"layer_with_weights-{i}")
        for kind in ("kernel", "depthwise_kernel", "beta", "moving_mean", "moving_variance", "bias"):
            if hasattr(layer, kind):
                v = getattr(layer, kind)
                v.assign(generated(f"layer_with_weights-{i}/{kind}", v.shape.as_list()))
        i += 1
    scores, embeddings, _ = graph(tone(39000))
    np.save(HERE / "generated_scores.npy", scores.numpy())
    np.save(HERE / "generated_embeddings.npy", embeddings.numpy())


if __name__ == "__main__":
    main(sys.argv[1])
