"""Leaves, and operations about values rather than on them.

`const` and `iota` begin a graph; `assign` ends one, and only a recorded program has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..errors import OutOfRangeError, Row
from ..memory import room
from .op import Array, Op, Sample, Shape, Spec, register, sample


def _const(*, value: Any, dtype: str, shape: Shape = ()) -> Array:
    made = room(shape, dt.as_dtype(dtype).numpy)
    made[...] = value  # a number, or a nested table
    return made


def _infer_const(*, value: Any, dtype: str, shape: Shape = ()) -> Spec:
    return Spec(shape, dt.as_dtype(dtype).numpy)


const = register(
    Op("const", _const, operands=[], infer=_infer_const, family="leaves",
       samples=lambda rng: [sample(value=1.5, dtype="float32", shape=(2, 3)),
                            sample(value=3, dtype="int64"), sample(value=True, dtype="bool")])
)  # fmt: skip

iota = register(
    Op("iota", lambda *, size, dtype="int64": np.arange(size, dtype=dt.as_dtype(dtype).numpy),
       operands=[], family="leaves",
       infer=lambda *, size, dtype="int64": Spec((size,), dt.as_dtype(dtype).numpy),
       samples=lambda rng: [sample(size=5), sample(size=0, dtype="float32")])
)  # fmt: skip


def _one(rng: np.random.Generator) -> list[Sample]:
    return [sample(rng.uniform(-1, 1, (2, 3)))]


stop_gradient = register(
    Op(
        "stop_gradient",
        lambda x: x,
        operands=["x"],
        infer=lambda x: x,
        family="state",
        samples=_one,
    )
)


copy = register(
    Op("copy", lambda x: np.array(x, order="C"), operands=["x"], rules=[lambda g: g],
       infer=lambda x: x, family="state", samples=_one)
)  # fmt: skip


zeros_like = register(
    Op("zeros_like", lambda x, *, shape: np.zeros(shape, x.dtype), operands=["x"], family="leaves",
       infer=lambda x, *, shape: Spec(shape, x.dtype),
       samples=lambda rng: [sample(rng.uniform(-1, 1, (2, 3)), shape=(4,))])
)  # fmt: skip


def _check(x: Array, *, low: int, high: int, code: str, facts: dict[str, Any]) -> Array:
    """A copy of `x`, if every element lies in low <= x < high; else the error `code`.

    Facts: the first offending value, where it stands, and the range.
    """
    if x.size and (x.min() < low or x.max() >= high):
        bad = np.argwhere((x < low) | (x >= high))[0]
        value = x[tuple(bad)]
        place = tuple(int(i) for i in bad)
        rows = [Row(name, text) for name, text in facts.get("rows", {}).items()]
        known = {k: v for k, v in facts.items() if k != "rows"}
        raise OutOfRangeError(code, rows=rows, value=value.item(), place=_spell(place), low=low,
                              high=high, last=high - 1, **known)  # fmt: skip
    return x.copy()


def _spell(place: tuple[int, ...]) -> str:
    return str(place[0]) if len(place) == 1 else str(place)


check = register(
    Op("check", _check, operands=["x"], family="state", infer=lambda x, **attrs: x,
       samples=lambda rng: [sample(np.array([0, 2, 1]), low=0, high=3, code="LL302",
                                   facts={"name": "index"})])
)  # fmt: skip


assign = register(
    Op("assign", lambda old, value: value, operands=["old", "value"], family="state",
       infer=lambda old, value: old,
       samples=lambda rng: [sample(np.zeros((2,)), np.ones((2,)))])
)  # fmt: skip
