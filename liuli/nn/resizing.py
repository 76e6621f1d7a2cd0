"""Layers that make images larger or smaller, and turn channels into places and back."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..functions import functional as F
from .module import Module

__mirrors__ = "torch"


class Upsample(Module):
    """The axes of space stretched to `size` or by `scale_factor`; see nn.functional.interpolate.

    mode is nearest, linear (for lines), bilinear or bicubic (images), trilinear (volumes), area
    or nearest-exact.

    Shape: (N, C, L), (N, C, H, W) or (N, C, D, H, W) -> lengths after C as asked.
    Errors: LL180, LL184 to LL186, LL602 as interpolate.

    Example:
        >>> from liuli import nn
        >>> nn.Upsample(scale_factor=2)(liuli.tensor([[[1.0, 2.0]]]))
        tensor([[[1., 1., 2., 2.]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                 align_corners: bool | None = None,
                 recompute_scale_factor: bool | None = None) -> None:  # fmt: skip
        super().__init__()
        many = isinstance(scale_factor, (tuple, list))
        self.size = size
        self.scale_factor: Any = (
            tuple(float(n) for n in scale_factor) if many
            else float(scale_factor) if scale_factor else None
        )  # fmt: skip
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """x made larger or smaller."""
        return F.interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners,
                             self.recompute_scale_factor)  # fmt: skip

    def extra_repr(self) -> str:
        by_size = self.scale_factor is None
        how = f"size={self.size!r}" if by_size else f"scale_factor={self.scale_factor!r}"
        return f"{how}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Upsample for images with mode "nearest", under its old name.

    Example:
        >>> from liuli import nn
        >>> nn.UpsamplingNearest2d(size=(4, 6))(liuli.ones(1, 3, 2, 2)).shape
        liuli.Size([1, 3, 4, 6])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Upsample for images with mode "bilinear" and aligned corners, under its old name.

    Example:
        >>> from liuli import nn
        >>> nn.UpsamplingBilinear2d(scale_factor=2)(liuli.ones(1, 3, 2, 2)).shape
        liuli.Size([1, 3, 4, 4])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """Every r * r channels become one of r times the height and width, r = upscale_factor.

    Shape: (..., C r^2, H, W) -> (..., C, H r, W r). Errors: LL146, LL173, LL181.
    Source: W. Shi et al., "Real-time single image and video super-resolution using an efficient
    sub-pixel convolutional neural network", CVPR 2016.

    Example:
        >>> from liuli import nn
        >>> nn.PixelShuffle(2)(liuli.ones(1, 8, 3, 3)).shape
        liuli.Size([1, 2, 6, 6])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Channels become places."""
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """The reverse of PixelShuffle: every r by r places become r * r channels.

    Shape: (..., C, H r, W r) -> (..., C r^2, H, W). Errors: LL146, LL173, LL181.

    Example:
        >>> from liuli import nn
        >>> nn.PixelUnshuffle(2)(liuli.ones(1, 2, 6, 6)).shape
        liuli.Size([1, 8, 3, 3])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Places become channels."""
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels dealt anew, so that groups of the next convolution see all of these.

    Shape: (N, C, ...), kept. Errors: LL146, LL173, LL181.
    Source: X. Zhang et al., "ShuffleNet: an extremely efficient convolutional neural network for
    mobile devices", CVPR 2018.

    Example:
        >>> from liuli import nn
        >>> nn.ChannelShuffle(2)(liuli.arange(4.0).reshape(1, 4, 1)).flatten()
        tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """The channels in another order."""
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
