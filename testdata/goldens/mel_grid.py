"""The grid of mel banks that mel.py and mel_torchaudio.py make, and how they
are stored: as arrays

configs  one row a bank: sample rate, NFFT, bands, fmin, fmax (0: half the
         sample rate), htk (0 or 1), Slaney norm (0 or 1)
rows     one row a filter, bank after bank: first bin, number of weights
weights  the weights of all rows, float32
"""

import numpy as np

TRANSFORMS = [
    (8000, 256), (8000, 400), (11025, 512), (16000, 400), (16000, 512), (16000, 1024), (22050, 441),
    (22050, 2048), (32000, 1103), (44100, 2048), (44100, 4096), (48000, 1024), (96000, 4096),
]
BANDS = [40, 80, 13, 128, 1, 64, 256]
RANGES = [(0, 0), (20, 0), (125, 0.47), (0, 0.3), (300, 1)]  # Hz, then times the sample rate


def grid():
    i = 0
    for sr, n_fft in TRANSFORMS:
        for htk in (0, 1):
            fmin, fmax = RANGES[i % len(RANGES)]
            yield sr, n_fft, BANDS[i % len(BANDS)], fmin, fmax * sr, htk, i // 2 % 2
            i += 1


def runs(bank):
    """The filters of a dense bank as (first, count) rows and their weights."""
    rows, weights = [], []
    for f in bank:
        k = np.flatnonzero(f)
        first, count = (k[0], k[-1] - k[0] + 1) if k.size else (0, 0)
        rows.append((first, count))
        weights.append(f[first : first + count])
    return rows, weights


def save(path, configs, banks, **others):
    rows, weights = [], []
    for bank in banks:
        r, w = runs(bank)
        rows += r
        weights += w
    np.savez_compressed(
        path,
        configs=np.array(configs, np.float64),
        rows=np.array(rows, np.int32),
        weights=np.concatenate(weights).astype(np.float32),
        **others,
    )
