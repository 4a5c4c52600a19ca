"""Writes mel_torchaudio.npz: the banks of mel_grid.py that torchaudio can make
(even rates and lengths), NFFT up to 1024, in float64.

Made with torch 2.11.0, torchaudio 2.11.0, numpy 2.4.6, Python 3.11.
Run: python mel_torchaudio.py
Compared in spectrogram/mel_test.go with the tolerance of mel.py.
"""

import warnings

import torch
from torchaudio.functional import melscale_fbanks

from mel_grid import grid, save

warnings.filterwarnings("ignore", "At least one mel filterbank")  # as in mel.py
torch.set_default_dtype(torch.float64)

configs = [c for c in grid() if c[0] % 2 == 0 and c[1] % 2 == 0 and c[1] <= 1024]
banks = [
    melscale_fbanks(
        n_fft // 2 + 1, float(fmin), float(fmax or sr / 2), bands, sr,
        norm="slaney" if norm else None, mel_scale="htk" if htk else "slaney",
    ).numpy().T
    for sr, n_fft, bands, fmin, fmax, htk, norm in configs
]
save("mel_torchaudio.npz", configs, banks)
