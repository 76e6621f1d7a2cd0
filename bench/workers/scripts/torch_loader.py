"""The same with PyTorch as the tutorial has it: a data set of single images, and a DataLoader.

torchvision makes a picture of every image first, which costs more than what is done here.
"""

from __future__ import annotations

from typing import Any

from bench.workers.scripts.parts import BATCH, DEVIATION, EPOCHS, MEAN, Parts, read_idx

parts = Parts()

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, Dataset  # noqa: E402

parts.done("import")


class Digits(Dataset[Any]):
    """MNIST, an image at a time: to a tensor from 0 to 1, then normalized."""

    def __init__(self, part: str) -> None:
        images, labels = read_idx(part)
        self.images, self.labels = torch.from_numpy(images.copy()), torch.from_numpy(labels)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        image = self.images[row][None].float() / 255
        return (image - MEAN) / DEVIATION, int(self.labels[row])


training = DataLoader(Digits("train"), batch_size=BATCH, shuffle=True)
testing = DataLoader(Digits("t10k"), batch_size=1000)
parts.done("load")

torch.manual_seed(0)
model = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
)
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
for _ in range(EPOCHS):
    for images, labels in training:
        optimizer.zero_grad()
        loss = loss_of(model(images), labels)
        loss.backward()
        optimizer.step()
parts.done("train")

with torch.no_grad():
    right = sum(int((model(images).argmax(1) == labels).sum()) for images, labels in testing)
parts.done("evaluate")
parts.tell(100 * right / 10_000)
