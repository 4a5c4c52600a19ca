"""Adds Wav2CLIP of full size with random weights to a folder that clip.py wrote, and recordings with
the vectors that wav2clip makes of them, one at a time.

    python clip.py FOLDER --models ViT-B-32 --layouts jit
    python wav2clip.py FOLDER/clip-ViT-B-32-jit

Needs wav2clip, soundfile.
"""

import os
import sys
from unittest import mock

# This script has the name of the package.
sys.path.append(sys.path.pop(0))
import torch
import wav2clip
from wav2clip.model.encoder import MLPLayers, ResNetExtractor

from fixtures import Golden, randomize, recording

RATE = 16000


def main():
    folder = sys.argv[1]
    encoder = randomize(ResNetExtractor(scenario="supervise").encoder)
    transform = randomize(MLPLayers(), seed=2)
    state = {"audio_encoder." + k: t for k, t in encoder.state_dict().items()}
    state.update({"audio_transform." + k: t for k, t in transform.state_dict().items()})
    torch.save(state, os.path.join(folder, "Wav2CLIP.pt"))
    with mock.patch("torch.hub.load_state_dict_from_url", lambda *_, **__: torch.load(os.path.join(folder, "Wav2CLIP.pt"))):
        model = wav2clip.get_model()
    golden = Golden.read(folder)
    # Less than 257 samples are an error of the original: there is too little to reflect.
    for samples in 257, 300, 511, 512, 5000, 16000, 53333, 160000, 500000:
        clip = recording(samples, RATE)
        golden.add_audio(clip, RATE, wav2clip.embed_audio(clip, model))
    golden.write(folder)


if __name__ == "__main__":
    main()
