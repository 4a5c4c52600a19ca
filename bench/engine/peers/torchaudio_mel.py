"""torchaudio's transforms, which have no way to reuse an output."""

import torch
import torchaudio

from protocol import Way, serve

torch.inference_mode().__enter__()


def ways(case, threads):
    x = torch.from_numpy(case.x)
    options = dict(n_fft=case.nfft, hop_length=case.hop, pad_mode="constant")
    if not case.bands:
        spectrogram = torchaudio.transforms.Spectrogram(power=1.0, **options)
        yield Way("", lambda: spectrogram(x).numpy().T)
        return
    mel = torchaudio.transforms.MelSpectrogram(
        case.rate, n_mels=case.bands, f_min=case.fmin, f_max=case.fmax, norm="slaney", mel_scale="slaney", **options)
    yield Way("", lambda: mel(x).clamp(min=1e-10).log10().numpy().T)


serve(f"torchaudio {torchaudio.__version__}", ways, torch.set_num_threads)
