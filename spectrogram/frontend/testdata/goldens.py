"""Writes goldens.npz: what the original front ends make of some signals.

Made with Python 3.12, numpy 1.26.4, torch and torchaudio 2.11.0, torchvision
0.26.0, transformers 4.57.6, openai-whisper 20250625, laion_clap 1.1.7, msclap
1.3.4, librosa 0.10.2.post1, torchlibrosa 0.1.0, kaldi-native-fbank 1.23.0,
torchvggish 0.2, wav2clip 0.1.0, dasheng 0.0.9, panns_inference 0.1.1,
hear21passt 0.0.26, imagebind-packaged 0.1.2, languagebind 0.1.0; the latter ones
installed without what they depend on. Run: python goldens.py

Arrays are named preset/config/signal/samples. Of every plane of a result, a
matrix of frames × bands, five rows are kept, from the first to the last:

  name        those rows of the original, [planes, 5, bands]
  name.mean   of every band over all rows, [planes, bands]
  name.slack  how far the original, which mostly computes in float32, is from the
              same computed in float64, rounded up: rows, then mean

Signals are those of signal() here and in goldens_test.go. Tolerances are in
goldens_test.go: a constant for each preset, plus slack.

Where the originals choose at random, the choice is replaced by the first or the
middle one ("center"). Where they depend on the other clips of a batch, the batch
is one clip.
"""

import sys
import types
from argparse import Namespace
from fractions import Fraction
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from unittest import mock

import numpy as np
import torch
import torchaudio
import torchaudio.compliance.kaldi as kaldi
from transformers import ASTFeatureExtractor, ClapFeatureExtractor, WhisperFeatureExtractor
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function


