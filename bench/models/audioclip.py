"""Writes AudioCLIP of full size with random weights, as AudioCLIP-Full-Training.pt is, with recordings,
texts and pictures and the vectors that the original makes of them.

    git clone https://github.com/AndreyGuzhov/AudioCLIP SOURCE   (45327aa)
    python audioclip.py FOLDER SOURCE

Recordings are of 16 bits, which the original reads as whole numbers. Needs openai-clip (for its
vocabulary), termcolor, scipy, soundfile.
"""

import os
import shutil
import sys
import types

# A script beside this has the name of the package clip.
sys.path.append(sys.path.pop(0))

# The packages of the original are called model and utils; its trainer is not needed.
sys.path.insert(0, sys.argv[2])
trainer = types.ModuleType("ignite_trainer")
trainer.AbstractNet, trainer.AbstractTransform = __import__("torch").nn.Module, object
sys.modules["ignite_trainer"] = trainer
import clip
import numpy as np
import torch
from clip.simple_tokenizer import default_bpe
from model.audioclip import AudioCLIP

from fixtures import TEXTS, Golden, pictures, randomize, recording

RATE = 44100


def main():
    folder = os.path.join(sys.argv[1], "audioclip")
    os.makedirs(folder, exist_ok=True)
    shutil.copy(default_bpe(), folder)
    torch.manual_seed(1)
    model = AudioCLIP(pretrained=False)
    randomize(model)
    with torch.no_grad():
        fbsp = model.audio.fbsp
        fbsp.m.uniform_(0.5, 2)
        fbsp.fb.uniform_(1, 1.5)
        fbsp.fc.copy_(torch.arange(1025) + 0.2 * (torch.rand(1025) * 2 - 1))
        model.logit_scale.fill_(3.1)
        model.logit_scale_ai.fill_(3.2)
        model.logit_scale_at.fill_(3.3)
    torch.save(model.state_dict(), os.path.join(folder, "AudioCLIP-Full-Training.pt"))

    preprocess = clip.clip._transform(224)
    golden = Golden(model.logit_scale_at.exp().clamp(1, 100).item())
    with torch.no_grad():
        for samples in 1000, 44100, 3 * 44100 + 1, 220500:
            whole = np.round(recording(samples, RATE) * 32767)
            x = torch.from_numpy(whole.astype(np.float32))
            golden.add_audio((whole / 32768).astype(np.float32), RATE, model.encode_audio(x[None, None]))
        for text in TEXTS:
            if len(text) < 300:  # the others are an error
                golden.add_text(text, model.encode_text([[text]]))
        for p in pictures():
            golden.add_image(p, model.encode_image(preprocess(p)[None]))
    golden.write(folder)


if __name__ == "__main__":
    main()
