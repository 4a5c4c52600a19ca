"""torch.stft, and for log-mel what Whisper's own front end does with it; or with
the argument blocks its FFT over blocks of frames."""

import re
import sys

import torch

from protocol import Way, serve

torch.inference_mode().__enter__()


def inputs(case):
    mel = torch.from_numpy(case.mel) if case.bands else None
    return torch.from_numpy(case.x), torch.hann_window(case.nfft), mel


def whole(case, threads):
    x, window, mel = inputs(case)
    output = torch.empty(case.bands, case.frames) if case.bands else torch.empty(case.frames, case.bins).T

    def run(out=None):
        X = torch.stft(x, case.nfft, case.hop, window=window, center=True, pad_mode="constant", return_complex=True)
        if not case.bands:
            return torch.abs(X, out=out).T.numpy()
        S = torch.matmul(mel, X.abs() ** 2, out=out)
        return S.clamp_(min=1e-10).log10_().T.numpy()

    yield Way("", run, lambda: run(output))


def in_blocks(case, threads):
    for block in 16, 64, 256, 1024:
        yield of_block(case, block)


def of_block(case, block):
    x, window, mel = inputs(case)
    rows = torch.empty(block, case.nfft)
    X = torch.empty(block, case.bins, dtype=torch.complex64)
    S = torch.empty(block, case.bins)
    shape = case.frames, case.columns
    output = torch.empty(shape)

    def run(out):
        padded = torch.nn.functional.pad(x, (case.nfft // 2, case.nfft // 2))
        frames = padded.unfold(0, case.nfft, case.hop)
        for t in range(0, case.frames, block):
            n = min(block, case.frames - t)
            torch.mul(frames[t:t + n], window, out=rows[:n])
            torch.fft.rfft(rows[:n], out=X[:n])
            row = out[t:t + n]
            if not case.bands:
                torch.abs(X[:n], out=row)
                continue
            torch.abs(X[:n], out=S[:n]).square_()
            torch.matmul(S[:n], mel.T, out=row)
            row.clamp_(min=1e-10).log10_()
        return out.numpy()

    return Way(f"{block} frames at once", lambda: run(torch.empty(shape)), lambda: run(output))


mkl = re.search(r"Math Kernel Library Version ([\d.]+)", torch.__config__.show())
fft = f"MKL {mkl[1]}" if mkl else "no MKL"
versions = f"PyTorch {torch.__version__} with {fft} and {torch.backends.cpu.get_cpu_capability()}"
serve(versions, in_blocks if "blocks" in sys.argv else whole, torch.set_num_threads)
