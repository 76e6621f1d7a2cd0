"""Convolutions in which every channel is alone, eager: multiples of runs, added up.

A product of matrices has nothing to gain where a kernel reads one channel. As in `pitch.py` a tap
sees all places as one run of numbers, here of all examples for one channel.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .op import Array, Shape
from .pitch import Pitch, behind, filled, heads, pitch_of

RUN = 1 << 17  # numbers of a block, about


def alone(x: Any, channels: int, grid: Any) -> bool:
    """Whether x is an array whose every channel is a group of its own."""
    return isinstance(x, np.ndarray) and grid.groups > 1 and channels == 1


class Block(NamedTuple):
    """Some channels of some examples."""

    examples: slice
    channels: slice

    def of(self, x: Array, first: int = 0, each: int = 1) -> Array:
        """x[examples, channels], channels first; of `each` outputs a channel the one at `first`."""
        return x[self.examples, first::each][:, self.channels].swapaxes(0, 1)


def _blocks(x: Array, pitch: Pitch) -> Iterator[Block]:
    """Runs as long as they should be, then as many channels."""
    one = math.prod(pitch.lengths)
    examples = min(max(RUN // one, 1), max(len(x), 1))
    channels = max(RUN // (one * examples), 1)
    for i, j in itertools.product(range(0, len(x), examples), range(0, x.shape[1], channels)):
        yield Block(slice(i, i + examples), slice(j, j + channels))


def _whole(part: Array, pitch: Pitch) -> tuple[Shape, int]:
    """The shape of a phase of a block, and the length of its runs."""
    whole = (*part.shape[:2], *pitch.lengths)
    return whole, math.prod(whole[1:]) - pitch.reach


def _run(x: Array, start: int, count: int) -> Array:
    return x.reshape(len(x), -1)[:, start : start + count]


def _phases(part: Array, pitch: Pitch) -> dict[Shape, Array]:
    whole, _ = _whole(part, pitch)
    return {rest: filled(whole, behind(own), part[behind(there)], 0)
            for rest, (own, there) in pitch.ways.items()}  # fmt: skip


def _factors(weight: Array, groups: int) -> Array:
    """weight (C m, 1, taps ...) as (m, taps, C, 1)."""
    apart = weight.reshape(groups, len(weight) // groups, -1)
    return np.ascontiguousarray(apart.transpose(1, 2, 0))[..., None]


def depthwise(x: Array, weight: Array, grid: Any) -> Array:
    """plain_convolution where `alone`."""
    size = weight.shape[2:]
    places = grid.places(x.shape[2:], size)
    pitch, factors = pitch_of(x.shape[2:], places, size, grid), _factors(weight, grid.groups)
    made = np.empty((len(x), len(weight), *places), x.dtype)
    for block in _blocks(x, pitch):
        part = block.of(x)
        seen, (whole, count) = _phases(part, pitch), _whole(part, pitch)
        for i, taps in enumerate(factors):
            total = np.zeros(whole, x.dtype)
            sums, more = _run(total, 0, count), np.empty((len(part), count), x.dtype)
            for tap, factor in zip(pitch.taps, taps, strict=True):
                run = _run(seen[tap.phase], tap.start, count)
                sums += np.multiply(run, factor[block.channels], out=more)
            block.of(made, i, len(factors))[...] = total[heads(places)]
    return made


def depthwise_input(g: Array, weight: Array, space: Shape, grid: Any) -> Array:
    """convolution_input where `alone`."""
    size, places = weight.shape[2:], g.shape[2:]
    pitch, factors = pitch_of(space, places, size, grid), _factors(weight, grid.groups)
    made = np.zeros((len(g), grid.groups, *space), g.dtype)
    for block in _blocks(made, pitch):
        target = block.of(made)
        whole, count = _whole(target, pitch)
        sums = {rest: np.zeros(whole, g.dtype) for rest in pitch.ways}
        more = np.empty((len(target), count), g.dtype)
        for i, taps in enumerate(factors):
            part = filled(whole, heads(places), block.of(g, i, len(factors)), 0)
            run = _run(part, 0, count)
            for tap, factor in zip(pitch.taps, taps, strict=True):
                total = _run(sums[tap.phase], tap.start, count)
                total += np.multiply(run, factor[block.channels], out=more)
        for rest, (own, there) in pitch.ways.items():
            target[behind(there)] = sums[rest][behind(own)]
    return made


def depthwise_weight(x: Array, g: Array, size: Shape, grid: Any) -> Array:
    """convolution_weight where `alone`."""
    places = g.shape[2:]
    pitch = pitch_of(x.shape[2:], places, size, grid)
    each = g.shape[1] // grid.groups
    made = np.zeros((grid.groups, each, len(pitch.taps)), x.dtype)
    for block in _blocks(x, pitch):
        part = block.of(x)
        seen, (whole, count) = _phases(part, pitch), _whole(part, pitch)
        for i in range(each):
            met = _run(filled(whole, heads(places), block.of(g, i, each), 0), 0, count)
            for t, tap in enumerate(pitch.taps):
                run = _run(seen[tap.phase], tap.start, count)
                products = run[:, None, :] @ met[:, :, None]
                made[block.channels, i, t] += products[:, 0, 0]
    return made.reshape(g.shape[1], 1, *size)