class Anything(types.ModuleType):
    """Stands in for modules that are imported and not used here."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(self.__name__ + "." + name)

    def __call__(self, *args, **kwargs):
        return self

    def __mro_entries__(self, bases):
        return (object,)


for module in (
    "cv2 pkg_resources pytorchvideo pytorchvideo.data pytorchvideo.data.clip_sampling "
    "pytorchvideo.data.encoded_video torchvision.transforms._transforms_video resampy soundfile"
).split():
    try:
        __import__(module)
    except ImportError:
        sys.modules[module] = Anything(module)


def load(package, path):
    """Imports one file of a package, which as a whole imports more than is needed."""
    path = find_spec(package).submodule_search_locations[0] + "/" + path
    spec = spec_from_file_location("original", path)
    module = module_from_spec(spec)
    rest = [package, package + ".models", package + ".models.multimodal_preprocessors"]
    with mock.patch.dict(sys.modules, {name: Anything(name) for name in rest}):
        spec.loader.exec_module(module)
    return module


arrays = {}


# Signals.


def uniform(name, n):
    """The numbers of package internal/stream, from 0 to 1."""
    h = 14695981039346656037
    for b in name.encode():
        h = ((h ^ b) * 1099511628211) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(h) + (np.arange(n, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / 2**53


def signal(name, n, rate):
    t = np.arange(n) / rate
    noise = 2 * uniform("frontend." + name, n) - 1
    if name == "noise":
        x = 0.3 * noise
    elif name == "quiet":
        x = 1e-4 * noise
    elif name == "chirp":  # 50 Hz to 0.45 of the rate in 4 s, again and again
        t = t % 4
        x = 0.5 * np.sin(2 * np.pi * (50 * t + (0.45 * rate - 50) / 8 * t * t))
    elif name == "clicks":
        x = np.where(np.arange(n) % 7919 == 100, 1.0, 0.0)
    elif name == "full":  # a square wave between -1 and 1
        x = np.where(t * 997 % 1 < 0.5, 1.0, -1.0)
    elif name == "offset":  # tones far from zero
        x = 0.4 + 0.1 * np.sin(2 * np.pi * 440 * t) + 0.01 * noise
    elif name == "silence":
        x = np.zeros(n)
    return x.astype(np.float32)


def keep(name, original, exact):
    """Keeps a result, [frames, bands] or [planes, frames, bands], and its slack."""
    original, exact = (np.asarray(a) for a in (original, exact))
    if original.ndim == 2:
        original, exact = original[None], exact[None]
    assert original.shape == exact.shape, (name, original.shape, exact.shape)
    rows = np.linspace(0, original.shape[1] - 1, 5).astype(int)
    mean = lambda a: a.astype(np.float64).mean(axis=1)
    distance = np.concatenate([np.abs(original[:, rows] - exact[:, rows]), np.abs(mean(original) - mean(exact))[:, None]], axis=1)
    arrays[name] = original[:, rows].astype(np.float32)
    arrays[name + ".mean"] = mean(original).astype(np.float32)
    arrays[name + ".slack"] = np.nextafter(distance.astype(np.float16), np.float16(np.inf)).astype(np.float32)
    print(f"{name}: {original.shape}, largest slack {np.abs(original - exact).max():.3g}")


# CLAP.


def choices(center):
    """Replaces the random choices of the original."""
    pick = (lambda r: r[len(r) // 2]) if center else (lambda r: r[0])
    between = (lambda lo, hi: (hi - 1) // 2) if center else (lambda lo, hi: lo)
    return mock.patch.multiple(np.random, choice=pick, randint=between)


def clap(config, names, center=False, **kwargs):
    extractor = ClapFeatureExtractor(frequency_min=50, **kwargs)
    for name, n in names:
        x = signal(name, n, 48000)
        with choices(center):
            got = extractor(x, sampling_rate=48000, return_tensors="np").input_features[0]
        keep(f"clap/{config}/{name}/{n}", got, got)


SIX = [("noise", 100), ("noise", 480000), ("chirp", 200000), ("clicks", 480000), ("quiet", 479999), ("full", 300000), ("silence", 48000), ("offset", 100000)]
clap("unfused", SIX + [("chirp", 700000)], truncation="rand_trunc")
clap("center", [("chirp", 700001)], center=True, truncation="rand_trunc")
clap("repeat", [("noise", 70000), ("chirp", 100)], truncation="rand_trunc", padding="repeat")
clap("pad", [("noise", 70000)], truncation="rand_trunc", padding="pad")
clap("fused", [("noise", 100), ("chirp", 480000), ("quiet", 480300), ("chirp", 480480), ("chirp", 481000), ("chirp", 720000), ("full", 1000001)], truncation="fusion")
clap("fused_center", [("chirp", 720000), ("noise", 1500000)], center=True, truncation="fusion")


def laion():
    """laion_clap computes in float32 from samples of 16 bits."""
    import transformers

    # The package fetches tokenizers when it is imported.
    with mock.patch.object(transformers.PreTrainedTokenizerBase, "from_pretrained", lambda *args, **kwargs: None):
        from laion_clap.training.data import float32_to_int16, get_audio_features, int16_to_float32
    from torchlibrosa.stft import LogmelFilterBank, Spectrogram

    cfg = dict(sample_rate=48000, window_size=1024, hop_size=480, mel_bins=64, fmin=50, fmax=14000)
    # What clap_module/htsat.py makes of cfg.
    bins = Spectrogram(n_fft=1024, hop_length=480, win_length=1024, window="hann", center=True, pad_mode="reflect", freeze_parameters=True)
    mels = LogmelFilterBank(sr=48000, n_fft=1024, n_mels=64, fmin=50, fmax=14000, ref=1.0, amin=1e-10, top_db=None, freeze_parameters=True)
    for name, n in [("noise", 30000), ("full", 480000), ("quiet", 100000)]:
        x = int16_to_float32(float32_to_int16(signal(name, n, 48000)))
        sample = {}
        for fusion in False, True:
            truncation = "fusion" if fusion else "rand_trunc"
            exact = ClapFeatureExtractor(frequency_min=50, truncation=truncation)(x, sampling_rate=48000, return_tensors="np").input_features[0]
            sample = get_audio_features({}, torch.from_numpy(x), 480000, truncation, "repeatpad", cfg)
            got = sample["mel_fusion"] if fusion else mels(bins(sample["waveform"][None]))[0]
            keep(f"clap/laion_{'fused' if fusion else 'unfused'}/{name}/{n}", got.numpy(), exact)


laion()


# Whisper.


def whisper_():
    import whisper.audio

    for bands in 80, 128:
        extractor = WhisperFeatureExtractor(feature_size=bands)
        for name, n in [("noise", 100), ("chirp", 480000), ("offset", 500000), ("quiet", 100000), ("full", 320000), ("clicks", 200000), ("silence", 1000)]:
            x = whisper.audio.pad_or_trim(signal(name, n, 16000))
            got = whisper.audio.log_mel_spectrogram(x, bands).numpy()
            other = extractor(signal(name, n, 16000), sampling_rate=16000, return_tensors="np").input_features[0]
            assert np.abs(got - other).max() < 1e-4
            keep(f"whisper/{bands}/{name}/{n}", got.T, extractor._np_extract_fbank_features(x[None], "cpu")[0].T)
    for name, n in [("noise", 1000), ("chirp", 16159), ("full", 16160)]:
        x = signal(name, n, 16000)
        exact = WhisperFeatureExtractor()._np_extract_fbank_features(x[None], "cpu")[0].T
        keep(f"whisper/any/{name}/{n}", whisper.audio.log_mel_spectrogram(x, 80).numpy().T, exact)


whisper_()


# Kaldi.

KALDI = {
    "default": {},
    "imagebind": dict(window_type="hanning", num_mel_bins=128, htk_compat=True),
    "gain": dict(num_mel_bins=80),
    "pad": dict(snip_edges=False, num_mel_bins=40, window_type="hamming"),
    "raw": dict(remove_dc_offset=False, preemphasis_coefficient=0.0, window_type="rectangular", use_log_fbank=False, use_power=False),
    "energy": dict(use_energy=True, num_mel_bins=40, window_type="blackman", subtract_mean=True),
    "energy_last": dict(use_energy=True, htk_compat=True, raw_energy=False, energy_floor=0.0),
    "shape": dict(frame_length=32.0, frame_shift=12.5, low_freq=0.0, high_freq=-400.0, num_mel_bins=64, use_power=False),
    "exact": dict(round_to_power_of_two=False, high_freq=7000.0, sample_frequency=11025.0 * 2, num_mel_bins=30, frame_length=25.4),
}


def kaldi_():
    for config, options in KALDI.items():
        rate = int(options.get("sample_frequency", 16000))
        gain = 32768 if config == "gain" else 1
        for name, n in [("noise", 16000), ("chirp", 8000), ("clicks", 16001), ("quiet", 4000), ("full", 5000), ("offset", 16000), ("silence", 2000), ("noise", 800)]:
            x = torch.from_numpy(signal(name, n, rate))[None] * gain
            keep(f"kaldi/{config}/{name}/{n}", kaldi.fbank(x, **options).numpy(), kaldi.fbank(x.double(), **options).numpy())


def kaldi_native():
    import kaldi_native_fbank as knf

    for config in "gain", "pad", "energy_last":
        o = KALDI[config]
        opts = knf.FbankOptions()
        opts.frame_opts.dither = 0
        opts.frame_opts.snip_edges = o.get("snip_edges", True)
        opts.frame_opts.window_type = o.get("window_type", "povey")
        opts.mel_opts.num_bins = o.get("num_mel_bins", 23)
        opts.use_energy = o.get("use_energy", False)
        opts.raw_energy = o.get("raw_energy", True)
        opts.energy_floor = o.get("energy_floor", 1.0)
        opts.htk_compat = o.get("htk_compat", False)
        for name, n in [("noise", 12000), ("chirp", 7777), ("offset", 9000), ("noise", 100)]:
            if n < 400 and opts.frame_opts.snip_edges:
                continue
            x = signal(name, n, 16000) * (32768 if config == "gain" else 1)
            fbank = knf.OnlineFbank(opts)
            fbank.accept_waveform(16000, x.tolist())
            fbank.input_finished()
            got = np.stack([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])
            exact = got if n < 400 else kaldi.fbank(torch.from_numpy(x)[None].double(), **o).numpy()
            keep(f"kaldi/native_{config}/{name}/{n}", got, exact)


kaldi_()
kaldi_native()


# Models with Kaldi's features.


def ast():
    for name, n in [("noise", 160000), ("chirp", 16000), ("offset", 200000), ("quiet", 400), ("silence", 16000)]:
        x = signal(name, n, 16000)
        extractor = ASTFeatureExtractor()
        got = extractor(x, sampling_rate=16000, return_tensors="np").input_values[0]
        exact = np.zeros(got.shape)
        fbank = kaldi.fbank(torch.from_numpy(x).double()[None], window_type="hanning", num_mel_bins=128).numpy()[:1024]
        exact[: len(fbank)] = fbank
        keep(f"ast/default/{name}/{n}", got, extractor.normalize(exact))


def imagebind():
    waveform2melspec = load("imagebind", "data.py").waveform2melspec

    def parts(n):
        """ConstantClipsPerVideoSampler of pytorchvideo at the commit that ImageBind names."""
        last = Fraction(max(n / 16000 - Fraction(2), 0))
        for i in range(3):
            start = last / 2 * i
            yield int(start * 16000), int((start + 2) * 16000)

    for name, n in [("noise", 160000), ("chirp", 100003), ("offset", 48001), ("offset", 30000), ("full", 1000)]:
        planes = {}
        for dtype in torch.float32, torch.float64:
            x = torch.from_numpy(signal(name, n, 16000)).to(dtype)[None]
            planes[dtype] = torch.stack([(waveform2melspec(x[:, a:b], 16000, 128, 204)[0].T + 4.268) / 9.138 for a, b in parts(n)])
        keep(f"imagebind/default/{name}/{n}", planes[torch.float32].numpy(), planes[torch.float64].numpy())


def languagebind():
    module = load("languagebind", "audio/processing_audio.py")
    transform = module.AudioTransform(Namespace(audio_sample_rate=16000, num_mel_bins=112, target_length=1036, audio_mean=-4.2677393, audio_std=4.5689974))
    for center in False, True:
        for name, n in [("noise", 200000), ("chirp", 166160), ("offset", 16000), ("chirp", 166161 + 160)]:
            x = torch.from_numpy(signal(name, n, 16000))[None]
            with choices(center):
                got, exact = (transform((x.to(d), 16000)).transpose(1, 2).numpy() for d in (torch.float32, torch.float64))
            keep(f"languagebind/{'center' if center else 'default'}/{name}/{n}", got, exact)


def vggish():
    from torchvggish import mel_features
    from torchvggish.vggish_input import waveform_to_examples

    for name, n in [("noise", 48000), ("chirp", 15600), ("quiet", 16000), ("silence", 16000), ("full", 31200)]:
        x = signal(name, n, 16000)
        got = waveform_to_examples(x, 16000, return_tensor=False)
        keep(f"vggish/vggish/{name}/{n}", got, got)
    # YAMNet's features.py is TensorFlow's; these are its steps on the same functions.
    for name, n in [("noise", 100), ("chirp", 15600), ("noise", 15601), ("full", 40000)]:
        x = signal(name, n, 16000)
        x = np.pad(x, (0, max(0, 15600 - n)))
        x = np.pad(x, (0, -(len(x) - 15600) % 7680))
        mel = mel_features.log_mel_spectrogram(x, audio_sample_rate=16000, log_offset=0.001, window_length_secs=0.025, hop_length_secs=0.010, num_mel_bins=64, lower_edge_hertz=125, upper_edge_hertz=7500)
        got = mel_features.frame(mel, 96, 48)
        keep(f"vggish/yamnet/{name}/{n}", got, got)


ast()
imagebind()
languagebind()
vggish()


# Models with their own spectrograms.


def slaney_decibels(x, rate, hop, mel_rate=None):
    """Slaney's bands in dB, in float64."""
    mel = mel_filter_bank(513, 64, 50.0, 14000.0, mel_rate or rate, norm="slaney", mel_scale="slaney")
    return spectrogram(x.astype(np.float64), window_function(1024, "hann"), 1024, hop, power=2.0, mel_filters=mel, log_mel="dB").T


