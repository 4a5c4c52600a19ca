"""FFTW from Python: pyFFTW's plans, over blocks of frames."""

import pyfftw

import blocks


def new_fft(frames, nfft):
    rows = pyfftw.empty_aligned((frames, nfft), "float32")
    X = pyfftw.empty_aligned((frames, nfft // 2 + 1), "complex64")
    plan = pyfftw.FFTW(rows, X, flags=("FFTW_PATIENT", "FFTW_DESTROY_INPUT"), planning_timelimit=5)
    rows[:] = 0

    def rfft(n):
        plan.execute()
        return X[:n]
    return rows, rfft


def ways(case, threads):
    for block in blocks.BLOCKS:
        yield blocks.way(case, threads, block, new_fft)


blocks.serve(f"pyFFTW {pyfftw.__version__} with FFTW {pyfftw.fftw_version}", ways)
