"""Running one loop twice, captured and eager, to compare everything that a user can see."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import liuli
from liuli import nn
from liuli.autodiff.state import STATE

Numbers = list[Any]


@dataclass
class Seen:
    """What a loop showed, and how it ran."""

    numbers: Numbers
    compiled: int


def mlp(*sizes: int) -> Any:
    """A small network."""
    layers: list[Any] = []
    for a, b in itertools.pairwise(sizes):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def batches(count: int, rows: int = 6, inputs: int = 5, classes: int = 3) -> Any:
    """Batches of numbers and labels, each a pair of new tensors."""
    rng = np.random.default_rng(1)
    for _ in range(count):
        x = rng.normal(size=(rows, inputs)).astype(np.float32)
        yield liuli.tensor(x), liuli.tensor(rng.integers(0, classes, rows))


def ran(loop: Callable[[], Any], capture: bool) -> Seen:
    """What `loop` returned, as arrays, and how many of its rounds were a program's."""
    forget()
    liuli.manual_seed(0)
    with liuli.settings.using(capture=capture):
        result = loop()
    seen = [array_of(x) for x in flat(result)]
    compiled = rounds_compiled()
    forget()
    return Seen(seen, compiled)


def forget() -> None:
    """Let this thread begin anew."""
    STATE.capture = STATE.loop = None


def rounds_compiled() -> int:
    """How many rounds of this thread's loops were a program's."""
    return 0 if STATE.loop is None else int(STATE.loop.rounds_compiled)


def array_of(x: Any) -> Any:
    """A copy of a tensor's numbers; anything else as it is."""
    return x.detach().numpy().copy() if isinstance(x, liuli.Tensor) else x


def flat(value: Any) -> list[Any]:
    """All parts of nested lists."""
    if isinstance(value, (list, tuple)):
        return [y for x in value for y in flat(x)]
    if isinstance(value, nn.Module):
        return flat(list(value.state_dict().values()))
    return [value]


def same(loop: Callable[[], Any], rtol: float = 2e-4, atol: float = 2e-5) -> int:
    """Compare both ways; how many rounds were a program's."""
    one, other = ran(loop, True), ran(loop, False)
    assert other.compiled == 0
    assert len(one.numbers) == len(other.numbers)
    for a, b in zip(one.numbers, other.numbers, strict=True):
        if isinstance(a, (np.ndarray, float)):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)
        else:
            assert a == b
    return one.compiled