def panns():
    from panns_inference.models import Cnn14

    model = Cnn14(sample_rate=32000, window_size=1024, hop_size=320, mel_bins=64, fmin=50, fmax=14000, classes_num=527)
    for name, n in [("noise", 32000), ("chirp", 64001), ("quiet", 10000), ("offset", 20000), ("full", 320000)]:
        x = signal(name, n, 32000)
        got = model.logmel_extractor(model.spectrogram_extractor(torch.from_numpy(x)[None]))[0, 0]
        keep(f"panns/default/{name}/{n}", got.numpy(), slaney_decibels(x, 32000, 320))


def msclap():
    import random

    from msclap.CLAPWrapper import CLAPWrapper
    from msclap.models.audio import get_audio_encoder

    wrapper = CLAPWrapper.__new__(CLAPWrapper)
    options = (44100, 1024, 320, 64, 50, 8000, 527, 768)
    for version, encoder, duration in ("2023", "HTSAT", 7), ("2022", "Cnn14", 5):
        fmax = 8000 if version == "2023" else 14000
        model = get_audio_encoder(encoder)(44100, 1024, 320, 64, 50, fmax, 527, 2048)
        model = getattr(model, "htsat", model)
        wrapper.args = Namespace(sampling_rate=44100, duration=duration)
        for name, n in [("noise", 44100), ("chirp", 441000), ("quiet", 100000), ("full", 44100 * duration), ("offset", 100)]:
            wrapper.read_audio = lambda path, resample: (torch.from_numpy(signal(name, n, 44100))[None], 44100)
            with mock.patch.object(random, "randrange", lambda n: 0):
                x = wrapper.load_audio_into_tensor("", duration)
            got = model.logmel_extractor(model.spectrogram_extractor(x[None]))[0, 0]
            keep(f"msclap/{version}/{name}/{n}", got.numpy(), slaney_decibels(x.numpy(), 44100, 320, 32000 if version == "2023" else 44100))


