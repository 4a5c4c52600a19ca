"""What the Python programs share: the cases, and the protocol of Contest in bench/internal/contest."""

import os
import sys
import time

import numpy as np


class Case:
    def __init__(self, directory, line):
        self.name, *numbers = line.split()
        self.rate, self.nfft, self.hop, self.bands = map(int, numbers[:4])
        self.fmin, self.fmax = map(float, numbers[4:])
        path = os.path.join(directory, self.name)
        self.x = np.fromfile(path + ".x.f32", np.float32)
        self.bins = self.nfft // 2 + 1
        self.frames = 1 + len(self.x) // self.hop
        if self.bands:
            self.mel = np.fromfile(path + ".mel.f32", np.float32).reshape(self.bands, self.bins)
        self.columns = self.bands or self.bins


class Way:
    """A way to compute a case: fresh() returns new arrays; reused() returns the
    same one again and again, or is None where the library cannot. Results are
    two-dimensional NumPy arrays, frames first."""

    def __init__(self, note, fresh, reused=None):
        self.note, self.fresh, self.reused = note, fresh, reused


def seconds(f):
    begin = time.perf_counter()
    f()
    return time.perf_counter() - begin


def fastest(ways):
    def least(way):
        return min(seconds(way.reused or way.fresh) for _ in range(3))
    return ways[0] if len(ways) == 1 else min(ways, key=least)


def serve(versions, ways, set_threads=lambda threads: None):
    """Answers requests. ways(case, threads) yields Ways, of which the fastest is
    taken; set_threads is called before any work."""
    directory = sys.argv[-1]
    with open(os.path.join(directory, "cases")) as f:
        cases = {c.name: c for c in (Case(directory, line) for line in f)}
    chosen = {}

    print("ready", versions, flush=True)
    for line in sys.stdin:
        kind, name, threads, mode, rest = line.rstrip("\n").split(" ", 4)
        threads = int(threads)
        set_threads(threads)
        if (name, threads) not in chosen:
            chosen[name, threads] = fastest(list(ways(cases[name], threads)))
        way = chosen[name, threads]
        run = way.fresh if mode == "fresh" else way.reused
        if run is None:
            reply = "none"
        elif kind == "check":
            np.ascontiguousarray(run(), np.float32).tofile(rest)
            reply = "ok " + way.note
        else:
            reply = "ok " + " ".join(str(round(t * 1e9)) for t in times(run, int(rest)))
        print(reply, flush=True)


def times(run, reps):
    """The result of one call is let go of inside the time of the next."""
    result = run()
    for _ in range(reps):
        begin = time.perf_counter()
        result = None
        result = run()
        yield time.perf_counter() - begin
