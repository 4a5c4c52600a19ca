"""Makes the mini models beside this file and goldens.json: what their original
implementations compute with them, and what openai-clip and transformers make of pictures.

torch 2.11, torchvision 0.26, Pillow 13.0, transformers 4.57, openai-clip 1.0.1.
Tolerance: 1e-5 absolute for the models, none for the pictures.
"""

import hashlib
import json

import clip.clip
import clip.model
import numpy as np
import torch
from PIL import Image
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

torch.manual_seed(11)


def randomise(model):
    """Gives every tensor a size that keeps the signal's."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 1:
                p.normal_(1 if name.endswith("weight") else 0, 0.2)
            elif p.dim() > 1 and "positional" not in name:
                p.normal_(0, p[0].numel() ** -0.5)
            elif p.dim() > 1:
                p.normal_(0, 0.5)
    return model.eval().requires_grad_(False)


def picture(w, h, channels):
    """Smooth in places, wild in others; the same in the Go test."""
    x, y, ch = np.arange(w).reshape(1, w, 1), np.arange(h).reshape(h, 1, 1), np.arange(channels)
    return ((3 * x * x + 5 * y * y + 7 * x * y + 50 * ch + x // 5 * 31) & 255).astype(np.uint8)


def image_of(w, h, mode):
    data = picture(w, h, len(mode))
    if mode == "P":
        image = Image.fromarray(data[:, :, 0], "L")
        image.putpalette([(i * k) & 255 for i in range(256) for k in (3, 5, 7)])
        assert image.mode == "P"
    else:
        image = Image.fromarray(data.squeeze(2) if mode == "L" else data, mode)
    return image


def preprocess(w, h, mode, size):
    return clip.clip._transform(size)(image_of(w, h, mode)).permute(1, 2, 0).contiguous().numpy()


pictures = []
for w, h, mode, size in [
    (640, 427, "RGB", 224), (427, 640, "RGB", 224), (224, 224, "RGB", 224), (224, 301, "RGB", 224), (300, 225, "RGB", 224),
    (50, 37, "RGB", 224), (51, 51, "RGB", 32), (1, 1, "RGB", 32), (1, 7, "RGB", 32), (7, 1, "RGB", 33), (3000, 40, "RGB", 32),
    (41, 3001, "RGB", 32), (33, 2, "RGB", 31), (640, 427, "L", 224), (33, 80, "L", 32), (640, 427, "RGBA", 224),
    (33, 80, "RGBA", 64), (80, 33, "RGBA", 17), (640, 427, "P", 224), (33, 80, "P", 64), (123, 457, "P", 37),
]:
    values = preprocess(w, h, mode, size)
    pictures.append({"width": w, "height": h, "mode": mode, "size": size, "first": values.flatten()[:6].tolist(),
                     "sha256": hashlib.sha256(values.tobytes()).hexdigest()})

# What transformers makes of them.
others = []
for w, h, mode, size in [
    (640, 427, "RGB", 224), (427, 640, "RGB", 224), (224, 301, "RGB", 224), (300, 225, "RGB", 224), (33, 80, "L", 32),
    (640, 427, "RGBA", 224), (80, 33, "RGBA", 17), (33, 80, "P", 64), (123, 457, "P", 37),
]:
    processor = CLIPImageProcessor(size={"shortest_edge": size}, crop_size=size)
    values = np.ascontiguousarray(processor(image_of(w, h, mode)).pixel_values[0].transpose(1, 2, 0), np.float32)
    others.append({"width": w, "height": h, "mode": mode, "size": size, "first": values.flatten()[:6].tolist(),
                   "sha256": hashlib.sha256(values.tobytes()).hexdigest()})

models = []


def golden(file, config, vectors):
    models.append({"file": file, "config": config, "vectors": vectors.tolist()})


# Pictures of 24 pixels, as the preprocessing makes them.
sizes = [(60, 40), (24, 24), (31, 77)]
x = torch.stack([torch.from_numpy(preprocess(w, h, "RGB", 24)).permute(2, 0, 1) for w, h in sizes])

config = CLIPVisionConfig(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, image_size=24,
                          patch_size=8, projection_dim=16, hidden_act="gelu", layer_norm_eps=1e-4)
model = randomise(CLIPVisionModelWithProjection(config))
torch.save(model.state_dict(), "huggingface.bin")
golden("huggingface.bin", config.to_diff_dict() | {"model_type": "clip_vision_model"}, model(x).image_embeds)

# OpenAI's own form: TorchScript with float16 weights. Text is as small as can be.
model = randomise(clip.model.CLIP(16, 24, 1, 64, 8, 1, 1, 2, 1, 1))
clip.model.convert_weights(model)
state = {k: v.float() for k, v in model.state_dict().items()}


class Holder(torch.nn.Module):
    def forward(self, x: torch.Tensor):
        return x


def hold(module):
    holder = Holder()
    for name, p in module.named_parameters(recurse=False):
        holder.register_parameter(name, p)
    for name, child in module.named_children():
        holder.add_module(name, hold(child))
    return holder


torch.jit.script(hold(model)).save("openai.pt")
model.float().load_state_dict(state)
golden("openai.pt", None, model.encode_image(x))

with open("goldens.json", "w") as f:
    json.dump({"pictures": pictures, "transformers": others, "inputs": sizes, "models": models}, f)
