"""The two forms in which the zoo has a network."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError
from ..nn import Conv2d, Linear, Module, init

VARIANTS = ("usual", "paper")


def of_the_paper(variant: str) -> bool:
    """Whether a network is wanted as its paper has it, not as it is usual today.

    Errors: LL602 for what is no variant.

    Example:
        >>> of_the_paper("usual"), of_the_paper("paper")
        (False, True)
    """
    if variant not in VARIANTS:
        choices = ", ".join(map(repr, VARIANTS))
        raise ArgumentError("LL602", argument="variant", value=repr(variant), choices=choices)
    return variant == "paper"


def begin(model: Module, weights: Any, **options: Any) -> None:
    """Give every weight of a convolution or Linear its first values, and every bias 0.

    Example:
        >>> from liuli import nn
        >>> layer = nn.Linear(2, 2)
        >>> begin(layer, nn.init.constant_, val=0.5)
        >>> layer.weight.tolist(), layer.bias.tolist()
        ([[0.5, 0.5], [0.5, 0.5]], [0.0, 0.0])
    """
    for layer in model.modules():
        if isinstance(layer, (Conv2d, Linear)):
            weights(layer.weight, **options)
            if layer.bias is not None:
                init.zeros_(layer.bias)