def efficientat():
    from hear21passt.models.preprocess import AugmentMelSTFT

    model = AugmentMelSTFT(n_mels=128, sr=32000, win_length=800, hopsize=320, n_fft=1024, fmin_aug_range=10, fmax_aug_range=2000).eval()
    weights = kaldi.get_mel_banks(128, 1024, 32000, 0.0, 15000, 100.0, -500.0, 1.0)[0].double()
    stft = torch.stft

    def old_stft(*args, return_complex, **kwargs):
        return torch.view_as_real(stft(*args, return_complex=True, **kwargs))

    for name, n in [("noise", 32000), ("chirp", 64001), ("quiet", 10000), ("offset", 20000), ("full", 320000)]:
        x = torch.from_numpy(signal(name, n, 32000))[None]
        with mock.patch.object(torch, "stft", old_stft):
            got = model(x)[0]
        y = x[0, 1:].double() - float(np.float32(0.97)) * x[0, :-1].double()
        power = stft(y, 1024, 320, 800, torch.hann_window(800, periodic=False, dtype=torch.float64), return_complex=True).abs() ** 2
        exact = ((weights @ power[:-1] + 0.00001).log() + 4.5) / 5
        keep(f"efficientat/default/{name}/{n}", got.T.numpy(), exact.T.numpy())


