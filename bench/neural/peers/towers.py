"""The models as PyTorch modules, and what goes in."""

import os

import numpy as np
import torch
from transformers import AutoTokenizer, BertModel, ClapFeatureExtractor, ClapModel, CLIPTextModelWithProjection


class Clap(torch.nn.Module):
    def __init__(self, directory):
        super().__init__()
        self.model = ClapModel.from_pretrained(directory).eval()

    def forward(self, input_features):
        return torch.nn.functional.normalize(self.model.get_audio_features(input_features=input_features), dim=-1)


class Clip(torch.nn.Module):
    def __init__(self, directory):
        super().__init__()
        self.model = CLIPTextModelWithProjection.from_pretrained(directory).eval()

    def forward(self, input_ids, attention_mask):
        return torch.nn.functional.normalize(self.model(input_ids=input_ids, attention_mask=attention_mask).text_embeds, dim=-1)


class Minilm(torch.nn.Module):
    def __init__(self, directory):
        super().__init__()
        self.model = BertModel.from_pretrained(directory, add_pooling_layer=False).eval()

    def forward(self, input_ids, attention_mask):
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


TOWERS = {"clap": Clap, "clip": Clip, "minilm": Minilm}


def tower(case):
    return TOWERS[case.kind](os.path.join(case.directory, case.kind))


def preparation(case):
    """Returns a function that makes what a tower takes, as NumPy arrays: features
    of sound, or tokens of texts, padded to the longest of the batch."""
    directory = os.path.join(case.directory, case.kind)
    if case.kind == "clap":
        extractor = ClapFeatureExtractor.from_pretrained(directory)
        x = case.values("a", -1)
        return lambda: {"input_features": extractor(x, sampling_rate=48000, return_tensors="np").input_features.astype(np.float32)}
    tokenizer = AutoTokenizer.from_pretrained(directory)
    texts = case.texts()

    def prepare():
        t = tokenizer(texts, padding=True, truncation=True, return_tensors="np")
        return {"input_ids": t.input_ids.astype(np.int64), "attention_mask": t.attention_mask.astype(np.int64)}
    return prepare
