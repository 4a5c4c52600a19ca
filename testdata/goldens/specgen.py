#!/usr/bin/env python3
"""Goldens for the matrices that specgen writes, made with librosa.

    pip install librosa==1.0.0 soundfile numpy
    python testdata/goldens/specgen.py

Writes specgen.npz beside this file: decibels of a recording in testdata/, as
librosa computes them in float64, every 16th frame, stored as float32.
Tolerance in the test: 2e-3 dB where the value is above -79 dB (the input of
specgen is transformed in float32; an error of 1e-7 of the loudest value is
4e-4 dB at -80 dB for each of the parts of a sum that cancel there).
"""
import pathlib

import librosa
import numpy as np
import soundfile

here = pathlib.Path(__file__).parent
out = {}


def db(power, top=80.0):
    """Relative to the largest value of all channels, which librosa 1.0 takes for
    each channel when it is left to it."""
    relative = librosa.power_to_db(power, ref=float(power.max()), amin=1e-30, top_db=None)
    return np.maximum(relative, -top).swapaxes(-1, -2).astype(np.float32)


x, sr = soundfile.read(here.parent / "wolf-howl.wav", dtype="float64")
full = db(np.abs(librosa.stft(x, n_fft=2048, hop_length=512, center=True, pad_mode="constant")) ** 2)
out["stft"] = full[::16]
out["stft_shape"] = np.array(full.shape)

x, sr = soundfile.read(here.parent / "hello-world.wav", dtype="float64")
full = db(librosa.feature.melspectrogram(y=x, sr=sr, n_fft=400, hop_length=160, n_mels=40, fmin=50, fmax=3800, htk=True, norm=None, pad_mode="reflect"), top=60.0)
out["mel"] = full[::16]
out["mel_shape"] = np.array(full.shape)

x, sr = soundfile.read(here.parent / "choir.flac", dtype="float64")
full = np.stack([np.abs(librosa.stft(c, n_fft=1024, hop_length=300, win_length=1000, window="blackman", center=False)) ** 2 for c in x.T])
full = db(full)
out["split"] = full[:, ::16]
out["split_shape"] = np.array(full.shape)

out["versions"] = np.frombuffer(f"librosa {librosa.__version__}, numpy {np.__version__}, soundfile {soundfile.__version__}".encode(), dtype=np.uint8)
np.savez_compressed(here / "specgen.npz", **out)
