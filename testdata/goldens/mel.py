"""Writes mel_librosa.npz: the banks of mel_grid.py, in float64, and

peaks    the peak of each filter in Hz

Made with librosa 1.0.0, numpy 2.5.5, Python 3.12. Run: python mel.py
Compared in spectrogram/mel_test.go: each weight to 1e-6 of itself plus 1e-12 of
the bank's largest, for feet of filters where a weight is only rounding.
"""

import warnings

import librosa
import numpy as np

from mel_grid import grid, save

warnings.filterwarnings("ignore", "Empty filters")  # some banks are meant to have them

configs = list(grid())
banks, peaks = [], []
for sr, n_fft, bands, fmin, fmax, htk, norm in configs:
    fmax = fmax or sr / 2
    banks.append(
        librosa.filters.mel(
            sr=sr, n_fft=n_fft, n_mels=bands, fmin=fmin, fmax=fmax, htk=bool(htk),
            norm="slaney" if norm else None, dtype=np.float64,
        )
    )
    peaks.append(librosa.mel_frequencies(bands + 2, fmin=fmin, fmax=fmax, htk=bool(htk))[1:-1])
save("mel_librosa.npz", configs, banks, peaks=np.concatenate(peaks))
