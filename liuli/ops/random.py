"""Random primitives: functions of a generator's state (key, counter), a pair of int64.

They do not advance the state; whoever draws does, by `rng.words(count, dtype)`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes as dt
from .. import rng as generators
from .op import Array, Op, Sample, Shape, Spec, register, sample


def _key(state: Array) -> tuple[int, int]:
    key, counter = (int(word) & 0xFFFF_FFFF_FFFF_FFFF for word in state)
    return key, counter


def _bits(state: Array, *, shape: Shape) -> Array:
    return generators.bits(*_key(state), math.prod(shape)).reshape(shape)


def _uniform(state: Array, *, shape: Shape, dtype: str) -> Array:
    return generators.uniform(*_key(state), math.prod(shape), np.dtype(dtype)).reshape(shape)


def _normal(state: Array, *, shape: Shape, dtype: str) -> Array:
    return generators.normal(*_key(state), math.prod(shape), np.dtype(dtype)).reshape(shape)


def _infer(state: Spec, *, shape: Shape, dtype: str = "uint32") -> Spec:
    return Spec(shape, dt.as_dtype(dtype).numpy)


def _samples(*dtypes: str) -> Any:
    def samples(rng: np.random.Generator) -> list[Sample]:
        state = np.array([rng.integers(1 << 60), 5])
        kinds: list[dict[str, Any]] = [{"dtype": d} for d in dtypes] or [{}]
        return [
            sample(state, shape=shape, **kind) for kind in kinds for shape in ((3, 5), (), (0,))
        ]

    return samples


def _random(name: str, forward: Any, *dtypes: str) -> Op:
    return register(Op(name, forward, operands=["state"], infer=_infer, family="random",
                       samples=_samples(*dtypes)))  # fmt: skip


random_bits = _random("random_bits", _bits)
random_uniform = _random("random_uniform", _uniform, "float32", "float64")
random_normal = _random("random_normal", _normal, "float32", "float64")