def dasheng():
    # What dasheng/train/models.py has as its front_end.
    mel = torchaudio.transforms.MelSpectrogram(f_min=0, sample_rate=16000, win_length=512, center=True, n_fft=512, f_max=8000, hop_length=160, n_mels=64)
    db = torchaudio.transforms.AmplitudeToDB(top_db=120)
    filters = mel_filter_bank(257, 64, 0.0, 8000.0, 16000, norm=None, mel_scale="htk")
    for name, n in [("noise", 16000), ("chirp", 32001), ("quiet", 10000), ("clicks", 40000), ("full", 160000)]:
        x = signal(name, n, 16000)
        got = db(mel(torch.from_numpy(x)))
        exact = spectrogram(x.astype(np.float64), window_function(512, "hann"), 512, 160, power=2.0, mel_filters=filters, log_mel="dB").T
        keep(f"dasheng/default/{name}/{n}", got.T.numpy(), np.maximum(exact, exact.max() - 120))


def wav2clip():
    from wav2clip.model.encoder import ResNetExtractor

    for name, n in [("noise", 16000), ("chirp", 32001), ("quiet", 10000), ("clicks", 40000), ("full", 160000)]:
        results = []
        for dtype in torch.float32, torch.float64:
            model = ResNetExtractor(scenario="supervise").encoder.to(dtype)
            model.spectrogram.window = torch.hann_window(512, dtype=dtype)
            # What the first layer gets to see.
            seen = []
            model.conv1.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
            with torch.no_grad():
                model(torch.from_numpy(signal(name, n, 16000)).to(dtype)[None])
            results.append(seen[0][0, 0].T.numpy())
        keep(f"wav2clip/default/{name}/{n}", *results)


panns()
msclap()
efficientat()
dasheng()
wav2clip()

np.savez_compressed("goldens.npz", **arrays)
