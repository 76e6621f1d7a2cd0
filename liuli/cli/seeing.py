"""What there is to see of a network: its first filters, and what it makes of a picture."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import LiuliError
from ..files import read_arrays, write_arrays
from ..functions import functional as F
from ..nn import Conv2d, Linear, Module
from ..report import FilterFacts, LayerMaps, MapFacts
from ..train import Trainer
from .runs import Run

FIRST = "filters.safetensors"  # in a run's folder: the first filters as they were before learning
KEPT = 36  # filters

Array = npt.NDArray[Any]


class First(NamedTuple):
    """The layer that sees the picture, and its first weights as pictures (K, C, H, W)."""

    name: str
    kind: str
    weights: Array
    total: int


def first_of(model: Module, picture: tuple[int, int] | None) -> First | None:
    """The first convolution; else the first Linear, if it has a weight for every pixel."""
    for name, part in model.named_modules():
        if isinstance(part, Conv2d):
            weights = np.asarray(part.weight.detach())
        elif isinstance(part, Linear) and picture and part.in_features == math.prod(picture):
            weights = np.asarray(part.weight.detach()).reshape(-1, 1, *picture)
        else:
            continue
        kind = type(part).__name__
        return First(name or kind, kind, np.array(weights[:KEPT]), len(weights))
    return None


def keep_first(run: Run, model: Module, picture: tuple[int, int] | None) -> None:
    """Write down the filters of a network that has not learned yet."""
    first = first_of(model, picture)
    if first is not None:
        write_arrays(run.folder / FIRST, {"before": first.weights}, {"layer": first.name})


def filters_of(run: Run, model: Module, picture: tuple[int, int] | None) -> FilterFacts | None:
    """The filters now, and as they were, where that was written down."""
    first = first_of(model, picture)
    if first is None:
        return None
    before = None
    with suppress(LiuliError):  # an older run, or a damaged file: there is less to see
        before = read_arrays(run.folder / FIRST)[0].get("before")
    if before is not None and before.shape != first.weights.shape:
        before = None
    return FilterFacts(first.name, first.kind, first.weights, before, first.total)


def maps_of(model: Module, example: Array, picture: Array, **known: Any) -> MapFacts | None:
    """What each layer makes of a picture, of which `example` is what the network takes.

    Layers that give maps (C, H, W), in the order in which they run; None without such.
    """
    seen: list[LayerMaps] = []
    names = {id(part): name for name, part in model.named_modules()}

    def note(part: Module, given: Any, output: Any) -> None:
        shape = tuple(getattr(output, "shape", ()))
        if len(shape) == 4 and math.prod(shape[2:]) > 1:
            kind = type(part).__name__
            seen.append(LayerMaps(names.get(id(part)) or kind, kind, np.array(output.detach())[0]))

    leaves = [part for part in model.modules() if not list(part.children())]
    handles = [part.register_forward_hook(note) for part in leaves]
    try:
        said = Trainer(model).predict(example[None])
    finally:
        for handle in handles:
            handle.remove()
    if not any(isinstance(part, Conv2d) for part in leaves):
        return None
    chances = np.asarray(F.softmax(said, dim=1))[0]
    answer = int(chances.argmax())
    return MapFacts(picture, seen, answer=answer, probability=float(chances[answer]), **known)
