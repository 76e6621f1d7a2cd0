"""The convolutional networks that all libraries are given: layers, weights, batches, arithmetic.

A layer is a tuple: its kind and its numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

Layer = tuple[Any, ...]
RELU, POOL, FLATTEN, GLOBAL = ("relu",), ("pool", 2), ("flatten",), ("global",)


def conv(outputs: int, kernel: int, padding: int = 0, stride: int = 1, bias: bool = True) -> Layer:
    """A convolution."""
    return "conv", outputs, kernel, padding, stride, bias


def _pair(outputs: int, second: int = 1) -> list[Layer]:
    return [conv(outputs, 3, 1), RELU, conv(outputs, 3, second), RELU, POOL]


def _vgg(*widths: int) -> list[Layer]:
    made: list[Layer] = []
    for width in widths:
        made += [conv(width, 3, 1), RELU] if width else [POOL]
    return made


def _blocks(*widths: int, count: int = 3) -> list[Layer]:
    """Residual blocks; each width but the first begins with a stride of 2."""
    return [("block", width, 2 if width > widths[0] and i == 0 else 1)
            for width in widths for i in range(count)]  # fmt: skip


@dataclass(frozen=True)
class Net:
    """A network, and how it is trained."""

    image: tuple[int, int, int]  # channels, height, width
    batch: int
    rule: dict[str, Any]  # the optimizer's name and its numbers
    layers: list[Layer]


ADAM = {"name": "Adam", "lr": 1e-3}
MOMENTUM = {"name": "SGD", "lr": 0.01, "momentum": 0.9, "weight_decay": 5e-4}
NETS = {
    "SimpleConvNet": Net((1, 28, 28), 100, ADAM, [
        conv(30, 5), RELU, POOL, FLATTEN, ("linear", 100), RELU, ("linear", 10)]),
    "DeepConvNet": Net((1, 28, 28), 100, ADAM, [
        *_pair(16), *_pair(32, 2), *_pair(64), FLATTEN, ("linear", 50), RELU, ("dropout", 0.5),
        ("linear", 10), ("dropout", 0.5)]),
    "LeNet-5": Net((1, 28, 28), 128, {"name": "Adam", "lr": 3e-4}, [
        conv(6, 5), RELU, POOL, conv(16, 5), RELU, POOL, FLATTEN, ("linear", 120), RELU,
        ("linear", 84), RELU, ("linear", 10)]),
    "ResNet-20": Net((3, 32, 32), 64, MOMENTUM, [
        conv(16, 3, 1, bias=False), ("norm",), RELU, *_blocks(16, 32, 64), GLOBAL,
        ("linear", 10)]),
    "VGG-11": Net((3, 32, 32), 64, MOMENTUM, [
        *_vgg(64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0), FLATTEN, ("linear", 10)]),
}  # fmt: skip


class Parameter(NamedTuple):
    """A parameter in the order of the modules': its shape, and what its values come from."""

    shape: tuple[int, ...]
    inputs: int  # of one output; 0 for a bias or a norm's shift, -1 for a norm's scale


class Work(NamedTuple):
    """A convolution or a product: the numbers that come out, and the products in each."""

    outputs: int
    products: int


@dataclass(frozen=True)
class ConvProblem:
    """Which network, with or without dropout, and how long a round may be."""

    net: str
    dropout: bool = True
    seconds: float = 1.5
    count: int = 8  # batches

    @property
    def of(self) -> Net:
        """The network."""
        return NETS[self.net]

    @property
    def layers(self) -> list[Layer]:
        """Its layers; without dropout if that is off."""
        return [layer for layer in self.of.layers if self.dropout or layer[0] != "dropout"]

    @property
    def flop(self) -> int:
        """Of one step's contractions: the outputs, the gradients of weights and of inputs."""
        works = [work.outputs * work.products for work in self.works()]
        return 2 * self.of.batch * (3 * sum(works) - works[0])  # the data have no gradient

    def works(self) -> Iterator[Work]:
        """Convolutions and products for one image, in turn."""
        for item in walk(self.layers, self.of.image):
            if isinstance(item, Work):
                yield item

    def parameters(self) -> list[Parameter]:
        """In the order of the modules'."""
        found = walk(self.layers, self.of.image)
        return [item for item in found if isinstance(item, Parameter)]

    def start(self) -> list[Any]:
        """The values to begin with: normal as He et al. have it, biases 0, scales 1."""
        import numpy as np

        draw, values = np.random.default_rng(1), []
        for shape, inputs in self.parameters():
            if inputs > 0:
                value = draw.standard_normal(shape) * math.sqrt(2 / inputs)
            else:
                value = np.full(shape, -inputs)
            values.append(value.astype(np.float32))
        return values

    def batches(self) -> list[tuple[Any, Any]]:
        """Images and labels of each batch: ten clouds that can be told apart."""
        import numpy as np

        draw, image = np.random.default_rng(0), self.of.image
        centres = 0.5 * draw.standard_normal((10, *image), dtype=np.float32)
        made = []
        for _ in range(self.count):
            labels = draw.integers(0, 10, self.of.batch)
            x = draw.standard_normal((self.of.batch, *image), dtype=np.float32) + centres[labels]
            made.append((x, labels))
        return made

    def to_json(self) -> str:
        """For a worker's command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> ConvProblem:
        """What `to_json` wrote."""
        return ConvProblem(**json.loads(text))


def walk(layers: list[Layer], image: tuple[int, ...]) -> Iterator[Work | Parameter]:
    """All parameters and contractions, and how large the image is meanwhile."""
    shape = image
    for kind, *numbers in layers:
        if kind == "conv":
            shape = yield from _conv(shape, *numbers)
        elif kind == "linear":
            [outputs] = numbers
            yield from _weights((outputs, *shape), True)
            yield Work(outputs, *shape)
            shape = (outputs,)
        elif kind == "norm":
            yield from _norm(shape[0])
        elif kind == "block":
            shape = yield from _block(shape, *numbers)
        elif kind == "pool":
            shape = (shape[0], shape[1] // 2, shape[2] // 2)
        elif kind in ("flatten", "global"):
            shape = (math.prod(shape),) if kind == "flatten" else shape[:1]


Walk = Iterator[Work | Parameter]


def _weights(shape: tuple[int, ...], bias: bool) -> Walk:
    yield Parameter(shape, math.prod(shape[1:]))
    if bias:
        yield Parameter(shape[:1], 0)


def _norm(channels: int) -> Walk:
    yield Parameter((channels,), -1)
    yield Parameter((channels,), 0)


def _conv(shape: tuple[int, ...], outputs: int, kernel: int, padding: int, stride: int,
          bias: bool) -> Any:  # fmt: skip
    channels, *sides = shape
    height, width = ((side + 2 * padding - kernel) // stride + 1 for side in sides)
    yield from _weights((outputs, channels, kernel, kernel), bias)
    yield Work(outputs * height * width, channels * kernel * kernel)
    return outputs, height, width


def _block(shape: tuple[int, ...], outputs: int, stride: int) -> Any:
    """Two convolutions, and one around them where the shape changes."""
    made = yield from _conv(shape, outputs, 3, 1, stride, False)
    yield from _norm(outputs)
    yield from _conv(made, outputs, 3, 1, 1, False)
    yield from _norm(outputs)
    if made != shape:
        yield from _conv(shape, outputs, 1, 0, stride, False)
        yield from _norm(outputs)
    return made
