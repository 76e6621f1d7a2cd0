"""Number types: their names, what they can hold, and how they promote.

Promotion follows PyTorch: among dimensioned tensors the higher category wins
(bool < integer < floating), within a category the wider type; a 0-d tensor or a Python
number takes part only if its category is higher than that of everything above it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from . import settings
from .errors import DTypeError


class DType:
    """One number type, such as `liuli.float32`; equal to its NumPy dtype and its name."""

    def __init__(self, name: str, category: int, *, rank: int, itemsize: int) -> None:
        self.name = name
        self.category = category  # 0 bool, 1 integer, 2 floating
        self.rank = rank  # order within the category
        self.itemsize = itemsize

    @cached_property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype that holds such numbers."""
        if self.name == "bfloat16":
            import ml_dtypes  # made on first use: `import liuli` loads NumPy only

            brief: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
            return brief
        return np.dtype(self.name)

    @property
    def is_floating_point(self) -> bool:
        return self.category == FLOATING

    @property
    def is_signed(self) -> bool:
        return self.name not in ("bool", "uint8", "uint32")

    @property
    def is_complex(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"liuli.{self.name}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DType):
            return self is other
        if isinstance(other, (str, type, np.dtype)):
            try:
                return np.dtype(other) == self.numpy
            except TypeError:
                return False
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)


BOOL, INTEGER, FLOATING = 0, 1, 2

float64 = DType("float64", FLOATING, rank=3, itemsize=8)
float32 = DType("float32", FLOATING, rank=2, itemsize=4)
float16 = DType("float16", FLOATING, rank=1, itemsize=2)
bfloat16 = DType("bfloat16", FLOATING, rank=1, itemsize=2)
int64 = DType("int64", INTEGER, rank=5, itemsize=8)
int32 = DType("int32", INTEGER, rank=3, itemsize=4)
int16 = DType("int16", INTEGER, rank=2, itemsize=2)
int8 = DType("int8", INTEGER, rank=1, itemsize=1)
uint8 = DType("uint8", INTEGER, rank=1, itemsize=1)
uint32 = DType("uint32", INTEGER, rank=4, itemsize=4)
bool_ = DType("bool", BOOL, rank=0, itemsize=1)

ALL = (float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, uint32, bool_)
BY_NAME = {d.name: d for d in ALL}
ALIASES = {"double": float64, "float": float32, "half": float16}
ALIASES |= {"long": int64, "int": int32, "short": int16, "char": int8, "byte": uint8}

DTypeLike: TypeAlias = "DType | np.dtype[Any] | type | str"

_from_numpy: dict[np.dtype[Any], DType] = {d.numpy: d for d in ALL if d.name != "bfloat16"}
_from_python: dict[Any, DType] = {float: float64, int: int64, bool: bool_}


def default_dtype() -> DType:
    """The floating dtype of Python floats and of new tensors."""
    return BY_NAME[settings.current.default_dtype]


def as_dtype(dtype: DTypeLike) -> DType:
    """The DType that `dtype` means: a DType, a NumPy dtype, a Python type or a name.

    Errors: LL201 for anything that is none of Liuli's dtypes (complex numbers, objects).
    """
    if isinstance(dtype, DType):
        return dtype
    if isinstance(dtype, np.dtype):
        found = _from_numpy.get(dtype)
        if found is not None:
            return found
        if dtype.name in BY_NAME:  # bfloat16, or the other byte order
            return BY_NAME[dtype.name]
        raise DTypeError("LL201", dtype=dtype)
    if dtype in _from_python:
        return _from_python[dtype]
    if isinstance(dtype, str):
        name = dtype.removeprefix("torch.").removeprefix("liuli.")
        found = BY_NAME.get(name) or ALIASES.get(name)
        if found is not None:
            return found
    try:
        return as_dtype(np.dtype(dtype))
    except TypeError:
        raise DTypeError("LL201", dtype=dtype) from None


def wider(a: DType, b: DType) -> DType:
    """The smallest type of the two categories that holds both, as PyTorch's table has it."""
    if a is b:
        return a
    if a.category != b.category:
        return a if a.category > b.category else b
    names = {a.name, b.name}
    if names == {"float16", "bfloat16"}:
        return float32
    if names == {"uint8", "int8"}:
        return int16
    if names in ({"uint32", "int8"}, {"uint32", "int16"}, {"uint32", "int32"}):
        return int64
    if "uint8" in names and names & {"int16", "int32", "int64", "uint32"}:
        return a if b is uint8 else b
    return a if a.rank > b.rank else b


def of_number(value: object) -> DType:
    """The dtype that a Python number brings: bool, int64, or the default floating one."""
    if isinstance(value, (bool, np.bool_)):
        return bool_
    if isinstance(value, (int, np.integer)):
        return int64
    return default_dtype()


def promote(
    shaped: Iterable[DType], zero_d: Iterable[DType] = (), numbers: Iterable[DType] = ()
) -> DType:
    """The result dtype of tensors with axes, 0-d tensors and Python numbers together."""
    result: DType | None = None
    for group in (shaped, zero_d, numbers):
        local: DType | None = None
        for dtype in group:
            local = dtype if local is None else wider(local, dtype)
        if local is not None and (result is None or local.category > result.category):
            result = local
    assert result is not None
    return result
