"""Optimizers by name, with the learning rates that people use to begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .. import optim
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..messages.hints import nearest


def _momentum(params: Iterable[Tensor], lr: float) -> optim.Optimizer:
    return optim.SGD(params, lr=lr, momentum=0.9)


# name: (class, learning rate to begin with)
NAMED: dict[str, tuple[Callable[..., optim.Optimizer], float]] = {
    "sgd": (optim.SGD, 0.1),
    "momentum": (_momentum, 0.01),
    "adagrad": (optim.Adagrad, 0.01),
    "rmsprop": (optim.RMSprop, 0.001),
    "adam": (optim.Adam, 0.001),
    "adamw": (optim.AdamW, 0.001),
    "nadam": (optim.NAdam, 0.001),
}


def optimizer_of(wanted: Any, model: Any, lr: float | None = None) -> optim.Optimizer:
    """The optimizer of that name for the parameters of `model`. Errors: LL978 for other names."""
    name = str(wanted).lower()
    if name not in NAMED:
        raise ArgumentError("LL978", optimizer=repr(wanted), names=", ".join(NAMED),
                            near=nearest(name, list(NAMED)))  # fmt: skip
    make, usual = NAMED[name]
    return make(model.parameters(), lr=usual if lr is None else lr)
