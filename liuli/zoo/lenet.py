"""LeNet-5, the network that read the digits on cheques."""

from __future__ import annotations

from collections import OrderedDict

from ..errors import ArgumentError
from ..nn import Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential
from .lenet_1998 import LeNet5
from .variants import of_the_paper


def lenet5(
    num_classes: int = 10, *, in_channels: int = 1, image_size: int = 28, padding: int = 2,
    variant: str = "usual",
) -> Module:  # fmt: skip
    r"""Two convolutions 5x5 of 6 and 16 maps, each halved by pooling, and layers of 120 and 84.

    "usual" is LeNet-5 as it is taught today: ReLU, max pooling, every map connected with all
    below, and scores at the end; 61,706 parameters. `padding` is that of the first convolution:
    28x28 pictures become the paper's 32x32. With `padding=0` they stay 28x28, and 44,426
    parameters are left, as in the benchmark of SimpleChains. Names: conv1, conv2, fc1, fc2, fc3.

    "paper" is the network of 1998 (see `LeNet5`), with its 60,000 parameters: scaled tanh,
    subsampling with a coefficient and a bias a map, the partial connections of its table I, and
    distances to fixed pictures of the ten digits at the end. It has ten classes and one channel.

    Shape: (N, in_channels, image_size, image_size) -> (N, num_classes).

    Errors: LL602 for a `variant` that there is none of, or for other sizes than the paper's.

    Source: LeCun, Bottou, Bengio, Haffner, Gradient-Based Learning Applied to Document
    Recognition, 1998.

    Example:
        >>> from liuli.zoo import lenet5
        >>> for model in (lenet5(), lenet5(padding=0), lenet5(variant="paper")):
        ...     print(sum(p.numel() for p in model.parameters()))
        61706
        44426
        60000
    """
    if of_the_paper(variant):
        _only_the_papers(num_classes, in_channels, image_size + 2 * padding)
        return LeNet5(padding)
    side = ((image_size + 2 * padding - 4) // 2 - 4) // 2
    return Sequential(OrderedDict[str, Module](
        conv1=Conv2d(in_channels, 6, 5, padding=padding), relu1=ReLU(), pool1=MaxPool2d(2),
        conv2=Conv2d(6, 16, 5), relu2=ReLU(), pool2=MaxPool2d(2),
        flatten=Flatten(),
        fc1=Linear(16 * side * side, 120), relu3=ReLU(),
        fc2=Linear(120, 84), relu4=ReLU(),
        fc3=Linear(84, num_classes),
    ))  # fmt: skip


def _only_the_papers(num_classes: int, in_channels: int, seen: int) -> None:
    """Errors: LL602 for what the network of 1998 was not made for."""
    wanted = (("num_classes", num_classes, 10), ("in_channels", in_channels, 1),
              ("image_size + 2 * padding", seen, 32))  # fmt: skip
    for argument, value, only in wanted:
        if value != only:
            raise ArgumentError("LL602", argument=argument, value=value, choices=only)
