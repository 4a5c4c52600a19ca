"""The same in Python: librosa decodes and resamples, transformers makes the log-mel spectrograms and
runs CLAP in PyTorch, batches of eight; a thread decodes the next ones meanwhile. The vectors go into
a NumPy file, in the order of names.

    python index.py MODEL FOLDER THREADS FILE
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import librosa
import numpy as np
import torch
from transformers import ClapAudioModelWithProjection, ClapFeatureExtractor

BATCH = 8


def main():
    directory, folder, threads, file = sys.argv[1:]
    torch.set_num_threads(int(threads))
    extractor = ClapFeatureExtractor.from_pretrained(directory)
    model = ClapAudioModelWithProjection.from_pretrained(directory).eval()
    names = sorted(os.listdir(folder))
    batches = [names[i:i + BATCH] for i in range(0, len(names), BATCH)]

    def load(batch):
        return [librosa.load(os.path.join(folder, name), sr=48000, mono=True)[0] for name in batch]

    load(names[:1])  # librosa imports the rest of itself
    begin = time.perf_counter()
    vectors = []
    with torch.inference_mode(), ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(load, batches[0])
        for i in range(len(batches)):
            clips = ahead.result()
            if i + 1 < len(batches):
                ahead = pool.submit(load, batches[i + 1])
            features = extractor(clips, sampling_rate=48000, return_tensors="pt")
            vectors.append(torch.nn.functional.normalize(model(**features).audio_embeds).numpy())
    seconds = time.perf_counter() - begin
    np.concatenate(vectors).astype("<f4").tofile(file)
    print(seconds)


main()
