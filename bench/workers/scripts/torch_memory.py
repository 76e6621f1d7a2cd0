"""The same with PyTorch, the fast way: all images as one tensor, batches by row numbers."""

from __future__ import annotations

from bench.workers.scripts.parts import BATCH, DEVIATION, EPOCHS, MEAN, Parts, read_idx

parts = Parts()

import torch  # noqa: E402
from torch import nn  # noqa: E402

parts.done("import")


def tensors(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """All images, normalized, and their labels."""
    images, labels = read_idx(part)
    x = torch.from_numpy(images.reshape(-1, 784).copy()).float()
    return x.div_(255).sub_(MEAN).div_(DEVIATION), torch.from_numpy(labels)


x, y = tensors("train")
test_x, test_y = tensors("t10k")
parts.done("load")

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
)
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
for _ in range(EPOCHS):
    for rows in torch.randperm(len(x)).split(BATCH):
        optimizer.zero_grad()
        loss = loss_of(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
parts.done("train")

with torch.no_grad():
    right = sum(
        int((model(images).argmax(1) == labels).sum())
        for images, labels in zip(test_x.split(1000), test_y.split(1000), strict=True)
    )
parts.done("evaluate")
parts.tell(100 * right / len(test_x))
