"""faiss IndexFlatIP. It does not divide a query between threads; with -shards, two
indices of half the vectors each do."""

import os
import sys

# Threads that wait do not spin, and a shard has one of its own.
os.environ["OMP_WAIT_POLICY"], os.environ["OMP_NUM_THREADS"] = "PASSIVE", "1"

import faiss

from protocol import blocks, dim, n, serve

shards = 2 if "-shards" in sys.argv else 1
parts = [faiss.IndexFlatIP(dim) for _ in range(shards)]
for i, part in enumerate(parts):
    for _, block in blocks(n * i // shards, n * (i + 1) // shards):
        part.add(block)
index = parts[0]
if shards > 1:
    index = faiss.IndexShards(dim, True, True)
    for part in parts:
        index.add_shard(part)

serve(f"faiss {faiss.__version__}", lambda q, k: index.search(q[None], k)[1][0])
