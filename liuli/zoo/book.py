"""The two convolutional networks of the fish book."""

from __future__ import annotations

from collections import OrderedDict

from ..nn import Conv2d, Dropout, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential, init
from .variants import begin, of_the_paper


def simple_conv_net(
    num_classes: int = 10, *, in_channels: int = 1, image_size: int = 28, variant: str = "usual"
) -> Sequential:
    r"""One convolution 5x5 of 30 maps, ReLU, pooling, and Linear layers of 100 and `num_classes`.

    433,890 parameters for pictures of 28x28. "paper" begins as the book does: weights from a
    normal distribution of deviation 0.01, biases 0. "usual" begins as PyTorch's layers do.

    Shape: (N, in_channels, image_size, image_size) -> (N, num_classes).

    Errors: LL602 for a `variant` that there is none of.

    Source: Saito, Deep Learning from Scratch, 2016, chapter 7.

    Example:
        >>> from liuli.zoo import simple_conv_net
        >>> simple_conv_net()
        Sequential(
          (conv1): Conv2d(1, 30, kernel_size=(5, 5), stride=(1, 1))
          (relu1): ReLU()
          (pool1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
          (flatten): Flatten(start_dim=1, end_dim=-1)
          (fc1): Linear(in_features=4320, out_features=100, bias=True)
          (relu2): ReLU()
          (fc2): Linear(in_features=100, out_features=10, bias=True)
        )
    """
    paper, side = of_the_paper(variant), (image_size - 4) // 2
    made = Sequential(OrderedDict[str, Module](
        conv1=Conv2d(in_channels, 30, 5), relu1=ReLU(), pool1=MaxPool2d(2),
        flatten=Flatten(),
        fc1=Linear(30 * side * side, 100), relu2=ReLU(),
        fc2=Linear(100, num_classes),
    ))  # fmt: skip
    if paper:
        begin(made, init.normal_, std=0.01)
    return made


def deep_conv_net(
    num_classes: int = 10, *, in_channels: int = 1, image_size: int = 28, dropout: float = 0.5,
    variant: str = "usual",
) -> Sequential:  # fmt: skip
    r"""Six convolutions 3x3 of 16, 16, 32, 32, 64 and 64 maps, pooled in pairs, then 50 and scores.

    123,552 parameters for pictures of 28x28. Convolutions are padded by 1, the fourth by 2, so
    that 14x14 becomes 16x16. Weights begin as He et al. have it, normal with deviation
    :math:`\sqrt{2 / inputs}`, biases at 0. Values of the layer of 50 are dropped with
    probability `dropout`; "paper" drops scores too, as the book does.

    Shape: (N, in_channels, image_size, image_size) -> (N, num_classes).

    Errors: LL602 for a `variant` that there is none of.

    Source: Saito, Deep Learning from Scratch, 2016, chapter 8.

    Example:
        >>> from liuli.zoo import deep_conv_net
        >>> model = deep_conv_net()
        >>> sum(p.numel() for p in model.parameters())
        123552
        >>> model(liuli.zeros(2, 1, 28, 28)).shape
        liuli.Size([2, 10])
    """
    paper, side = of_the_paper(variant), ((image_size // 2 + 2) // 2) // 2
    layers = OrderedDict[str, Module]()
    for block, channels in enumerate((16, 32, 64), start=1):
        for number in (1, 2):
            padding = 2 if (block, number) == (2, 2) else 1
            layers[f"conv{block}_{number}"] = Conv2d(in_channels, channels, 3, padding=padding)
            layers[f"relu{block}_{number}"] = ReLU()
            in_channels = channels
        layers[f"pool{block}"] = MaxPool2d(2)
    layers |= OrderedDict[str, Module](
        flatten=Flatten(),
        fc1=Linear(64 * side * side, 50), relu4=ReLU(), dropout1=Dropout(dropout),
        fc2=Linear(50, num_classes), **({"dropout2": Dropout(dropout)} if paper else {}),
    )  # fmt: skip
    made = Sequential(layers)
    begin(made, init.kaiming_normal_, nonlinearity="relu")
    return made
