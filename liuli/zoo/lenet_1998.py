"""LeNet-5 as its paper of 1998 describes it, with the layers that only it has."""

from __future__ import annotations

import math

import numpy as np

from ..autodiff.tensor import Tensor, fresh
from ..functions import creation as N
from ..nn import Conv2d, Flatten, Linear, Module, Parameter, init
from ..nn import functional as F

# Table I: which of the 6 maps below each of the 16 maps of C3 sees.
SEEN = ("012", "123", "234", "345", "045", "015",
        "0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245", "0235",
        "012345")  # fmt: skip

# The ten digits as pictures of 7x12, which the last layer compares with: ours, in the manner of
# the paper's figure 3.
PICTURES = """
.#####. ...#... .#####. .#####. #....#. ####### ..####. ####### .#####. .#####.
#.....# ..##... #.....# #.....# #....#. #...... .#..... ......# #.....# #.....#
#.....# .#.#... ......# ......# #....#. #...... #...... .....#. #.....# #.....#
#.....# ...#... ......# ......# #....#. #...... #...... .....#. #.....# #.....#
#.....# ...#... .....#. ......# #....#. ######. ######. ....#.. #.....# #.....#
#.....# ...#... ....#.. ..####. ####### ......# #.....# ....#.. .#####. .######
#.....# ...#... ...#... ......# .....#. ......# #.....# ...#... #.....# ......#
#.....# ...#... ..#.... ......# .....#. ......# #.....# ...#... #.....# ......#
#.....# ...#... .#..... ......# .....#. ......# #.....# ..#.... #.....# ......#
#.....# ...#... #...... ......# .....#. ......# #.....# ..#.... #.....# ......#
#.....# ...#... #...... #.....# .....#. #.....# #.....# .#..... #.....# .....#.
.#####. .#####. ####### .#####. .....#. .#####. .#####. .#..... .#####. .####..
"""


class ScaledTanh(Module):
    r"""The paper's squashing function, :math:`1.7159 \tanh(2x/3)`: -1 and 1 stay where they are.

    Example:
        >>> from liuli.zoo.lenet_1998 import ScaledTanh
        >>> ScaledTanh()(liuli.tensor([-1.0, 0.0, 1.0]))
        tensor([-1.0000,  0.0000,  1.0000])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Every element by itself."""
        squashed: Tensor = (x * (2 / 3)).tanh() * 1.7159
        return squashed


