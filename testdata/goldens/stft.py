"""Makes the goldens of package stft.

    python stft.py         stft_*.npz, with numpy, scipy and librosa 1.0 (Python 3.12)
    python stft.py torch   stft_torch.npz, with torch and torchaudio 2.11

Everything is computed in float64. The version of each library is written to
stft_versions.txt or stft_torch_versions.txt. Tolerances are in the tests that
read the files, stft/golden_test.go and stft/window_test.go.
"""

import sys

import numpy as np

NFFTS = [256, 400, 441, 512, 1024, 1103, 2048]

# The name that stft.ParseWindow reads, and what SciPy calls it.
WINDOWS = {
    "hann": "hann",
    "hamming": "hamming",
    "blackman": "blackman",
    "bartlett": "bartlett",
    "flattop": "flattop",
    "rectangular": "boxcar",
    "blackmanharris": "blackmanharris",
    "nuttall": "nuttall",
    "kaiser:8.6": ("kaiser", 8.6),
    "gaussian:60": ("gaussian", 60),
    "tukey:0.5": ("tukey", 0.5),
    "povey": "povey",
    "cosine": "cosine",
}

# More parameters, for the coefficients alone.
MORE_WINDOWS = {
    "kaiser:0": ("kaiser", 0),
    "kaiser:14": ("kaiser", 14),
    "kaiser:100": ("kaiser", 100),
    "gaussian:0.7": ("gaussian", 0.7),
    "tukey:0": ("tukey", 0),
    "tukey:0.1": ("tukey", 0.1),
    "tukey:1": ("tukey", 1),
}


def signal(n):
    """White noise whose values are exact in float32."""
    return np.random.default_rng(20240229).standard_normal(n).astype(np.float32).astype(np.float64)


def window(spec, n, symmetric=False):
    import scipy.signal

    if spec == "povey":  # Kaldi, feat/feature-window.cc: pow(0.5 - 0.5*cos(a*i), 0.85)
        return scipy.signal.get_window("hann", n, fftbins=not symmetric) ** 0.85
    return scipy.signal.get_window(spec, n, fftbins=not symmetric)


def pad(x, n, mode):
    """Pads x by n samples at each end; mode is "zero", "constant", "reflect" or "edge"."""
    if mode == "zero":
        return np.pad(x, n)
    if mode == "constant":
        return np.pad(x, n, constant_values=0.25)
    return np.pad(x, n, mode=mode)


def save(name, arrays):
    np.savez_compressed(name, **{k: np.ascontiguousarray(v) for k, v in arrays.items()})


def windows():
    out = {}
    for name, spec in (WINDOWS | MORE_WINDOWS).items():
        for n in [1, 2, 3, 8, 9, 400, 441]:
            out[f"{name}/{n}"] = window(spec, n)
            out[f"{name}:symmetric/{n}"] = window(spec, n, symmetric=True)
    save("stft_windows.npz", out)


def shapes():
    """Every window at every length, two frames, not centred."""
    import librosa

    x = signal(4096)
    out = {"x": x.astype(np.float32)}
    for name, spec in WINDOWS.items():
        for n in NFFTS:
            hop = n // 3
            X = librosa.stft(x[: n + hop], n_fft=n, hop_length=hop, window=window(spec, n), center=False, dtype=np.complex128)
            out[f"{name}/{n}"] = X.T
    save("stft_shapes.npz", out)


