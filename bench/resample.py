"""Measures other resamplers as TestResampleQuality measures this one.

    python bench/resample.py

prints, for some conversions, the ripple up to 0.9 of the lower Nyquist
frequency, by how much the worst alias or image of a tone lies below it, the
smallest signal-to-noise ratio of a tone below 0.9, and the time for a minute of
one channel in one thread, and then the same of this package. Needs numpy,
scipy, soxr, torch, torchaudio and the programs sox and go; what is not installed
is left out.
"""

import math
import os
import shutil
import subprocess
import time

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np

RATES = [(44100, 16000), (44100, 48000), (48000, 44100), (44100, 44101)]


def resamplers():
    try:
        import soxr
        for quality in ("HQ", "VHQ"):
            yield f"soxr {quality}", lambda x, a, b, q=quality: soxr.resample(x, a, b, quality=q)
    except ImportError:
        pass
    try:
        from scipy.signal import resample_poly

        def poly(x, a, b):
            g = math.gcd(a, b)
            return resample_poly(x, b // g, a // g)
        yield "scipy resample_poly", poly
    except ImportError:
        pass
    try:
        import torch
        import torchaudio
        torch.set_num_threads(1)
        best = dict(lowpass_filter_width=64, rolloff=0.9475937167399596,
                    resampling_method="sinc_interp_kaiser", beta=14.769656459379492)
        yield "torchaudio default", lambda x, a, b: torchaudio.functional.resample(torch.from_numpy(x), a, b).numpy()
        yield "torchaudio kaiser_best", lambda x, a, b: torchaudio.functional.resample(
            torch.from_numpy(x), a, b, **best).numpy()
    except ImportError:
        pass
    if shutil.which("sox"):
        def sox(x, a, b):
            raw = "-t raw -e float -b 32 -c 1 -r".split()
            out = subprocess.run(["sox", *raw, str(a), "-", *raw, str(b), "-", "rate", "-v"],
                                 input=(x / 2).tobytes(), capture_output=True, check=True).stdout
            return np.frombuffer(out, np.float32) * 2
        yield "sox rate -v (process)", sox


def tone(resample, a, b, hz):
    n = 12000 + 8000 * max(1, a // b)
    y = resample(np.sin(2 * np.pi * hz / a * np.arange(n)).astype(np.float32), a, b).astype(np.float64)
    k = np.arange(len(y))[len(y) // 4:-len(y) // 4]
    y = y[k]
    gain = 0.0
    if hz < b / 2:
        basis = np.exp(2j * np.pi * hz / b * k)
        basis = np.stack([basis.imag, basis.real], 1)
        fit = np.linalg.lstsq(basis, y, rcond=None)[0]
        y = y - basis @ fit
        gain = np.hypot(*fit)
    return gain, math.sqrt(2 * np.mean(y * y))


def measure(resample, a, b):
    lower = min(a, b) / 2
    inside = [tone(resample, a, b, lower * 0.9 * (i + 1) / 24) for i in range(24)]
    ripple = max(abs(20 * math.log10(g)) for g, _ in inside)
    noise = max(r for _, r in inside)
    worst = max([noise] + [tone(resample, a, b, lower * f)[1] for f in np.arange(0.91, 1, 0.02)])
    d = 0.0
    while lower + d < a / 2:
        worst = max(worst, tone(resample, a, b, lower + d)[1])
        d = d * 1.1 + lower * 0.01
    return ripple, -20 * math.log10(worst), -20 * math.log10(noise)


print(f"{'from':>7} {'to':>7}  {'resampler':22}  {'ripple':>12}  {'reject':>8}  {'SNR':>8}  {'60 s in':>8}")
for a, b in RATES:
    x = np.random.default_rng(0).uniform(-1, 1, 60 * a).astype(np.float32)
    for name, resample in resamplers():
        if name.startswith(("scipy", "torchaudio")) and a * b // math.gcd(a, b) ** 2 > 1e6:
            continue  # a table of one row for every fraction: gigabytes
        ripple, reject, snr = measure(resample, a, b)
        best = math.inf
        for _ in range(3):
            start = time.perf_counter()
            resample(x, a, b)
            best = min(best, time.perf_counter() - start)
        print(f"{a:7} {b:7}  {name:22}  {ripple:9.6f} dB  {reject:5.1f} dB  {snr:5.1f} dB  {best * 1000:5.0f} ms")

if shutil.which("go"):
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    subprocess.run(["go", "test", "-count=1", "-run", "TestResampleQuality", "-v", "./audio"], cwd=root)
