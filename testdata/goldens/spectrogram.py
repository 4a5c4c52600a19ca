"""Writes decibel.npz and spectrogram_librosa.npz.

Made with librosa 1.0.0, numpy 2.5.5, Python 3.12. Run: python spectrogram.py
Everything is computed in float64 from float32 input; (channels, frames, bins).

decibel.npz, compared in spectrogram/decibel_test.go to 1e-4 dB (all its names
end in what was passed to librosa):

values       two channels of numbers from subnormal to 1e6, zeros too
power_…      librosa.power_to_db(values, …, axes=None)
amplitude_…  librosa.amplitude_to_db(values, …, axes=None)

spectrogram_librosa.npz, compared in spectrogram/golden_test.go, tolerances there:

signal         two channels at 16 kHz: a chirp with noise, and two tones that
               stop and leave silence
mel_power      melspectrogram(n_fft=512, hop_length=160, n_mels=40)
mel_magnitude  melspectrogram(n_fft=512, win_length=400, window="hamming",
               hop_length=200, n_mels=23, fmin=60, fmax=7600, htk=True, norm=None,
               power=1, pad_mode="reflect")
mel_db         power_to_db(mel_power, ref=np.max, axes=None), top_db=80
stft_db        amplitude_to_db(|stft(n_fft=256, hop_length=100, center=False)|),
               ref 1, top_db=None
stft_db_max    the same, ref=np.max and top_db=80 for each channel
"""

import librosa
import numpy as np

RATE = 16000


def signal():
    rng = np.random.default_rng(7)
    t = np.arange(4000) / RATE
    sweep = 0.5 * np.sin(2 * np.pi * (200 * t + 0.5 * (7000 - 200) / t[-1] * t**2))
    tones = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.05 * np.cos(2 * np.pi * 3000 * t)
    tones[2400:] = 0
    return np.stack([sweep + 0.01 * rng.standard_normal(t.size), tones]).astype(np.float32)


def frames_first(s):
    return np.ascontiguousarray(np.swapaxes(s, -1, -2))


def decibel():
    rng = np.random.default_rng(8)
    values = np.exp(rng.uniform(np.log(1e-20), np.log(1e6), (2, 6, 50))).astype(np.float32)
    values[1] *= np.float32(1e-8)
    values[:, 2] = 0
    values[0, 3, :5] = [1e-44, 1e-38, 1e6, 1, 1e-10]
    v = values.astype(np.float64)
    out = {"values": values}
    for name, f in [("power", librosa.power_to_db), ("amplitude", librosa.amplitude_to_db)]:
        out[f"{name}_ref1"] = f(v, top_db=None, axes=None)
        out[f"{name}_ref1_top80"] = f(v, axes=None)
        out[f"{name}_ref20_amin1e-4"] = f(v, ref=20.0, amin=1e-4, top_db=None, axes=None)
        out[f"{name}_refmax_top120"] = f(v, ref=np.max, top_db=120, axes=None)
        out[f"{name}_refmax_top80_each"] = f(v, ref=np.max)
        out[f"{name}_silence_refmax"] = f(np.zeros((1, 1, 4)), ref=np.max, axes=None)
    np.savez_compressed("decibel.npz", **out)


def spectrogram():
    x = signal()
    y = x.astype(np.float64)
    power = librosa.feature.melspectrogram(y=y, sr=RATE, n_fft=512, hop_length=160, n_mels=40)
    magnitude = librosa.feature.melspectrogram(
        y=y, sr=RATE, n_fft=512, win_length=400, window="hamming", hop_length=200, n_mels=23, fmin=60, fmax=7600,
        htk=True, norm=None, power=1, pad_mode="reflect",
    )
    stft = np.abs(librosa.stft(y, n_fft=256, hop_length=100, center=False))
    np.savez_compressed(
        "spectrogram_librosa.npz",
        signal=x,
        mel_power=frames_first(power),
        mel_magnitude=frames_first(magnitude),
        mel_db=frames_first(librosa.power_to_db(power, ref=np.max, axes=None)),
        stft_db=frames_first(librosa.amplitude_to_db(stft, top_db=None)),
        stft_db_max=frames_first(librosa.amplitude_to_db(stft, ref=np.max)),
    )


if __name__ == "__main__":
    decibel()
    spectrogram()