def pads():
    """Every pad mode and a short window at every length; two frames, both beyond an end."""
    import librosa

    x = signal(4096)
    out = {"x": x.astype(np.float32)}
    for n in NFFTS:
        y = x[: n + n // 3]
        for win in [n, n * 5 // 8]:
            args = dict(n_fft=n, hop_length=n, win_length=win, dtype=np.complex128)
            for mode in ["zero", "reflect", "edge"]:
                name = "constant" if mode == "zero" else mode
                out[f"{mode}/{n}/{win}"] = librosa.stft(y, pad_mode=name, **args).T
            out[f"constant/{n}/{win}"] = librosa.stft(pad(y, n // 2, "constant"), center=False, **args).T
        win = n * 5 // 8
        args = dict(n_fft=n, hop_length=n // 3, win_length=win, dtype=np.complex128)
        out[f"none/{n}/{win}"] = librosa.stft(y, center=False, **args).T
    # Signals shorter than the padding.
    for n in [9, 64]:
        for length in [1, 2, 3, 5, 11, 33]:
            for mode in ["zero", "constant", "reflect", "edge"]:
                y = pad(x[:length], n // 2, mode)
                out[f"{mode}/{n}/length{length}"] = librosa.stft(y, n_fft=n, hop_length=5, center=False, dtype=np.complex128).T
    save("stft_pads.npz", out)


def scalings():
    """SciPy's scalings and one-sided modes."""
    import scipy.signal

    x = signal(900)
    out = {"x": x.astype(np.float32)}
    for n in [400, 441]:
        for name in ["hann", "flattop"]:
            for scale in ["magnitude", "psd"]:
                for mode in ["onesided", "onesided2X"]:
                    t = scipy.signal.ShortTimeFFT(
                        window(name, n), n // 2, 16000, fft_mode=mode, scale_to=scale, phase_shift=None
                    )
                    out[f"{name}/{n}/{scale}/{mode}"] = t.stft(x, 0, 1 + (len(x) - n % 2) // t.hop).T
    save("stft_scalings.npz", out)


def inverse():
    """librosa.istft of transforms that no signal has: how frames are merged."""
    import librosa

    r = np.random.default_rng(7)
    out = {}
    for n, hop, win in [(64, 16, 64), (64, 24, 50), (63, 13, 63), (37, 7, 20)]:
        X = r.standard_normal((9, n // 2 + 1)) + 1j * r.standard_normal((9, n // 2 + 1))
        X[:, 0] = X[:, 0].real
        if n % 2 == 0:
            X[:, -1] = X[:, -1].real
        out[f"X/{n}/{hop}/{win}"] = X
        for center in [True, False]:
            for length in [hop, 4 * hop + 1, 8 * hop + n]:
                y = librosa.istft(
                    X.T, n_fft=n, hop_length=hop, win_length=win, window="hamming", center=center, length=length, dtype=np.float64
                )
                out[f"x/{n}/{hop}/{win}/{'center' if center else 'none'}/{length}"] = y
    save("stft_inverse.npz", out)


def overlaps():
    """scipy.signal.check_COLA and check_NOLA: rows of hop, COLA, NOLA."""
    import scipy.signal

    out = {}
    for name, spec in WINDOWS.items():
        for n in [8, 9, 16, 60]:
            for form in ["", ":symmetric"]:
                w = window(spec, n, symmetric=form != "")
                out[f"{name}{form}/{n}"] = np.array(
                    [
                        [hop, scipy.signal.check_COLA(w, n, n - hop), scipy.signal.check_NOLA(w, n, n - hop)]
                        for hop in range(1, n + 1)
                    ],
                    dtype=np.uint8,
                )
    save("stft_overlaps.npz", out)


def torch_goldens():
    import torch
    import torchaudio

    x = signal(640)
    out = {"x": x.astype(np.float32)}
    t = torch.from_numpy(x)
    for n, hop, win in [(400, 160, 400), (400, 160, 300), (441, 200, 441)]:
        for mode, center in [("reflect", True), ("constant", True), ("replicate", True), ("reflect", False)]:
            for normalized in [False, True]:
                X = torch.stft(
                    t, n, hop, win, torch.hann_window(win, dtype=torch.float64), center=center, pad_mode=mode,
                    normalized=normalized, return_complex=True,
                )  # fmt: skip
                key = f"{n}/{hop}/{win}/{mode if center else 'none'}/{'unitary' if normalized else 'none'}"
                out[key] = X.numpy().T
                if center and not normalized and mode == "constant":
                    y = torch.istft(X, n, hop, win, torch.hann_window(win, dtype=torch.float64), length=600)
                    out[f"inverse/{n}/{hop}/{win}"] = y.numpy()
        # torchaudio's own normalization, "window".
        s = torchaudio.transforms.Spectrogram(n, win, hop, power=2.0, normalized=True, window_fn=torch.hann_window)
        s.window = torch.hann_window(win, dtype=torch.float64)
        out[f"{n}/{hop}/{win}/reflect/window-power"] = s(t).numpy().T
    save("stft_torch.npz", out)
    with open("stft_torch_versions.txt", "w") as f:
        f.write(f"torch {torch.__version__.split('+')[0]}\ntorchaudio {torchaudio.__version__.split('+')[0]}\nnumpy {np.__version__}\n")


def main():
    import librosa
    import scipy

    for make in [windows, shapes, pads, scalings, inverse, overlaps]:
        make()
    with open("stft_versions.txt", "w") as f:
        f.write(f"librosa {librosa.__version__}\nscipy {scipy.__version__}\nnumpy {np.__version__}\n")


if __name__ == "__main__":
    torch_goldens() if sys.argv[1:] == ["torch"] else main()
