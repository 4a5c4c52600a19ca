"""Makes golden.json: vectors of msclap's Cnn14 for spectrograms of a few lengths,
with weights by stream.py.

torch 2.11, msclap 1.3.4. Tolerance: 1e-3 absolute and a cosine of 0.99999.
"""

import json
import os
import sys

from msclap.models.audio import Cnn14
from torch import nn

folder = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(folder, "../../resnet/testdata"))
from stream import load, rounded, tensor

model = Cnn14(44100, 1024, 320, 64, 50, 14000, 527, 2048)
model.spectrogram_extractor = model.logmel_extractor = nn.Identity()
load(model)
golden = []
for frames in (32, 70):
    x = tensor(f"input.{frames}", [1, 1, frames, 64]) * 10
    golden.append({"frames": frames, "vector": rounded(model(x)["embedding"])})
with open(os.path.join(folder, "golden.json"), "w") as f:
    json.dump(golden, f, separators=(",", ":"))
    f.write("\n")
