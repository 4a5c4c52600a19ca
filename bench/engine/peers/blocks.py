"""A pipeline in NumPy around any FFT, in blocks of frames that stay in the
cache, split over threads (NumPy, SciPy and pyFFTW let go of the interpreter
lock while they compute)."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import threadpoolctl

import protocol

BLOCKS = 16, 64, 256, 1024


def serve(versions, ways):
    """The threads are those of the pool below: BLAS has none of its own."""
    protocol.serve(versions, ways, lambda threads: threadpoolctl.threadpool_limits(1))


class Scratch:
    """What a thread needs. new_fft(frames, nfft) returns an array to fill, and a
    function that transforms its first n rows."""

    def __init__(self, case, block, new_fft):
        self.case, self.block = case, block
        self.window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(case.nfft) / case.nfft)).astype(np.float32)
        self.input, self.rfft = new_fft(block, case.nfft)
        self.real = np.empty((block, case.bins), np.float32)
        self.imag = np.empty((block, case.bins), np.float32)

    def run(self, frames, out):
        for t in range(0, len(frames), self.block):
            rows = frames[t:t + self.block]
            n = len(rows)
            np.multiply(rows, self.window, out=self.input[:n])
            X, row = self.rfft(n), out[t:t + n]
            if not self.case.bands:
                np.abs(X, out=row)
                continue
            power = np.multiply(X.real, X.real, out=self.real[:n])
            power += np.multiply(X.imag, X.imag, out=self.imag[:n])
            np.matmul(power, self.case.mel.T, out=row)
            np.log10(np.maximum(row, 1e-10, out=row), out=row)


def way(case, threads, block, new_fft):
    scratch = [Scratch(case, block, new_fft) for _ in range(threads)]
    pool = ThreadPoolExecutor(threads)
    shape = case.frames, case.columns
    output = np.empty(shape, np.float32)
    edges = [case.frames * i // threads for i in range(threads + 1)]

    def run(out):
        padded = np.pad(case.x, case.nfft // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, case.nfft)[::case.hop]
        jobs = [pool.submit(s.run, frames[a:b], out[a:b]) for s, a, b in zip(scratch[1:], edges[1:], edges[2:])]
        scratch[0].run(frames[:edges[1]], out[:edges[1]])
        for job in jobs:
            job.result()
        return out

    return protocol.Way(f"{block} frames at once", lambda: run(np.empty(shape, np.float32)), lambda: run(output))
