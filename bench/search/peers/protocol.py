"""What the Python programs share: the vectors, and the protocol of program in ../main.go."""

import os
import sys
import time

import numpy as np

folder, dim = sys.argv[-2], int(sys.argv[-1])
n = os.path.getsize(f"{folder}/vectors.f32") // (4 * dim)
queries = np.fromfile(f"{folder}/queries.f32", np.float32).reshape(-1, dim)


def blocks(begin=0, end=n, rows=1 << 14):
    """The vectors, and the number of the first one of each block."""
    for i in range(begin, end, rows):
        count = min(rows, end - i)
        yield i, np.fromfile(f"{folder}/vectors.f32", np.float32, count * dim, offset=4 * i * dim).reshape(-1, dim)


def serve(versions, search, set_threads=lambda threads: None):
    """Answers requests. search(query, k) returns ids."""
    print("ready", versions, flush=True)
    for line in sys.stdin:
        kind, threads, k, first, count = line.split()
        set_threads(int(threads))
        chosen = [queries[i % len(queries)] for i in range(int(first), int(first) + int(count))]
        if kind == "check":
            print("ok", *(int(i) for q in chosen for i in search(q, int(k))), flush=True)
            continue
        search(chosen[-1], int(k))
        times = []
        for q in chosen:
            begin = time.perf_counter()
            search(q, int(k))
            times.append(str(round((time.perf_counter() - begin) * 1e9)))
        print("ok", *times, flush=True)
