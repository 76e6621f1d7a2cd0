"""A small convolutional network for small pictures, in any size."""

from __future__ import annotations

from collections.abc import Sequence

from ..nn import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential


def cnn(
    shape: Sequence[int] = (1, 28, 28), channels: Sequence[int] = (16, 32), *, hidden: int = 64,
    outputs: int = 10, kernel_size: int = 3, batch_norm: bool = False, dropout: float = 0.0,
) -> Sequential:  # fmt: skip
    r"""For each number of `channels` a convolution, ReLU and pooling by 2; then two Linear layers.

    `shape` is that of a picture, (C, H, W). Convolutions are padded, so only pooling makes pictures
    smaller. `batch_norm` stands between convolution and ReLU; `dropout` is the probability of
    dropping a value of the layer of `hidden` values while training. The outputs are scores, or the
    predicted numbers themselves.

    Shape: (N, C, H, W) -> (N, outputs).

    Example:
        >>> from liuli.zoo import cnn
        >>> cnn()
        Sequential(
          (0): Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
          (1): ReLU()
          (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
          (3): Conv2d(16, 32, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
          (4): ReLU()
          (5): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
          (6): Flatten(start_dim=1, end_dim=-1)
          (7): Linear(in_features=1568, out_features=64, bias=True)
          (8): ReLU()
          (9): Linear(in_features=64, out_features=10, bias=True)
        )
    """
    layers: list[Module] = []
    before, height, width = shape
    for count in channels:
        layers.append(Conv2d(before, count, kernel_size, padding=kernel_size // 2))
        layers += [BatchNorm2d(count)] if batch_norm else []
        layers += [ReLU(), MaxPool2d(2)]
        before, height, width = count, height // 2, width // 2
    layers += [Flatten(), Linear(before * height * width, hidden), ReLU()]
    layers += [Dropout(dropout)] if dropout else []
    return Sequential(*layers, Linear(hidden, outputs))
