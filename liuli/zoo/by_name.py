"""Networks by name, as `liuli train --model NAME` knows them."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..nn import Module
from .book import deep_conv_net, simple_conv_net
from .cnn import cnn
from .lenet import lenet5
from .mlp import mlp
from .resnets import plain20, plain32, plain56, resnet18, resnet20, resnet32, resnet56

Shape = tuple[int, ...]  # of one example: (C, H, W) of a picture, (F,) of a row
Builder = Callable[[Shape, int], Module]


def _layers(*hidden: int) -> Builder:
    """Linear layers, of any example."""
    return lambda shape, outputs: mlp(math.prod(shape), hidden, outputs=outputs)


def _sized(network: Callable[..., Module]) -> Builder:
    """A network that must know how large a square picture is."""
    return lambda shape, outputs: network(outputs, in_channels=shape[0], image_size=shape[-1])


def _free(network: Callable[..., Module]) -> Builder:
    """A network that takes pictures of many sizes."""
    return lambda shape, outputs: network(outputs, in_channels=shape[0])


def _small(shape: Shape, outputs: int) -> Module:
    """Two convolutions, 16 and 32: small enough for a first run, and right 98 times of 100."""
    return cnn(shape, outputs=outputs)


FOR_NUMBERS: dict[str, Builder] = {
    "mlp": _layers(128, 64),  # the network of most first lessons
    "wide": _layers(512, 512),  # that of PyTorch's quickstart
    "linear": _layers(),  # no hidden layer
    "softmax": _layers(),  # what books call the linear network when it chooses among classes
}
FOR_PICTURES: dict[str, Builder] = {
    "cnn": _small,
    "lenet5": _sized(lenet5),
    "simpleconvnet": _sized(simple_conv_net),
    "deepconvnet": _sized(deep_conv_net),
    "resnet18": _free(resnet18),
    "resnet20": _free(resnet20),
    "resnet32": _free(resnet32),
    "resnet56": _free(resnet56),
    "plain20": _free(plain20),
    "plain32": _free(plain32),
    "plain56": _free(plain56),
}
NETWORKS = FOR_NUMBERS | FOR_PICTURES
