"""Whatever holds numbers, as a NumPy array: tensors, lists of arrays, pandas' tables.

pandas is recognised by its methods and never imported.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..autodiff.describe import warn
from ..autodiff.tensor import Tensor
from ..errors import DataError, Row, ShapeError
from ..messages.hints import ragged_place
from ..messages.words import Word

Array = npt.NDArray[Any]
NUMBERS = "biuf"
SHOWN = 4  # columns of text named in a message


def as_array(value: Any, name: str = "x") -> Array:
    """`value` as an array of its own dtype; text stays text.

    Errors: LL935 for a table with columns of text, LL158 for rows of different lengths.
    """
    if isinstance(value, Tensor):
        return value._array
    if hasattr(value, "iloc") and hasattr(value, "to_numpy"):
        return _from_pandas(value, name)
    if isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) for v in value):
        value = [v._array if isinstance(v, Tensor) else v for v in value]
    try:
        return np.asarray(value)
    except ValueError:
        raise ragged(value) from None


def ragged(value: Any) -> ShapeError:
    """The error for rows of different lengths."""
    a, m, b, n = ragged_place(value) or ("data", "?", "data", "?")
    return ShapeError("LL158", rows=[Row(a, m), Row(b, n)], a=a, m=m, b=b, n=n)


def _from_pandas(value: Any, name: str) -> Array:
    if hasattr(value, "columns"):
        text = [
            str(column)
            for column, dtype in zip(value.columns, value.dtypes, strict=True)
            if getattr(dtype, "kind", "O") not in NUMBERS
        ]
        if text:
            more = ", ..." if len(text) > SHOWN else ""
            raise DataError("LL935", name=name, columns=", ".join(text[:SHOWN]) + more)
    array = np.asarray(value.to_numpy())
    kinds = [getattr(d, "kind", "O") for d in getattr(value, "dtypes", [])] if array.ndim > 1 else \
        [getattr(value.dtype, "kind", "O")]  # fmt: skip
    if array.dtype == object and all(kind in NUMBERS for kind in kinds):
        # columns of several dtypes, or with pandas' own mark for an empty cell
        array = np.asarray(value.to_numpy(dtype="float64", na_value=np.nan))
    return array


def as_arrays(x: Any, y: Any = None, *, wide: bool = False) -> tuple[Array, Array | None]:
    """`x` and `y` as arrays to train on: float64 becomes float32, and that is said (LL930).

    With `wide` float64 stays, for a network whose weights are float64.

    Errors: LL931 if they have different lengths, LL932 if they are empty, LL935 for text.

    Example:
        >>> import liuli
        >>> x, y = liuli.data.as_arrays([[1, 2], [3, 4]], [0, 1])
        >>> x.shape, y.shape
        ((2, 2), (2,))
    """
    inputs = as_array(x, "x")
    targets = None if y is None else as_array(y, "y")
    named = {"x": inputs} if targets is None else {"x": inputs, "y": targets}
    for name, array in named.items():
        if array.ndim == 0 or not array.size:
            raise DataError("LL932", name=name, what=Word("shape {shape}", shape=array.shape))
    if targets is not None and len(inputs) != len(targets):
        rows = [Row(name, f"{len(array):,} items") for name, array in named.items()]
        raise DataError("LL931", rows=rows, a="x", m=len(inputs), b="y", n=len(targets))
    if inputs.dtype.kind not in NUMBERS:
        raise DataError("LL935", name="x", columns=str(inputs.dtype))
    if wide:
        return inputs, targets
    doubles = [name for name, array in named.items() if array.dtype == np.float64]
    if doubles:
        warn("LL930", names=" and ".join(doubles))
    return single(inputs), None if targets is None else single(targets)


def single(array: Array) -> Array:
    """float64 as float32; any other dtype as it is."""
    return array.astype(np.float32) if array.dtype == np.float64 else array
