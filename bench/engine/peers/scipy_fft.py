"""scipy.fft.rfft in float32: over all frames at once, as one writes it; or with
the argument blocks over blocks of them."""

import sys

import numpy as np
import scipy
import threadpoolctl

import blocks
from protocol import Way, serve


def whole(case, threads):
    window = scipy.signal.get_window("hann", case.nfft).astype(np.float32)
    output = np.empty((case.frames, case.columns), np.float32)

    def run(out=None):
        padded = np.pad(case.x, case.nfft // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, case.nfft)[::case.hop]
        X = scipy.fft.rfft(frames * window, workers=threads)
        if not case.bands:
            return np.abs(X, out=out)
        mel = np.matmul(X.real ** 2 + X.imag ** 2, case.mel.T, out=out)
        return np.log10(np.maximum(mel, 1e-10, out=out), out=out)

    yield Way("", run, lambda: run(output))


def new_fft(frames, nfft):
    rows = np.empty((frames, nfft), np.float32)
    return rows, lambda n: scipy.fft.rfft(rows[:n])


def in_blocks(case, threads):
    for block in blocks.BLOCKS:
        yield blocks.way(case, threads, block, new_fft)


versions = f"SciPy {scipy.__version__}, NumPy {np.__version__}"
if "blocks" in sys.argv:
    blocks.serve(versions, in_blocks)
else:
    serve(versions, whole, threadpoolctl.threadpool_limits)