class Subsampling(Module):
    r"""Halves every map: :math:`y = w_c \cdot (\text{sum of a square of 2x2}) + b_c`.

    Each map has one coefficient and one bias. Shape: (N, C, H, W) -> (N, C, H/2, W/2).

    Example:
        >>> from liuli.zoo.lenet_1998 import Subsampling
        >>> Subsampling(6)(liuli.ones(1, 6, 28, 28)).shape
        liuli.Size([1, 6, 14, 14])
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = Parameter(N.zeros(channels, 1, 1))
        self.bias = Parameter(N.zeros(channels, 1, 1))
        _begin(self, inputs=4)

    def forward(self, x: Tensor) -> Tensor:
        """The sums of squares, scaled and moved map by map."""
        made: Tensor = 4 * F.avg_pool2d(x, 2) * self.weight + self.bias
        return made


class PartialConv2d(Module):
    r"""A convolution in which each output map sees only some of the maps below.

    The weight holds the kernels that there are, output by output: (K, 5, 5) for K connections.
    In the forward pass they are put where they belong; all other kernels are 0.

    Shape: (N, in_channels, H, W) -> (N, len(seen), H - 4, W - 4).

    Example:
        >>> from liuli.zoo.lenet_1998 import SEEN, PartialConv2d
        >>> layer = PartialConv2d(6, SEEN)
        >>> layer.weight.shape, layer.bias.shape
        (liuli.Size([60, 5, 5]), liuli.Size([16]))
    """

    def __init__(self, in_channels: int, seen: tuple[str, ...]) -> None:
        super().__init__()
        there = np.array([[str(c) in maps for c in range(in_channels)] for maps in seen])
        self.weight = Parameter(N.zeros(int(there.sum()), 5, 5))
        self.bias = Parameter(N.zeros(len(seen)))
        place = np.where(there, np.cumsum(there).reshape(there.shape) - 1, 0)
        self.register_buffer("place", fresh(place), persistent=False)
        mask = there.astype(np.float32)[:, :, None, None]
        self.register_buffer("mask", fresh(mask), persistent=False)
        for kernel, bound in zip(self.bias, self._bounds(there), strict=True):
            init.uniform_(kernel, -bound, bound)
        rows = np.repeat(self._bounds(there), there.sum(axis=1))
        for kernel, bound in zip(self.weight, rows, strict=True):
            init.uniform_(kernel, -bound, bound)

    @staticmethod
    def _bounds(there: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[float]:
        """How large first values may be, for each output: 2.4 over the number of inputs."""
        return [2.4 / (25 * int(count)) for count in there.sum(axis=1)]

    def forward(self, x: Tensor) -> Tensor:
        """The convolution with the whole weight."""
        return F.conv2d(x, self.weight[self.place] * self.mask, self.bias)


class Distances(Module):
    r"""Minus the squared distance to ten fixed pictures: :math:`y_k = -\sum_j (x_j - p_{kj})^2`.

    The pictures p are the ten digits, 7x12 pixels of -1 and 1, and are not learned.

    Shape: (N, 84) -> (N, 10).

    Example:
        >>> from liuli.zoo.lenet_1998 import Distances
        >>> layer = Distances()
        >>> layer(layer.pictures[3:4]).argmax(1)
        tensor([3])
    """

    def __init__(self) -> None:
        super().__init__()
        rows = [line.split() for line in PICTURES.split("\n") if line]
        digits = ["".join(row[digit] for row in rows) for digit in range(10)]
        pixels = [[1.0 if sign == "#" else -1.0 for sign in digit] for digit in digits]
        self.register_buffer("pictures", fresh(np.array(pixels, np.float32)))

    def forward(self, x: Tensor) -> Tensor:
        """How far each row is from each picture, with a minus."""
        gaps = x.unsqueeze(1) - self.pictures
        near: Tensor = -(gaps * gaps).sum(2)
        return near


class LeNet5(Module):
    r"""LeNet-5 as of 1998: C1, S2, C3, S4, C5, F6 and the distances to ten pictures.

    156 + 12 + 1,516 + 32 + 48,120 + 10,164 = 60,000 parameters, as the paper counts them. Every
    layer up to F6 is squashed by `ScaledTanh`; first values are uniform up to 2.4 over the number
    of inputs of a unit. With the cross-entropy as loss it learns by the paper's equation 9 without
    its constant j, which stands for "none of the ten". Different are: the pictures (drawn by us),
    and how learning goes on, which is the optimizer's affair here.

    The paper has 32x32 pixels from -0.1 (paper) to 1.175 (ink); `padding=2` takes 28x28.

    Shape: (N, 1, 32 - 2 padding, 32 - 2 padding) -> (N, 10).

    Example:
        >>> from liuli.zoo.lenet_1998 import LeNet5
        >>> LeNet5()(liuli.zeros(2, 1, 28, 28)).shape
        liuli.Size([2, 10])
    """

    def __init__(self, padding: int = 2) -> None:
        super().__init__()
        self.c1 = Conv2d(1, 6, 5, padding=padding)
        self.s2 = Subsampling(6)
        self.c3 = PartialConv2d(6, SEEN)
        self.s4 = Subsampling(16)
        self.c5 = Conv2d(16, 120, 5)
        self.flatten = Flatten()
        self.f6 = Linear(120, 84)
        self.squash = ScaledTanh()
        self.output = Distances()
        for layer in (self.c1, self.c5, self.f6):
            _begin(layer, inputs=math.prod(layer.weight.shape[1:]))

    def forward(self, x: Tensor) -> Tensor:
        """Minus the distances; the largest is the answer."""
        for layer in (self.c1, self.s2, self.c3, self.s4, self.c5):
            x = self.squash(layer(x))
        scores: Tensor = self.output(self.squash(self.f6(self.flatten(x))))
        return scores


def _begin(layer: Module, inputs: int) -> None:
    """First values as in the paper: uniform, the smaller the more inputs a unit has."""
    for parameter in layer.parameters():
        init.uniform_(parameter, -2.4 / inputs, 2.4 / inputs)
