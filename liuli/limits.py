"""What a number type can hold: `finfo` for fractions, `iinfo` for whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import DType, DTypeLike, as_dtype, default_dtype
from .errors import DTypeError


class finfo:
    """The limits of a floating-point dtype. Errors: LL205 for any other.

    Example:
        >>> import liuli
        >>> liuli.finfo(liuli.float32).eps
        1.1920928955078125e-07
    """

    def __init__(self, dtype: DTypeLike | None = None) -> None:
        found = default_dtype() if dtype is None else as_dtype(dtype)
        if not found.is_floating_point:
            raise DTypeError("LL205", op="finfo", dtype=found)
        info = _of(found)
        self.dtype = found.name
        self.bits = found.itemsize * 8
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.smallest_normal)
        self.resolution = float(info.resolution)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.smallest_normal:g}, "
            f"tiny={self.tiny:g}, dtype={self.dtype})"
        )


def _of(dtype: DType) -> Any:
    if dtype.name == "bfloat16":
        import ml_dtypes  # made on first use: `import liuli` loads NumPy only

        return getattr(ml_dtypes, "finfo")(ml_dtypes.bfloat16)  # noqa: B009  untyped
    return np.finfo(dtype.numpy)


class iinfo:
    """The limits of a whole-number dtype. Errors: LL210 for any other.

    Example:
        >>> import liuli
        >>> liuli.iinfo(liuli.uint8).max
        255
    """

    def __init__(self, dtype: DTypeLike) -> None:
        found = as_dtype(dtype)
        if found.numpy.kind not in "iu":
            raise DTypeError("LL210", dtype=found)
        info = np.iinfo(found.numpy)
        self.dtype = found.name
        self.bits, self.min, self.max = info.bits, int(info.min), int(info.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
