"""The primitives: mathematics, knowing nothing of Tensor, layers or the compiler."""

from . import (
    composites,
    contract,
    elementwise,
    host,
    index,
    linear_algebra,
    random,
    reduce,
    state,
    views,
)
from .op import ARRAYS, REGISTRY, Op, Sample, Spec

__all__ = [
    "ARRAYS", "REGISTRY", "Op", "Sample", "Spec", "composites", "contract", "elementwise", "host",
    "index", "linear_algebra", "random", "reduce", "state", "views",
]  # fmt: skip
