"""Which dtype comes out: the operands and operations that both libraries are asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DTYPES = (
    "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
)  # fmt: skip
SHORT = {
    "float64": "f64", "float32": "f32", "float16": "f16", "bfloat16": "b16", "int64": "i64",
    "int32": "i32", "int16": "i16", "int8": "i8", "uint8": "u8", "bool": "bool",
}  # fmt: skip
NUMBERS = {"True": True, "1": 1, "1.5": 1.5}

# A tensor with a dimension, a tensor without one, and a Python number.
OPERANDS = (*DTYPES, *(f"{dtype} 0-d" for dtype in DTYPES), *NUMBERS)

Operation = Callable[[Any, Any, Any], Any]

PAIRS: dict[str, Operation] = {
    "result_type": lambda lib, x, y: lib.result_type(x, y),
    "add": lambda lib, x, y: x + y,
    "sub": lambda lib, x, y: x - y,
    "mul": lambda lib, x, y: x * y,
    "div": lambda lib, x, y: x / y,
    "floor_divide": lambda lib, x, y: x // y,
    "remainder": lambda lib, x, y: x % y,
    "pow": lambda lib, x, y: x**y,
    "eq": lambda lib, x, y: x == y,
    "lt": lambda lib, x, y: x < y,
    "bitwise_and": lambda lib, x, y: x & y,
    "bitwise_xor": lambda lib, x, y: x ^ y,
    "left_shift": lambda lib, x, y: x << y,
    "where": lambda lib, x, y: lib.where(lib.tensor([True, False]), x, y),
    "cat": lambda lib, x, y: lib.cat([x, y]),
    "stack": lambda lib, x, y: lib.stack([x, y]),
    "maximum": lambda lib, x, y: lib.maximum(x, y),
    "fmod": lambda lib, x, y: lib.fmod(x, y),
    "atan2": lambda lib, x, y: lib.atan2(x, y),
    "logical_and": lambda lib, x, y: lib.logical_and(x, y),
    "clamp": lambda lib, x, y: lib.clamp(x, y),
    "div trunc": lambda lib, x, y: lib.div(x, y, rounding_mode="trunc"),
    "div floor": lambda lib, x, y: lib.div(x, y, rounding_mode="floor"),
    "rsub": lambda lib, x, y: lib.rsub(x, y),
    "masked_fill": lambda lib, x, y: x.masked_fill(lib.tensor([True, False]), y),
    "in-place add": lambda lib, x, y: x.add_(y),
    "in-place div": lambda lib, x, y: x.div_(y),
    "copy": lambda lib, x, y: x.copy_(y),
}

Single = Callable[[Any, Any], Any]
ONES: dict[str, Single] = {
    "neg": lambda lib, x: -x,
    "abs": lambda lib, x: lib.abs(x),
    "sign": lambda lib, x: lib.sign(x),
    "floor": lambda lib, x: lib.floor(x),
    "round": lambda lib, x: lib.round(x),
    "exp": lambda lib, x: lib.exp(x),
    "sqrt": lambda lib, x: lib.sqrt(x),
    "log": lambda lib, x: lib.log(x),
    "sin": lambda lib, x: lib.sin(x),
    "tanh": lambda lib, x: lib.tanh(x),
    "sigmoid": lambda lib, x: lib.sigmoid(x),
    "reciprocal": lambda lib, x: lib.reciprocal(x),
    "square": lambda lib, x: lib.square(x),
    "relu": lambda lib, x: lib.relu(x),
    "softmax": lambda lib, x: lib.softmax(x, 0),
    "sum": lambda lib, x: lib.sum(x),
    "sum dim": lambda lib, x: x.sum(0),
    "mean": lambda lib, x: lib.mean(x),
    "prod": lambda lib, x: lib.prod(x),
    "cumsum": lambda lib, x: lib.cumsum(x, 0),
    "cumprod": lambda lib, x: lib.cumprod(x, 0),
    "max": lambda lib, x: lib.max(x),
    "amax": lambda lib, x: lib.amax(x, 0),
    "std": lambda lib, x: lib.std(x),
    "norm": lambda lib, x: lib.norm(x),
    "logsumexp": lambda lib, x: lib.logsumexp(x, 0),
    "argmax": lambda lib, x: lib.argmax(x),
    "all": lambda lib, x: lib.all(x),
    "any": lambda lib, x: lib.any(x),
    "count_nonzero": lambda lib, x: lib.count_nonzero(x),
    "sort": lambda lib, x: lib.sort(x)[0],
    "isnan": lambda lib, x: lib.isnan(x),
    "logical_not": lambda lib, x: lib.logical_not(x),
    "bitwise_not": lambda lib, x: ~x,
    "matmul": lambda lib, x: lib.matmul(x, x),
    "zeros_like": lambda lib, x: lib.zeros_like(x),
    "full_like": lambda lib, x: lib.full_like(x, 1.5),
    "new_ones": lambda lib, x: x.new_ones(2),
    "float": lambda lib, x: x.float(),
    "type_as": lambda lib, x: lib.zeros(1).type_as(x),
    "clip": lambda lib, x: lib.clip(x, 0, 1),
    "nan_to_num": lambda lib, x: lib.nan_to_num(x),
    "bincount": lambda lib, x: lib.bincount(x),
    "unique": lambda lib, x: lib.unique(x),
    "median": lambda lib, x: lib.median(x),
    "erf": lambda lib, x: lib.erf(x),
    "deg2rad": lambda lib, x: lib.deg2rad(x),
    "digamma": lambda lib, x: lib.digamma(x),
    "diff": lambda lib, x: lib.diff(x),
    "var": lambda lib, x: lib.var(x),
    "trunc": lambda lib, x: lib.trunc(x),
    "nansum": lambda lib, x: lib.nansum(x),
}


def operand(library: Any, name: str) -> Any:
    """Make the operand of that name; its numbers are ones."""
    if name in NUMBERS:
        return NUMBERS[name]
    dtype, _, scalar = name.partition(" ")
    return library.ones(() if scalar else (2,), dtype=getattr(library, dtype))


def dtype_of(result: Any) -> str:
    """Give the dtype's name of a result: a tensor, or a dtype itself."""
    dtype = getattr(result, "dtype", result)
    return str(dtype).rsplit(".", maxsplit=1)[-1]
