"""Networks by name, as `liuli train --model NAME` knows them."""

from __future__ import annotations

from collections.abc import Callable

from ..nn import Module
from .mlp import mlp


def _small(inputs: int, outputs: int) -> Module:
    """Two hidden layers, 128 and 64: the network of most first lessons."""
    return mlp(inputs, (128, 64), outputs=outputs)


def _wide(inputs: int, outputs: int) -> Module:
    """Two hidden layers of 512: the network of PyTorch's quickstart."""
    return mlp(inputs, (512, 512), outputs=outputs)


def _linear(inputs: int, outputs: int) -> Module:
    """No hidden layer: each output is a weighted sum of the inputs."""
    return mlp(inputs, (), outputs=outputs)


NETWORKS: dict[str, Callable[[int, int], Module]] = {
    "mlp": _small,
    "wide": _wide,
    "linear": _linear,
    "softmax": _linear,  # what books call the linear network when it chooses among classes
}
