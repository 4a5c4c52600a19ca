"""Writes CLAP of full size with random weights into a folder."""

import sys

import torch
from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

torch.manual_seed(1)
config = ClapConfig()
config.audio_config.projection_dim = config.projection_dim = config.text_config.projection_dim = 512
model = ClapModel(config).eval()
# Statistics such as spectrograms in decibels have.
norm = model.audio_model.audio_encoder.batch_norm
norm.running_mean.uniform_(-45, -35)
norm.running_var.uniform_(200, 300)
model.save_pretrained(sys.argv[1])
ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc").save_pretrained(sys.argv[1])
