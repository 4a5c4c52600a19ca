"""librosa's stft and melspectrogram, as one calls them; and for reused output
with out= and the filters computed beforehand."""

import librosa
import numpy as np
import scipy
import threadpoolctl

from protocol import Way, serve


def set_threads(threads):
    threadpoolctl.threadpool_limits(threads)
    scipy.fft.set_workers(threads).__enter__()


def ways(case, threads):
    options = dict(n_fft=case.nfft, hop_length=case.hop, window="hann", center=True, pad_mode="constant")
    X = np.empty((case.bins, case.frames), np.complex64, order="F")
    S = np.empty((case.bins, case.frames), np.float32, order="F")

    def magnitude():
        return np.abs(librosa.stft(case.x, dtype=np.complex64, **options)).T

    def magnitude_out():
        return np.abs(librosa.stft(case.x, out=X, **options), out=S).T

    if not case.bands:
        yield Way("", magnitude, magnitude_out)
        return
    bank = dict(sr=case.rate, n_mels=case.bands, fmin=case.fmin, fmax=case.fmax)
    filters = librosa.filters.mel(n_fft=case.nfft, **bank)
    M = np.empty((case.bands, case.frames), np.float32)

    def logmel():
        mel = librosa.feature.melspectrogram(y=case.x, power=2.0, **bank, **options)
        return np.log10(np.maximum(mel, 1e-10)).T

    def logmel_out():
        magnitude_out()
        np.matmul(filters, np.multiply(S, S, out=S), out=M)
        return np.log10(np.maximum(M, 1e-10, out=M), out=M).T

    yield Way("", logmel, logmel_out)


# Numba compiles at the first call, which is none that is timed.
serve(f"librosa {librosa.__version__}", ways, set_threads)
