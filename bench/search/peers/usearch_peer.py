"""usearch: exact search of float32 values; with -i8 of integers of eight bits; with
-hnsw its approximate index of such."""

import os
import sys

import numpy as np
import usearch
from usearch.index import Index, MetricKind
from usearch.index import search as exact

from protocol import blocks, dim, n, serve

threads = 1


def set_threads(count):
    global threads
    threads = count


if "-hnsw" in sys.argv:
    index = Index(ndim=dim, metric="ip", dtype="i8")
    for begin, block in blocks():
        index.add(np.arange(begin, begin + len(block)), block, threads=os.cpu_count())

    def search(q, k):
        return index.search(q, k, threads=threads).keys
elif "-i8" in sys.argv:
    # One scale for all, since scores of different vectors must be comparable.
    scale = 127 / max(np.abs(block).max() for _, block in blocks())
    codes = np.empty((n, dim), np.int8)
    for begin, block in blocks():
        codes[begin:begin + len(block)] = np.round(block * scale)

    def search(q, k):
        q = np.round(q * (127 / np.abs(q).max())).astype(np.int8)
        return exact(codes, q, k, MetricKind.IP, exact=True, threads=threads).keys
else:
    vectors = np.empty((n, dim), np.float32)
    for begin, block in blocks():
        vectors[begin:begin + len(block)] = block

    def search(q, k):
        return exact(vectors, q, k, MetricKind.IP, exact=True, threads=threads).keys


serve(f"usearch {usearch.__version__}", search, set_threads)
