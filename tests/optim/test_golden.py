"""Optimizers and schedules do what PyTorch's do, step by step."""

from __future__ import annotations

import functools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import optim
from tests.golden import optimizers as runs

# What the runs need of a module, whether or not `import liuli` has all of it.
MODULE = SimpleNamespace(
    tensor=liuli.tensor, ones=liuli.ones, float32=liuli.float32, float64=liuli.float64, optim=optim
)
NUMBERS = range(len(runs.OPTIMIZERS))
TOLERANCE = {"float32": 2e-5, "float64": 1e-10}


@functools.cache
def golden() -> dict[str, Any]:
    path = Path(runs.__file__).with_name("optimizers.npz")
    with np.load(path) as file:
        return dict(file)


def label(number: int) -> str:
    return f"{number}-{runs.OPTIMIZERS[number][0]}"


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", NUMBERS, ids=label)
def test_twenty_steps(number: int, dtype: str, holes: bool) -> None:
    name, options = runs.OPTIMIZERS[number]
    path = runs.run(MODULE, name, options, dtype=dtype, steps=20, holes=holes)
    expected = golden()[f"path/{number}/{dtype}/{holes}"]
    assert path.dtype == expected.dtype
    bound = TOLERANCE[dtype]
    np.testing.assert_allclose(path, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize("number", NUMBERS, ids=label)
def test_a_thousand_steps(number: int) -> None:
    name, options = runs.OPTIMIZERS[number]
    path = runs.run(MODULE, name, options, dtype="float64", steps=1000, shapes=((5,),))
    np.testing.assert_allclose(path[-1], golden()[f"end/{number}"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("name", runs.SCHEDULES)
def test_thirty_epochs(name: str, kind: str) -> None:
    path = runs.follow(MODULE, kind, runs.SCHEDULES[name])
    np.testing.assert_allclose(path, golden()[f"rates/{kind}/{name}"], rtol=1e-12, atol=0)


@pytest.mark.parametrize("number", range(len(runs.PLATEAUS)))
def test_plateaus(number: int) -> None:
    path = runs.follow_plateau(MODULE, runs.PLATEAUS[number])
    np.testing.assert_allclose(path, golden()[f"plateau/{number}"], rtol=1e-12, atol=0)
