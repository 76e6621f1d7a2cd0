"""Residual networks by name, and the plain ones that they are compared with."""

from __future__ import annotations

from .residual import ResNet
from .variants import of_the_paper


def resnet18(
    num_classes: int = 1000, *, in_channels: int = 3, zero_init_residual: bool = False,
    variant: str = "usual",
) -> ResNet:  # fmt: skip
    r"""ResNet-18, for photographs of 224x224 and others: 17 convolutions on the long way.

    "usual" is torchvision's, with 11,689,512 parameters and torchvision's names. Where the shape
    changes, the way around is a convolution 1x1 with batch norm; "paper" has every other pixel
    and channels of 0 there, as in the paper's first comparison (option A), and 11,515,688.

    Shape: (N, in_channels, H, W) -> (N, num_classes).

    Errors: LL602 for a `variant` that there is none of.

    Source: He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, 2015.

    Example:
        >>> from liuli.zoo import resnet18
        >>> sum(p.numel() for p in resnet18().parameters())
        11689512
    """
    return ResNet((2, 2, 2, 2), num_classes=num_classes, in_channels=in_channels,
                  shortcut=_shortcut(variant), zero_init_residual=zero_init_residual)  # fmt: skip


def resnet20(num_classes: int = 10, *, in_channels: int = 3, variant: str = "usual") -> ResNet:
    r"""The residual network of 20 layers for pictures of 32x32: stages of 16, 32, 64 channels.

    "usual" goes around by a convolution 1x1 with batch norm where the shape changes, as
    torchvision does (272,474 parameters); "paper" by every other pixel and channels of 0, as the
    paper does for CIFAR-10 (269,722). Names follow torchvision's.

    Shape: (N, in_channels, H, W) -> (N, num_classes).

    Errors: LL602 for a `variant` that there is none of.

    Source: He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, 2015, section 4.2.

    Example:
        >>> from liuli.zoo import resnet20
        >>> for variant in ("usual", "paper"):
        ...     print(sum(p.numel() for p in resnet20(variant=variant).parameters()))
        272474
        269722
    """
    return _small(3, num_classes, in_channels, _shortcut(variant))


def resnet32(num_classes: int = 10, *, in_channels: int = 3, variant: str = "usual") -> ResNet:
    """As `resnet20`, of 32 layers; 466,906 parameters, or 464,154 as in the paper.

    Shape: (N, in_channels, H, W) -> (N, num_classes). Errors: LL602 for another `variant`.

    Example:
        >>> from liuli.zoo import resnet32
        >>> sum(p.numel() for p in resnet32(variant="paper").parameters())
        464154
    """
    return _small(5, num_classes, in_channels, _shortcut(variant))


def resnet56(num_classes: int = 10, *, in_channels: int = 3, variant: str = "usual") -> ResNet:
    """As `resnet20`, of 56 layers; 855,770 parameters, or 853,018 as in the paper.

    Shape: (N, in_channels, H, W) -> (N, num_classes). Errors: LL602 for another `variant`.

    Example:
        >>> from liuli.zoo import resnet56
        >>> sum(p.numel() for p in resnet56(variant="paper").parameters())
        853018
    """
    return _small(9, num_classes, in_channels, _shortcut(variant))


def plain20(num_classes: int = 10, *, in_channels: int = 3) -> ResNet:
    """The twin of `resnet20(variant="paper")` without a way around: the same 269,722 parameters.

    Deeper plain networks learn worse, even what they were trained with: that is what residual
    connections mend. Shape: (N, in_channels, H, W) -> (N, num_classes).

    Source: He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, 2015, section 4.2.

    Example:
        >>> from liuli.zoo import plain20
        >>> sum(p.numel() for p in plain20().parameters())
        269722
    """
    return _small(3, num_classes, in_channels, "none")


def plain32(num_classes: int = 10, *, in_channels: int = 3) -> ResNet:
    """The twin of `resnet32(variant="paper")` without a way around.

    Shape: (N, in_channels, H, W) -> (N, num_classes).

    Example:
        >>> from liuli.zoo import plain32
        >>> sum(p.numel() for p in plain32().parameters())
        464154
    """
    return _small(5, num_classes, in_channels, "none")


def plain56(num_classes: int = 10, *, in_channels: int = 3) -> ResNet:
    """The twin of `resnet56(variant="paper")` without a way around.

    Shape: (N, in_channels, H, W) -> (N, num_classes).

    Example:
        >>> from liuli.zoo import plain56
        >>> sum(p.numel() for p in plain56().parameters())
        853018
    """
    return _small(9, num_classes, in_channels, "none")


def _small(count: int, num_classes: int, in_channels: int, shortcut: str) -> ResNet:
    """A network of 6 * count + 2 layers for pictures of 32x32."""
    return ResNet((count,) * 3, (16, 32, 64), num_classes=num_classes, in_channels=in_channels,
                  stem=3, shortcut=shortcut)  # fmt: skip


def _shortcut(variant: str) -> str:
    return "padding" if of_the_paper(variant) else "projection"
