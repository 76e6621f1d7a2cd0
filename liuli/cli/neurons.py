"""One neuron on one example, with all its numbers: the strongest answer of the first layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..autodiff.modes import no_grad
from ..autodiff.tensor import fresh
from ..nn import Conv2d, Linear, Module
from ..report import NeuronFacts
from .sources import Source, examples

Array = npt.NDArray[Any]
Places = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]  # rows and columns of a picture


def neuron_of(model: Module, source: Source, kinds: list[str]) -> NeuronFacts | None:
    """The first layer's neuron that answers most strongly to the first test example.

    `kinds` are the layers in the order in which they run: if ReLU comes next, it bends the sum.
    Of a convolution it is a filter at one place: the one where it lies whole in the picture and
    answers most. None for other first layers, and for pictures in colours.
    """
    wanted = (Linear, Conv2d)
    first = next(((n, part) for n, part in model.named_modules() if isinstance(part, wanted)), None)
    if first is None:
        return None
    name, layer = first
    kind = type(layer).__name__
    relu = kinds[kinds.index(kind) + 1 :][:1] == ["ReLU"] if kind in kinds else False
    example = examples(source, 1)[0]
    seen = _of_filter(layer, example) if isinstance(layer, Conv2d) else _of_row(layer, example)
    if seen is None:
        return None
    picture, recipe = None if source.table else source.test.inputs[0], source.recipe
    places = seen.pop("places", None)
    if places is not None and picture is not None:
        picture = picture[np.ix_(*places)]
    shape = picture.shape if picture is not None else source.test.inputs.shape[1:]
    sums, true = seen["sum"], source.test.targets[0]
    return NeuronFacts(
        layer=name or kind,
        unit=seen["unit"],
        inputs=seen["inputs"].reshape(shape),
        weights=seen["weights"].reshape(shape),
        bias=seen["bias"],
        activation="relu" if relu else "",
        output=max(sums, 0.0) if relu else sums,
        names=recipe.features if recipe else (),
        picture=picture,
        scaling=None if source.table else (source.look["mean"], source.look["std"]),
        index=0,
        true=float(true) if np.ndim(true) == 0 else None,
        corner=None if places is None else (int(places[0][0]), int(places[1][0])),
    )


def _of_row(layer: Linear, example: Array) -> dict[str, Any] | None:
    """The neuron whose sum is largest."""
    if layer.in_features != example.size:
        return None
    weight, bias = _numbers(layer)
    sums = weight @ example.reshape(-1) + bias
    unit = int(sums.argmax())
    return {"unit": unit, "inputs": example, "weights": weight[unit], "bias": float(bias[unit]),
            "sum": float(sums[unit])}  # fmt: skip


def _of_filter(layer: Conv2d, example: Array) -> dict[str, Any] | None:
    """The filter and the place where the sum is largest, among those inside the picture."""
    if example.shape[:1] != (1,) or layer.in_channels != 1 or isinstance(layer.padding, str):
        return None
    with no_grad():
        answers = np.asarray(layer(fresh(example[None])))[0].astype(np.float64)
    rows, columns = (
        _inside(layer, axis, answers.shape[axis + 1], example.shape[axis + 1]) for axis in (0, 1)
    )
    within = answers[:, rows][:, :, columns]
    if not within.size:
        return None
    unit, i, j = (int(n) for n in np.unravel_index(within.argmax(), within.shape))
    places = _looked_at(layer, 0, int(rows[i])), _looked_at(layer, 1, int(columns[j]))
    weight, bias = _numbers(layer)
    return {"unit": unit, "inputs": example[0][np.ix_(*places)], "weights": weight[unit, 0],
            "bias": float(bias[unit]), "sum": float(within[unit, i, j]),
            "places": places}  # fmt: skip


def _looked_at(layer: Conv2d, axis: int, place: int) -> npt.NDArray[np.int64]:
    """The rows (or columns) of the picture that a filter looks at from one place."""
    steps: npt.NDArray[np.int64] = np.arange(layer.kernel_size[axis]) * layer.dilation[axis]
    assert not isinstance(layer.padding, str)
    return steps + place * layer.stride[axis] - layer.padding[axis]


def _inside(layer: Conv2d, axis: int, count: int, length: int) -> npt.NDArray[np.int64]:
    """The places from which a filter sees no padding."""
    looks = [_looked_at(layer, axis, place) for place in range(count)]
    return np.array([p for p, seen in enumerate(looks) if seen[0] >= 0 and seen[-1] < length], int)


def _numbers(layer: Linear | Conv2d) -> tuple[Array, Array]:
    """Weight and bias as float64; zeros for no bias."""
    weight = np.asarray(layer.weight.detach()).astype(np.float64)
    bias = np.zeros(len(weight)) if layer.bias is None else np.asarray(layer.bias.detach())
    return weight, bias.astype(np.float64)
