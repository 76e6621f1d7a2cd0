"""Blocks of two convolutions with what goes around them, and the networks stacked from them."""

from __future__ import annotations

from collections.abc import Sequence

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..nn import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    init,
)
from ..nn import functional as F

SHORTCUTS = ("projection", "padding", "none")


class PaddedShortcut(Module):
    r"""The way around a block without parameters: every other pixel, and new channels of 0.

    He et al. call it option A. Shape: (N, C, H, W) -> (N, channels, H / stride, W / stride).

    Example:
        >>> from liuli.zoo.residual import PaddedShortcut
        >>> PaddedShortcut(1, 2)(liuli.arange(4.0).reshape(1, 1, 2, 2)).flatten().tolist()
        [0.0]
        >>> PaddedShortcut(2)(liuli.ones(1, 1, 1, 1)).flatten().tolist()
        [1.0, 0.0]
    """

    def __init__(self, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.channels, self.stride = channels, stride

    def forward(self, x: Tensor) -> Tensor:
        """Smaller, and with more channels."""
        near: Tensor = x[:, :, :: self.stride, :: self.stride]
        return F.pad(near, (0, 0, 0, 0, 0, self.channels - x.shape[1]))

    def extra_repr(self) -> str:
        return f"{self.channels}, stride={self.stride}"


class BasicBlock(Module):
    r"""Two convolutions 3x3 with batch norm, and a way around: :math:`y = \max(0, f(x) + s(x))`.

    `shortcut` says what s is where the shape changes: "projection", a convolution 1x1 with batch
    norm (torchvision's; option B); "padding", see `PaddedShortcut`; elsewhere s(x) = x. With
    "none" there is no way around at all: the block of a plain network, y = max(0, f(x)).

    Shape: (N, inplanes, H, W) -> (N, planes, H / stride, W / stride).

    Errors: LL602 for another `shortcut`.

    Source: He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, 2015.

    Example:
        >>> from liuli.zoo import BasicBlock
        >>> BasicBlock(16, 32, 2)(liuli.zeros(1, 16, 8, 8)).shape
        liuli.Size([1, 32, 4, 4])
    """

    def __init__(
        self, inplanes: int, planes: int, stride: int = 1, *, shortcut: str = "projection"
    ) -> None:
        super().__init__()
        if shortcut not in SHORTCUTS:
            choices = ", ".join(map(repr, SHORTCUTS))
            raise ArgumentError("LL602", argument="shortcut", value=repr(shortcut), choices=choices)
        self.conv1 = Conv2d(inplanes, planes, 3, stride, padding=1, bias=False)
        self.bn1 = BatchNorm2d(planes)
        self.relu = ReLU()
        self.conv2 = Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = BatchNorm2d(planes)
        self.plain = shortcut == "none"
        self.downsample: Module | None = None
        if not self.plain and (stride > 1 or inplanes != planes):
            self.downsample = PaddedShortcut(planes, stride) if shortcut == "padding" else \
                Sequential(Conv2d(inplanes, planes, 1, stride, bias=False),
                           BatchNorm2d(planes))  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Through both convolutions, and around them."""
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        if not self.plain:
            y = y + (x if self.downsample is None else self.downsample(x))
        made: Tensor = self.relu(y)
        return made


class ResNet(Module):
    r"""A stem, stages of blocks of which each halves the picture but the first, a mean, scores.

    `layers` says how many blocks a stage has, `widths` how many channels. `stem=7` is the one for
    photographs: a convolution 7x7 of stride 2 and max pooling; `stem=3` that for pictures of 32x32:
    a convolution 3x3. `shortcut` is that of `BasicBlock`. Convolutions begin normal, with deviation
    :math:`\sqrt{2 / outputs}`, as torchvision has it; with `zero_init_residual` every block begins
    as its shortcut. Names are torchvision's: conv1, bn1, layer1.0.conv1, ..., fc.

    Shape: (N, in_channels, H, W) -> (N, num_classes).

    Errors: LL602 for another `stem` or `shortcut`.

    Source: He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, 2015.

    Example:
        >>> from liuli.zoo import ResNet
        >>> model = ResNet((1, 1), (8, 16), num_classes=10, stem=3)
        >>> model(liuli.zeros(2, 3, 32, 32)).shape
        liuli.Size([2, 10])
    """

    def __init__(
        self, layers: Sequence[int], widths: Sequence[int] = (64, 128, 256, 512), *,
        num_classes: int = 1000, in_channels: int = 3, stem: int = 7, shortcut: str = "projection",
        zero_init_residual: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if stem not in (3, 7):
            raise ArgumentError("LL602", argument="stem", value=repr(stem), choices="3, 7")
        large = stem == 7
        self.conv1 = Conv2d(in_channels, widths[0], stem, 1 + large, padding=stem // 2, bias=False)
        self.bn1 = BatchNorm2d(widths[0])
        self.relu = ReLU()
        if large:
            self.maxpool = MaxPool2d(3, stride=2, padding=1)
        self._stages: list[str] = []
        before = widths[0]
        for count, width in zip(layers, widths, strict=True):
            stride = 2 if self._stages else 1
            blocks = [BasicBlock(before, width, stride, shortcut=shortcut)]
            blocks += [BasicBlock(width, width, shortcut=shortcut) for _ in range(count - 1)]
            self._stages.append(f"layer{len(self._stages) + 1}")
            self.add_module(self._stages[-1], Sequential(*blocks))
            before = width
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc = Linear(before, num_classes)
        self._begin(zero_init_residual)

    def _begin(self, zero_init_residual: bool) -> None:
        """Give convolutions their first values; batch norm and fc have theirs."""
        for part in self.modules():
            if isinstance(part, Conv2d):
                init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")
            if zero_init_residual and isinstance(part, BasicBlock):
                assert part.bn2.weight is not None
                init.zeros_(part.bn2.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Scores for each picture."""
        x = self.relu(self.bn1(self.conv1(x)))
        if "maxpool" in self._modules:
            x = self.maxpool(x)
        for stage in self._stages:
            x = self._modules[stage](x)  # type: ignore[misc]
        made: Tensor = self.fc(self.avgpool(x).flatten(1))
        return made
