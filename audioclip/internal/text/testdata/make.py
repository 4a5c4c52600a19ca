"""Makes the mini models beside this file and goldens.json, what their original
implementations compute with them.

torch 2.11, transformers 4.57, openai-clip 1.0.1, open_clip_torch 3.3, msclap 1.3.4,
safetensors 0.8. Tolerance: 1e-5 absolute.
"""

import json

import clip.model
import msclap.models.clap
import open_clip
import torch
from safetensors.torch import save_file
from transformers import (AutoModel, BertConfig, BertModel, CLIPConfig, CLIPTextConfig, CLIPTextModelWithProjection,
                          CLIPModel, GPT2Config, GPT2Model, RobertaConfig, RobertaModel)

torch.manual_seed(7)
goldens = {}


def randomise(model):
    """Gives every tensor a size that keeps the signal's."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 0:
                continue
            if p.dim() == 1:
                p.normal_(1 if name.endswith("weight") else 0, 0.2)
            elif "emb" in name or name.split(".")[-2:][0] in ("wte", "wpe"):
                p.normal_(0, 0.5)
            else:
                p.normal_(0, p[0].numel() ** -0.5)
    return model.eval().requires_grad_(False)


def texts(vocab, longest, begin=None, end=None):
    """Texts of many lengths, with special ids at their ends."""
    lengths = [2, 3, 5, 4, longest, 9, 1 + longest // 2, 2]
    result = []
    for n in lengths:
        ids = torch.randint(3, vocab - 3, (n,)).tolist()
        if begin is not None:
            ids[0] = begin
        if end is not None:
            ids[-1] = end
        result.append(ids)
    return result


def padded(ids, pad):
    n = max(map(len, ids))
    return (torch.tensor([t + [pad] * (n - len(t)) for t in ids]),
            torch.tensor([[1] * len(t) + [0] * (n - len(t)) for t in ids]))


def golden(name, file, config, ids, **vectors):
    goldens[name] = {"file": file, "config": config, "ids": ids,
                     "vectors": {k: [[float(f"{x:.8g}") for x in row] for row in v.tolist()] for k, v in vectors.items()}}


def save(model, file):
    tensors = {k: v.contiguous().clone() for k, v in model.state_dict().items()}
    if file.endswith(".safetensors"):
        save_file(tensors, file)
    else:
        torch.save(tensors, file)


# CLIP, Hugging Face
sizes = dict(vocab_size=99, max_position_embeddings=20, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
             intermediate_size=56, projection_dim=16, bos_token_id=97, pad_token_id=98)
ids = texts(99, 20, 97, 98)
ids[3][1] = 98  # an end before the end
config = CLIPTextConfig(**sizes, hidden_act="quick_gelu", eos_token_id=98)
model = randomise(CLIPTextModelWithProjection(config))
save(model, "clip_quick.safetensors")
golden("CLIP quick", "clip_quick.safetensors", config.to_diff_dict() | {"model_type": "clip_text_model"}, ids,
       text=model(*padded(ids, 98)).text_embeds)

config = CLIPConfig(text_config=sizes | dict(hidden_size=24, num_attention_heads=3, hidden_act="gelu", eos_token_id=2, layer_norm_eps=1e-4), projection_dim=16,
                    vision_config=dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
                                       image_size=8, patch_size=8))
model = randomise(CLIPModel(config))
save(model, "clip_gelu.bin")
ids = texts(99, 20, 97, 98)
golden("CLIP exact", "clip_gelu.bin", config.to_diff_dict(), ids,
       text=model.get_text_features(*padded(ids, 98)))

# CLIP, OpenAI and OpenCLIP: the same weights with either GELU, the latter as float16
model = randomise(clip.model.CLIP(16, 8, 1, 64, 8, 20, 99, 32, 2, 1))
visual = [k for k in model.state_dict() if k.startswith("visual.")]
torch.save({k: v for k, v in model.state_dict().items() if k not in visual}, "openai.pt")
ids = texts(99, 20, 97, 98)
zeros = padded([t + [0] * (20 - len(t)) for t in ids], 0)[0]
golden("OpenAI", "openai.pt", {"heads": 2}, ids, text=model.encode_text(zeros))

sizes = dict(embed_dim=16, vision_cfg=dict(image_size=8, layers=1, width=64, patch_size=8),
             text_cfg=dict(context_length=20, vocab_size=99, width=32, heads=2, layers=1))
custom = open_clip.CustomTextCLIP(**sizes)
missing = custom.text.load_state_dict({k: v for k, v in model.state_dict().items() if k not in visual + ["logit_scale"]}, strict=False)
assert not missing.missing_keys and not missing.unexpected_keys, missing
custom.half().float().eval().requires_grad_(False)
save_file({k: v.half() for k, v in custom.state_dict().items() if not k.startswith("visual.")}, "openclip.safetensors")
golden("OpenCLIP", "openclip.safetensors", {"model_cfg": sizes | {"custom_text": True}}, ids, text=custom.encode_text(zeros))

# BERT and RoBERTa
config = BertConfig(vocab_size=99, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=56,
                    max_position_embeddings=24, type_vocab_size=2)
model = randomise(BertModel(config))
save(model, "bert.bin")
ids = texts(99, 24, 97, 98)
out = model(*padded(ids, 0))
mask = padded(ids, 0)[1].unsqueeze(-1)
golden("BERT", "bert.bin", config.to_diff_dict() | {"model_type": "bert"}, ids, pooler=out.pooler_output,
       cls=out.last_hidden_state[:, 0], mean=(out.last_hidden_state * mask).sum(1) / mask.sum(1))

config = RobertaConfig(vocab_size=99, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
                       max_position_embeddings=26, type_vocab_size=1, layer_norm_eps=1e-5)
model = randomise(RobertaModel(config))
save(model, "roberta.safetensors")
ids = texts(99, 24, 0, 2)
ids[5][4] = 1  # someone wrote <pad>
out = model(*padded(ids, 1))
mask = padded(ids, 1)[1].unsqueeze(-1)
golden("RoBERTa", "roberta.safetensors", config.to_diff_dict() | {"model_type": "roberta"}, ids, pooler=out.pooler_output,
       cls=out.last_hidden_state[:, 0], mean=(out.last_hidden_state * mask).sum(1) / mask.sum(1))

# GPT-2 as MS-CLAP runs it
config = GPT2Config(vocab_size=99, n_positions=24, n_embd=24, n_layer=2, n_head=3)
AutoModel.from_pretrained = lambda name: GPT2Model(config)
model = msclap.models.clap.TextEncoder(16, "gpt2", 24)
model.projection = torch.nn.Identity()
randomise(model)
save(model.base, "gpt2.safetensors")
ids = texts(99, 24, None, 98)
ids[2][1] = 0  # exclamation marks
ids[5][3] = ids[5][4] = ids[5][7] = 0
tokens, mask = padded(ids, 0)
golden("GPT-2", "gpt2.safetensors", config.to_diff_dict() | {"model_type": "gpt2"}, ids,
       text=model({"input_ids": tokens, "attention_mask": mask}))

with open("goldens.json", "w") as f:
    json.dump(goldens, f)
