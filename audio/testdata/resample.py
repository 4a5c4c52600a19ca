"""Writes resample.npz: samples converted and mixed by others.

x    1200 samples of noise without content above 0.13 cycles per sample, faded
     in and out, so that its transition bands and edges do not tell one good
     resampler from another
A-B  x converted from A to B Hz by trigonometric interpolation in float64: the
     sum of the sines that x with zeros around it consists of, at the new times
planes, mono2, mono3, mono6
     six channels, and librosa.to_mono of the first 2, 3 and 6 of them

Prints how far soxr at its very high quality is from the interpolation: 6e-8 of
full scale at most, except for 44100 to 16000 Hz, where it is off by 1.2e-5.

Made with numpy 2.4.6, soxr 1.1.0, librosa 0.11.0. The tests allow 5e-7.
"""

import math
import os

import librosa
import numpy as np
import soxr

rng = np.random.default_rng(20)
n = 1200
spectrum = np.fft.rfft(rng.standard_normal(n))
spectrum[np.fft.rfftfreq(n) > 0.12] = 0
x = np.fft.irfft(spectrum, n) * np.hanning(n) ** 2
x = (0.9 * x / np.abs(x).max()).astype(np.float32)


def interpolate(x, a, b):
    period = 8 * len(x)
    X = np.fft.rfft(x.astype(np.float64), period)
    X[1:-1] *= 2
    times = np.arange(math.ceil(len(x) * b / a)) * a / b
    angles = 2 * np.pi / period * np.outer(times, np.arange(len(X)))
    return (np.cos(angles) @ X.real - np.sin(angles) @ X.imag) / period


arrays = {"x": x}
for a, b in [(44100, 16000), (44100, 22050), (44100, 44101), (44100, 48000), (11025, 44100)]:
    y = interpolate(x, a, b)
    arrays[f"{a}-{b}"] = y.astype(np.float32)
    other = soxr.resample(x.astype(np.float64), a, b, quality="VHQ")
    m = min(len(y), len(other))
    print(f"{a} to {b} Hz: soxr is off by {np.abs(other[:m] - y[:m]).max():.1e}")

planes = rng.standard_normal((6, 64)).astype(np.float32)
arrays["planes"] = planes
for channels in (2, 3, 6):
    arrays[f"mono{channels}"] = librosa.to_mono(planes[:channels])

np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), "resample.npz"), **arrays)
