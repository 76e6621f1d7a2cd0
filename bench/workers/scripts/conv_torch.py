"""The same with PyTorch, from memory: `conv_torch.py [best]`, channels last and fused updates."""

from __future__ import annotations

import sys
from typing import Any

from bench.workers.scripts.parts import Parts, read_idx

parts = Parts()

import torch  # noqa: E402
from torch import nn  # noqa: E402

parts.done("import")

best = sys.argv[1:] == ["best"]
images: dict[str, Any] = {"memory_format": torch.channels_last} if best else {}


def tensors(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """All images from 0 to 1, and their labels."""
    pixels, labels = read_idx(part)
    x = torch.from_numpy(pixels.copy())[:, None].float().div_(255)
    return x.to(**images) if best else x, torch.from_numpy(labels)


x, y = tensors("train")
test_x, test_y = tensors("t10k")
parts.done("load")

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
    nn.Linear(84, 10),
).to(**images)  # fmt: skip
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-4, fused=best or None)
for _ in range(10):
    for rows in torch.randperm(len(x)).split(128):
        optimizer.zero_grad()
        loss = loss_of(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
parts.done("train")

with torch.no_grad():
    pairs = zip(test_x.split(1000), test_y.split(1000), strict=True)
    right = sum(int((model(image).argmax(1) == label).sum()) for image, label in pairs)
parts.done("evaluate")
parts.tell(100 * right / len(test_x))
