"""Writes golden.json: figures of classification and retrieval by scikit-learn 1.9.1
and pytrec_eval-terrier 0.5.11, and an interval by NumPy 1.26.4. ../golden_test.go
compares to 1e-9, and the interval to 0.012 (both are random).

    python golden.py
"""

import json
import os

import numpy as np
import pytrec_eval
from sklearn import metrics

rng = np.random.default_rng(7)


def vectors(n, dim):
    return np.round(rng.normal(size=(n, dim)), 3).astype(np.float32)


def rows(a):
    return [[float(f"{v:.3f}") for v in row] for row in a]


def cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    s = np.empty((len(a), len(b)))
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            s[i, j] = (x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum())
    return s.astype(np.float32)


def classification():
    labels = vectors(13, 6)
    # Uneven classes, one of them (12) without a single item.
    truth = np.concatenate([np.full(n, c) for c, n in enumerate([20, 15, 11, 8, 6, 4, 3, 2, 2, 1, 1, 7])])
    rng.shuffle(truth)
    items = np.round(labels[truth] + rng.normal(size=(len(truth), 6)) * 1.4, 3).astype(np.float32)
    for i in range(0, 20, 2):  # equal cosines, of equal and of different classes
        items[i + 1] = items[i]
    s = cosines(items, labels)
    top = s.argmax(1)
    present = np.unique(truth)
    ap = [metrics.average_precision_score(truth == c, s[:, c]) if c in present else 0 for c in range(13)]
    p, r, f, support = metrics.precision_recall_fscore_support(truth, top, labels=range(13), zero_division=0)
    return {
        "items": rows(items), "labels": rows(labels), "truth": truth.tolist(),
        "top1": metrics.accuracy_score(truth, top),
        "top5": metrics.top_k_accuracy_score(truth, s, k=5, labels=range(13)),
        "macro": metrics.balanced_accuracy_score(truth, top),
        "map": float(np.mean([ap[c] for c in present])),
        "precision": p.tolist(), "recall": r.tolist(), "f1": f.tolist(), "support": support.tolist(), "ap": ap,
        "confusion": metrics.confusion_matrix(truth, top, labels=range(13)).tolist(),
    }


def retrieval(right, queries, candidates):
    s = cosines(queries, candidates)
    run = {f"q{i}": {f"d{j}": float(v) for j, v in enumerate(row)} for i, row in enumerate(s)}
    qrel = {f"q{i}": {f"d{j}": 1 for j in r} for i, r in enumerate(right)}
    names = {"success_1", "success_5", "success_10", "map_cut_10", "recip_rank"}
    got = pytrec_eval.RelevanceEvaluator(qrel, names).evaluate(run).values()
    mean = lambda name: float(np.mean([q[name] for q in got]))
    return {
        "queries": rows(queries), "candidates": rows(candidates), "right": right,
        "r1": mean("success_1"), "r5": mean("success_5"), "r10": mean("success_10"), "map10": mean("map_cut_10"),
        "medianRank": float(np.median([round(1 / q["recip_rank"]) for q in got])),
    }


def retrievals():
    clips = vectors(31, 6)
    of_caption = np.repeat(np.arange(31), 5)
    captions = np.round(clips[of_caption] + rng.normal(size=(155, 6)), 3).astype(np.float32)
    # As in Clotho: five captions a clip.
    yield retrieval([[i] for i in of_caption.tolist()], captions, clips)
    yield retrieval([list(range(5 * i, 5 * i + 5)) for i in range(31)], clips, captions)
    # Any number of right answers up to ten.
    right = [sorted(rng.choice(31, size=rng.integers(1, 11), replace=False).tolist()) for _ in range(40)]
    yield retrieval(right, vectors(40, 6), clips)


def interval():
    # Sources of uneven size, within which items are alike.
    sizes = rng.integers(1, 12, size=40)
    sources = np.repeat(np.arange(40), sizes)
    rate = rng.beta(2, 1, size=40)
    hit = (rng.random(len(sources)) < rate[sources]).astype(int)
    sums = np.bincount(sources, hit)
    draw = rng.integers(0, 40, size=(200_000, 40))
    means = sums[draw].sum(1) / sizes[draw].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"values": hit.tolist(), "sources": [f"s{i}" for i in sources], "low": low, "high": high}


golden = {"classification": classification(), "retrieval": list(retrievals()), "interval": interval()}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as f:
    json.dump(golden, f, separators=(",", ":"))
