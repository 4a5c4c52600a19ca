"""What the Python programs share: the cases, and the protocol of Contest in bench/internal/contest."""

import os
import sys
import time

import numpy as np


class Case:
    def __init__(self, directory, line):
        self.name, self.kind, *numbers = line.split()
        self.n = [int(v) for v in numbers]
        self.directory = directory

    def values(self, which, *shape):
        return np.fromfile(os.path.join(self.directory, f"{self.name}.{which}.f32"), np.float32).reshape(shape)

    def texts(self):
        with open(os.path.join(self.directory, "texts")) as f:
            return f.read().split("\n")[:self.n[0]]


def serve(versions, make, set_threads=lambda threads: None):
    """Answers requests. make(case, threads) returns a function that computes a
    case, or None."""
    directory = sys.argv[-1]
    with open(os.path.join(directory, "cases")) as f:
        cases = {c.name: c for c in (Case(directory, line) for line in f)}
    known = {}

    print("ready", versions, flush=True)
    for line in sys.stdin:
        kind, name, threads, rest = line.rstrip("\n").split(" ", 3)
        threads = int(threads)
        set_threads(threads)
        if (name, threads) not in known:
            known[name, threads] = make(cases[name], threads)
        run = known[name, threads]
        if run is None:
            reply = "none"
        elif kind == "check":
            np.ascontiguousarray(run(), np.float32).tofile(rest)
            reply = "ok"
        else:
            reply = "ok " + " ".join(str(round(t * 1e9)) for t in times(run, int(rest)))
        print(reply, flush=True)


def times(run, reps):
    run()
    for _ in range(reps):
        begin = time.perf_counter()
        run()
        yield time.perf_counter() - begin
