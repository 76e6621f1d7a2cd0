"""VGG-11: convolutions 3x3 and nothing else, stacked."""

from __future__ import annotations

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..nn import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    init,
)
from .variants import begin, of_the_paper

# Channels of convolutions; 0 is pooling. The paper calls this one A.
LAYERS = (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0)
HALVED = 2**5  # by how much pooling makes a picture smaller


class VGG(Module):
    r"""Convolutions 3x3 in five stages that are pooled, and Linear layers behind them.

    Names are torchvision's: features.0, features.3, ..., classifier.0, classifier.3, classifier.6.
    See `vgg11` for the arguments.

    Example:
        >>> from liuli.zoo.vgg import VGG
        >>> VGG(num_classes=10, image_size=32)(liuli.zeros(1, 3, 32, 32)).shape
        liuli.Size([1, 10])
    """

    def __init__(
        self, num_classes: int = 1000, *, in_channels: int = 3, image_size: int = 224,
        batch_norm: bool = False, dropout: float = 0.5, variant: str = "usual",
    ) -> None:  # fmt: skip
        super().__init__()
        paper, side = of_the_paper(variant), image_size // HALVED
        if not side:
            raise ArgumentError("LL602", argument="image_size", value=image_size,
                                choices=f"{HALVED}, {HALVED + 1}, ...")  # fmt: skip
        self.features = Sequential(*_features(in_channels, batch_norm))
        small = side < 7 and not paper
        if not small and not paper:
            side = 7
            self.avgpool = AdaptiveAvgPool2d(side)
        self.classifier: Module = Linear(512 * side * side, num_classes) if small else Sequential(
            Linear(512 * side * side, 4096), ReLU(), Dropout(dropout),
            Linear(4096, 4096), ReLU(), Dropout(dropout),
            Linear(4096, num_classes),
        )  # fmt: skip
        self._begin(paper)

    def _begin(self, paper: bool) -> None:
        """Give the layers their first values."""
        begin(self, init.normal_, std=0.01)
        if not paper:
            options = {"mode": "fan_out", "nonlinearity": "relu"}
            begin(self.features, init.kaiming_normal_, **options)

    def forward(self, x: Tensor) -> Tensor:
        """Scores for each picture."""
        x = self.features(x)
        if "avgpool" in self._modules:
            x = self.avgpool(x)
        made: Tensor = self.classifier(x.flatten(1))
        return made


def _features(channels: int, batch_norm: bool) -> list[Module]:
    """The convolutions, each with what follows it."""
    found: list[Module] = []
    for width in LAYERS:
        if not width:
            found.append(MaxPool2d(2))
            continue
        norm = [BatchNorm2d(width)] if batch_norm else []
        found += [Conv2d(channels, width, 3, padding=1), *norm, ReLU()]
        channels = width
    return found


def vgg11(
    num_classes: int = 1000, *, in_channels: int = 3, image_size: int = 224,
    batch_norm: bool = False, dropout: float = 0.5, variant: str = "usual",
) -> VGG:  # fmt: skip
    r"""VGG-11: eight convolutions 3x3 of 64 to 512 channels, five times halved, and three Linear.

    "usual" is torchvision's, with its names and 132,863,336 parameters: pictures of any size are
    brought to 7x7 before the Linear layers, convolutions begin as He et al. have it (fan out).
    "paper" begins everything normal with deviation 0.01, and takes pictures of `image_size` only.
    `batch_norm` puts batch norm behind each convolution, as `vgg11_bn`.

    With an `image_size` under 224 the usual form ends in one Linear layer, as is common for
    CIFAR-10: `vgg11(10, image_size=32)` has 9,225,610 parameters.

    Shape: (N, in_channels, image_size, image_size) -> (N, num_classes).

    Errors: LL602 for a `variant` that there is none of, or an `image_size` under 32.

    Source: Simonyan, Zisserman, Very Deep Convolutional Networks for Large-Scale Image
    Recognition, 2014.

    Example:
        >>> from liuli.zoo import vgg11
        >>> sum(p.numel() for p in vgg11(10, image_size=32).parameters())
        9225610
    """
    return VGG(num_classes, in_channels=in_channels, image_size=image_size, batch_norm=batch_norm,
               dropout=dropout, variant=variant)  # fmt: skip


def vgg11_bn(
    num_classes: int = 1000, *, in_channels: int = 3, image_size: int = 224, dropout: float = 0.5
) -> VGG:
    """`vgg11` with batch norm behind each convolution: 132,868,840 parameters, torchvision's names.

    Shape: (N, in_channels, image_size, image_size) -> (N, num_classes).

    Example:
        >>> from liuli.zoo import vgg11_bn
        >>> sum(p.numel() for p in vgg11_bn(10, image_size=32).parameters())
        9231114
    """
    return vgg11(num_classes, in_channels=in_channels, image_size=image_size, batch_norm=True,
                 dropout=dropout)  # fmt: skip
