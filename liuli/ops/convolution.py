"""Convolution and its two gradients: a `contract` over `windows` each, and each other's gradients.

The tap t of a kernel at place p meets q = p * stride + t * dilation of the input. With n for
examples, c for channels and o for outputs:

- convolution: y[n, o, p] is the sum over c and t of x[n, c, q] w[o, c, t]
- convolution_input: y[n, o, p] w[o, c, t] is added to x[n, c, q]
- convolution_weight: w[o, c, t] is the sum over n and p of x[n, c, q] y[n, o, p]

The second is the transposed convolution too. Source: V. Dumoulin, F. Visin, "A guide to
convolution arithmetic for deep learning", 2016.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .depthwise import alone, depthwise, depthwise_input, depthwise_weight
from .op import KEEP, Array, Sample, Shape, composite, sample
from .phases import added, phases_of

PIECE = 1 << 20  # numbers in the windows that are copied at once: they should stay in the cache


class Grid(NamedTuple):
    """How a kernel walks: along every axis of space its step, and the distance of its taps.

    `low` zeros stand before the input and `high` behind it. `groups` convolutions run side by
    side, each from its share of the channels to its share of the outputs.
    """

    stride: Shape
    dilation: Shape
    low: Shape
    high: Shape
    groups: int = 1

    def padded(self, space: Shape) -> Shape:
        """The lengths of the input with its zeros."""
        return tuple(lo + n + hi for lo, n, hi in zip(self.low, space, self.high, strict=True))

    def places(self, space: Shape, taps: Shape) -> Shape:
        """How many places there are for a kernel along every axis; below 1 where it is longer."""
        steps = zip(self.padded(space), taps, self.stride, self.dilation, strict=True)
        return tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in steps)

    def turned(self, taps: Shape) -> Grid:
        """For stride 1, the walk of the kernels turned round that takes outputs to inputs."""
        reach = [d * (k - 1) for d, k in zip(self.dilation, taps, strict=True)]
        low = tuple(n - lo for n, lo in zip(reach, self.low, strict=True))
        high = tuple(n - hi for n, hi in zip(reach, self.high, strict=True))
        return self._replace(low=low, high=high)


# --- the three ----------------------------------------------------------------------------------
def _to_input(g: Any, weight: Any, x_shape: Shape, grid: Grid, F: Any) -> Any:
    return F.convolution_input(g, weight, space=x_shape[2:], grid=grid)


def _to_weight(g: Any, x: Any, weight_shape: Shape, grid: Grid, F: Any) -> Any:
    return F.convolution_weight(x, g, taps=weight_shape[2:], grid=grid)


_LINE = Grid((2,), (1,), (1,), (0,))
_IMAGE = Grid((1, 2), (2, 1), (0, 1), (1, 0))
# Shapes of input, weight and output: along a line, on an image, in groups.
_CASES: list[tuple[Shape, Shape, Shape, Grid]] = [
    ((2, 2, 5), (3, 2, 2), (2, 3, 3), _LINE),
    ((1, 1, 4, 3), (2, 1, 2, 2), (1, 2, 3, 2), _IMAGE),
    ((1, 4, 5), (2, 2, 2), (1, 2, 3), _LINE._replace(groups=2)),
]


def _draw(rng: np.random.Generator, *shapes: Shape) -> list[Array]:
    return [rng.uniform(-1, 1, shape) for shape in shapes]


def _forwards(rng: np.random.Generator) -> list[Sample]:
    return [sample(*_draw(rng, x, w), grid=grid) for x, w, _, grid in _CASES]


def _with_bias(rng: np.random.Generator) -> list[Sample]:
    return [sample(*_draw(rng, x, w, w[:1]), grid=grid) for x, w, _, grid in _CASES]


def _backwards(rng: np.random.Generator) -> list[Sample]:
    return [sample(*_draw(rng, y, w), space=x[2:], grid=grid) for x, w, y, grid in _CASES]


def _weights(rng: np.random.Generator) -> list[Sample]:
    return [sample(*_draw(rng, x, y), taps=w[2:], grid=grid) for x, w, y, grid in _CASES]


@composite("x", "weight", samples=_forwards, dtypes=KEEP, x=_to_input, weight=_to_weight)
def plain_convolution(F: Any, x: Any, weight: Any, *, grid: Grid) -> Any:
    """Every window of x (N, C, ...) times every kernel (O, C / groups, ...), summed."""
    if alone(x, weight.shape[1], grid):
        return depthwise(x, weight, grid)

    def run(part: Any) -> Any:
        return _correlated(F, part, weight, grid)

    return _in_pieces(run, x, _count(grid.places(x.shape[2:], weight.shape[2:]), weight, grid))


@composite(
    "x", "weight", "bias", samples=_with_bias, dtypes=KEEP, x=_to_input, weight=_to_weight,
    bias=lambda g, F: F.sum(g, axes=(0, *range(2, len(g.shape))), keepdims=False),
)  # fmt: skip
def convolution(F: Any, x: Any, weight: Any, bias: Any, *, grid: Grid) -> Any:
    """As plain_convolution, and one number added to each output channel."""
    shift = F.reshape(bias, shape=(weight.shape[0], *(1 for _ in grid.stride)))
    if alone(x, weight.shape[1], grid):
        made = depthwise(x, weight, grid)
        made += shift
        return made

    def run(part: Any) -> Any:
        return _correlated(F, part, weight, grid)

    count = _count(grid.places(x.shape[2:], weight.shape[2:]), weight, grid)
    return _in_pieces(run, x, count, shift)


@composite(
    "x", "weight", samples=_backwards, dtypes=KEEP,
    x=lambda g, weight, grid, F: F.plain_convolution(g, weight, grid=grid),
    weight=lambda g, x, weight_shape, grid, F: F.convolution_weight(
        g, x, taps=weight_shape[2:], grid=grid),
)  # fmt: skip
def convolution_input(F: Any, x: Any, weight: Any, *, space: Shape, grid: Grid) -> Any:
    """Every number of x (N, O, ...) times every kernel, added up where the kernel lies.

    `space` are the lengths of the result's axes of space. With stride 1 it is a convolution with
    the kernels turned round, which is less work unless there are many more outputs than channels.
    """
    recorded = not isinstance(x, np.ndarray)
    if alone(x, weight.shape[1], grid):
        return depthwise_input(x, weight, space, grid)
    if max(grid.stride) == 1 and (recorded or weight.shape[0] < 2 * grid.groups * weight.shape[1]):
        return F.plain_convolution(x, _turned(F, weight, grid), grid=grid.turned(weight.shape[2:]))
    if recorded and max(grid.dilation) == 1:
        return _by_phases(F, x, weight, space, grid)

    def run(part: Any) -> Any:
        return _spread(F, part, weight, space, grid)

    return _in_pieces(run, x, _count(x.shape[2:], weight, grid))


@composite(
    "x", "output", samples=_weights, dtypes=KEEP,
    x=lambda g, output, x_shape, grid, F: F.convolution_input(
        output, g, space=x_shape[2:], grid=grid),
    output=lambda g, x, grid, F: F.plain_convolution(x, g, grid=grid),
)  # fmt: skip
def convolution_weight(F: Any, x: Any, output: Any, *, taps: Shape, grid: Grid) -> Any:
    """For every tap of every kernel, what it meets in x times what stands in the output, summed."""
    if alone(x, x.shape[1] // grid.groups, grid):
        return depthwise_weight(x, output, taps, grid)
    of_x, of_weight, of_output = _labels(grid)

    def run(x: Any, output: Any) -> Any:
        seen = _windows(F, x, taps, grid)
        parted = _parted(F, output, 1, grid)
        return F.contract(parted, seen, labels=f"{of_output},{of_x}->{of_weight}")

    count = x.shape[1] * math.prod(taps) * math.prod(output.shape[2:])
    if isinstance(x, np.ndarray) and len(x):
        parts = (run(x[piece], output[piece]) for piece in _pieces(x, count))
        return _joined(F, functools.reduce(operator.iadd, parts), 0, grid)
    return _joined(F, run(x, output), 0, grid)


# --- what they are made of ----------------------------------------------------------------------
def _correlated(F: Any, x: Any, weight: Any, grid: Grid) -> Any:
    of_x, of_weight, of_output = _labels(grid)
    seen = _windows(F, x, weight.shape[2:], grid)
    labels = f"{of_weight},{of_x}->{of_output}"
    return _joined(F, F.contract(_parted(F, weight, 0, grid), seen, labels=labels), 1, grid)


def _spread(F: Any, x: Any, weight: Any, space: Shape, grid: Grid) -> Any:
    of_input, of_weight, of_x = _labels(grid)
    parts = F.contract(
        _parted(F, weight, 0, grid), _parted(F, x, 1, grid),
        labels=f"{of_weight},{of_x}->{of_input}",
    )  # fmt: skip
    lead = parts.shape[: 2 + (grid.groups > 1)]
    whole = (*lead, *grid.padded(space))
    made = F.fold(parts, shape=whole, **_walk(grid, len(lead), weight.shape[2:]))
    made = _joined(F, made, 1, grid)
    if whole[len(lead) :] == tuple(space):
        return made
    inner = ((lo, n, 1) for lo, n in zip(grid.low, space, strict=True))
    return F.slice(made, index=(*((0, n, 1) for n in made.shape[:2]), *inner))


def _by_phases(F: Any, x: Any, weight: Any, space: Shape, grid: Grid) -> Any:
    """`_spread`, as a convolution with stride 1 for every phase of the result."""
    kinds = map(phases_of, weight.shape[2:], grid.stride, grid.dilation)
    parts = []
    for phase in itertools.product(*kinds):
        axes = list(zip(phase, grid.low, space, grid.stride, strict=True))
        # The first place of the phase that lies in the result, and the first behind it.
        begins = tuple(-((each.rest - low) // s) for each, low, _, s in axes)
        ends = [(low + n - 1 - each.rest) // s + 1 for each, low, n, s in axes]
        if any(end <= begin for begin, end in zip(begins, ends, strict=True)):
            continue
        taps = tuple(len(each.taps) for each in phase)
        own = ((each.rest, n, s) for n, (each, _, _, s) in zip(taps, axes, strict=True))
        part = F.slice(weight, index=(*((0, n, 1) for n in weight.shape[:2]), *own))
        low = tuple(n - 1 - begin for n, begin in zip(taps, begins, strict=True))
        high = tuple(end - n for end, n in zip(ends, x.shape[2:], strict=True))
        walk = Grid((1,) * len(taps), (1,) * len(taps), low, high, grid.groups)
        made = F.plain_convolution(x, _turned(F, part, grid), grid=walk)
        parts.append((made, phase, begins))
    return added(F, parts, space, grid) if parts else _spread(F, x, weight, space, grid)


def _turned(F: Any, weight: Any, grid: Grid) -> Any:
    """The kernels turned round, from outputs to channels."""
    groups, (_, channels, *taps) = grid.groups, weight.shape
    outputs = weight.shape[0] // groups
    parted = F.reshape(weight, shape=(groups, outputs, channels, *taps))
    swapped = F.permute(parted, axes=(0, 2, 1, *range(3, len(parted.shape))))
    joined = F.reshape(swapped, shape=(groups * channels, outputs, *taps))
    whole = ((0, n, 1) for n in joined.shape[:2])
    return F.slice(joined, index=(*whole, *((n - 1, n, -1) for n in taps)))


def _windows(F: Any, x: Any, taps: Shape, grid: Grid) -> Any:
    """All that the kernel sees: (N, C, places ..., taps ...), or (N, groups, C / groups, ...)."""
    if any(grid.low) or any(grid.high):
        x = F.pad(x, low=(0, 0, *grid.low), high=(0, 0, *grid.high),
                  interior=(0,) * len(x.shape), value=0)  # fmt: skip
    x = _parted(F, x, 1, grid)
    return F.windows(x, **_walk(grid, len(x.shape) - len(taps), taps))


def _walk(grid: Grid, first: int, taps: Shape) -> dict[str, Shape]:
    """The attributes of `windows` and `fold` where the axes of space begin at `first`."""
    axes = tuple(range(first, first + len(taps)))
    return {"axes": axes, "size": tuple(taps), "step": grid.stride, "dilation": grid.dilation}


def _labels(grid: Grid) -> tuple[str, str, str]:
    """What `contract` calls the axes of windows, weights and outputs."""
    count, group = len(grid.stride), "g" if grid.groups > 1 else ""
    places, taps = "xyz"[:count], "ijk"[:count]
    return f"n{group}c{places}{taps}", f"{group}oc{taps}", f"n{group}o{places}"


def _parted(F: Any, x: Any, axis: int, grid: Grid) -> Any:
    """x with an axis of its own for the groups, before that of their channels."""
    if grid.groups == 1:
        return x
    shape, groups = tuple(x.shape), grid.groups
    return F.reshape(x, shape=(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :]))


def _joined(F: Any, x: Any, axis: int, grid: Grid) -> Any:
    """The reverse of `_parted`."""
    if grid.groups == 1:
        return x
    shape = tuple(x.shape)
    return F.reshape(x, shape=(*shape[:axis], shape[axis] * shape[axis + 1], *shape[axis + 2 :]))


# --- by pieces ----------------------------------------------------------------------------------
def _count(places: Shape, weight: Any, grid: Grid) -> int:
    """How many numbers are in the windows of one example."""
    return math.prod((*places, *weight.shape[1:], grid.groups))


def _pieces(x: Any, count: int) -> Iterator[slice]:
    """Slices of a batch whose windows, `count` numbers an example, have about `PIECE` numbers."""
    step = max(PIECE // max(count, 1), 1)
    return (slice(i, i + step) for i in range(0, x.shape[0], step))


def _in_pieces(run: Callable[[Any], Any], x: Any, count: int, shift: Any = None) -> Any:
    """run(x) + shift. Of arrays piece by piece, and in rows as PyTorch has them: `view` works.

    The windows take many times the memory of x. A recorded program never holds them.
    """
    made: Any = None
    if not isinstance(x, np.ndarray) or not len(x):
        made = run(x)
        return made if shift is None else made + shift
    for piece in _pieces(x, count):
        part = run(x[piece])
        if made is None:
            made = np.empty((len(x), *part.shape[1:]), part.dtype)
        np.add(part, 0 if shift is None else shift, out=made[piece])
    return made
