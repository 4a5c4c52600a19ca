"""Writes spectrogram_torchaudio.npz, from the signal of spectrogram_librosa.npz
(run spectrogram.py first), in float64; (channels, frames, bins).

Made with torch 2.11.0, torchaudio 2.11.0, numpy 2.4.6, Python 3.11.
Run: python spectrogram_torchaudio.py
Compared in spectrogram/golden_test.go, tolerances there.

mel_power  MelSpectrogram(16000, n_fft=400, hop_length=160, n_mels=80)
mel_db     AmplitudeToDB("power", top_db=80) of it
stft_db    AmplitudeToDB("magnitude") of
           Spectrogram(n_fft=300, hop_length=75, power=1, normalized="window")
"""

import numpy as np
import torch
from torchaudio.transforms import AmplitudeToDB, MelSpectrogram, Spectrogram

torch.set_default_dtype(torch.float64)

x = torch.from_numpy(np.load("spectrogram_librosa.npz")["signal"].astype(np.float64))
power = MelSpectrogram(16000, n_fft=400, hop_length=160, n_mels=80)(x)
stft = Spectrogram(n_fft=300, hop_length=75, power=1, normalized="window")(x)
arrays = {
    "mel_power": power,
    "mel_db": AmplitudeToDB("power", top_db=80)(power),
    "stft_db": AmplitudeToDB("magnitude")(stft),
}
np.savez_compressed("spectrogram_torchaudio.npz", **{k: v.mT.contiguous().numpy() for k, v in arrays.items()})
