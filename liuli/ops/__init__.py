"""The primitives: mathematics, knowing nothing of Tensor, layers or the compiler."""

from . import (
    composites,
    contract,
    convolution,
    elementwise,
    host,
    index,
    linear_algebra,
    pooling,
    random,
    reduce,
    resizing,
    state,
    views,
)
from .op import ARRAYS, REGISTRY, Op, Sample, Spec

__all__ = [
    "ARRAYS", "REGISTRY", "Op", "Sample", "Spec", "composites", "contract", "convolution",
    "elementwise", "host", "index", "linear_algebra", "pooling", "random", "reduce", "resizing",
    "state", "views",
]  # fmt: skip
