"""Look at data before training: are the labels labels, are the numbers numbers?

Where exactly one reading makes sense, labels are converted, and that is said; else the message
names the first value that is wrong and what to do about it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..autodiff.describe import warn
from ..errors import DataError, OutOfRangeError, Row
from ..messages.words import Word
from .arrays import as_array

Array = npt.NDArray[Any]
SHOWN = 6  # names or labels listed in a message


class Labels(NamedTuple):
    """Labels as int64 (N,), and the names of the classes if they had names."""

    targets: npt.NDArray[np.int64]
    names: list[str] | None


def check_labels(targets: Any, classes: int | None = None, *, ignore_index: int | None = None,
                 names: list[str] | None = None) -> Labels:  # fmt: skip
    """`targets` as class indices, int64 (N,), checked against a network with `classes` outputs.

    Whole numbers of any dtype are taken as they are. One-hot rows (N, K) become the place of
    their 1 (LL337), text becomes its place among the sorted names (LL338), floats that are whole
    become whole numbers, a column (N, 1) becomes (N,) (LL339): each is said in a warning. Text is
    read by `names`, if a network has learned them already.
    Errors: LL932 for no labels; LL335 for NaN; LL336 for what cannot be labels; LL333 for labels
    1..K of a network whose outputs are 0..K-1; LL334 for a label out of range; LL643 for a name
    that is not among `names`.

    Example:
        >>> import liuli
        >>> from liuli.data.labels import check_labels
        >>> check_labels(np.array([2, 0, 1], np.uint8), 3).targets
        array([2, 0, 1])
    """
    array = as_array(targets, "y")
    if not array.size:
        raise DataError("LL932", name="y", what=Word("shape {shape}", shape=array.shape))
    if array.ndim == 2 and array.shape[1] == 1:
        warn("LL339", what=Word("shape {shape}", shape=array.shape), became=f"({len(array)},)")
        array = array[:, 0]
    if array.dtype.kind in "OUS":
        return _named(array, classes, ignore_index) if names is None else _by_names(array, names)
    check_finite(array, "y")
    whole = _one_hot(array) if array.ndim == 2 else _whole(array)
    _check_range(whole, classes, ignore_index)
    return Labels(whole, None)


def check_finite(data: Any, name: str = "x", *, columns: list[str] | None = None) -> None:
    """Errors: LL335, naming the first place, if `data` hold NaN or infinity.

    Example:
        >>> import liuli
        >>> liuli.data.check_finite(np.ones((2, 3)))
    """
    array = as_array(data, name)
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return
    bad = np.argwhere(~np.isfinite(array))
    place = tuple(int(i) for i in bad[0])
    rows = [Row("row", place[0])]
    if len(place) == 2:
        column = f"column {place[1]}" if columns is None else columns[place[1]]
        others = len(set(bad[:, 1].tolist())) - 1
        rows.append(Row("column", column, f"and {others} more columns" if others else ""))
    where = ", ".join(map(str, place))
    raise DataError("LL335", rows=rows, name=name, place=where, value=array[place],
                    count=len(bad), size=array.size)  # fmt: skip


def refused(place: str, value: object, wanted: str) -> DataError:
    """The error for what cannot be labels."""
    return DataError("LL336", place=place, value=value, wanted=wanted)


def _whole(array: Array) -> npt.NDArray[np.int64]:
    """Numbers as int64. Errors: LL336 if they have fractions or several axes."""
    if array.ndim != 1:
        raise refused("y.shape", array.shape, "(N,)")
    if array.dtype.kind == "f":
        odd = np.flatnonzero(array != np.round(array))
        if len(odd):
            raise refused(f"y[{odd[0]}]", array[odd[0]], Word("an int"))
        warn("LL339", what=f"dtype {array.dtype}", became="int64")
    elif array.dtype.kind not in "biu":
        raise refused("y.dtype", array.dtype, "int64")
    return array.astype(np.int64)


def _one_hot(array: Array) -> npt.NDArray[np.int64]:
    """The place of the 1 in each row. Errors: LL336 unless every row has a single 1."""
    ones = array == 1
    odd = np.flatnonzero(((array != 0) & ~ones).any(axis=1) | (ones.sum(axis=1) != 1))
    if len(odd):
        shown = np.array2string(array[odd[0]], threshold=SHOWN, edgeitems=2)
        raise refused(f"y[{odd[0]}]", shown, Word("an int, or a single 1 among zeros"))
    warn("LL337", shape=array.shape)
    return np.asarray(ones.argmax(axis=1), np.int64)


def _named(array: Array, classes: int | None, ignore: int | None) -> Labels:
    """Text as places among the sorted names. Errors: LL336 if some are not text; LL334."""
    if array.ndim != 1:
        raise refused("y.shape", array.shape, "(N,)")
    odd = next((i for i, x in enumerate(array.tolist()) if not isinstance(x, (str, bytes))), None)
    if odd is not None:
        if all(isinstance(x, (bool, int, float)) for x in array.tolist()):
            return check_labels(np.asarray(array.tolist()), classes, ignore_index=ignore)
        raise refused(f"y[{odd}]", repr(array.tolist()[odd]), Word("str, as the others"))
    unique, targets = np.unique(array.astype(str), return_inverse=True)
    names = [str(name) for name in unique]
    more = ", ..." if len(names) > SHOWN else ""
    listed = ", ".join(f"{i} {name}" for i, name in enumerate(names[:SHOWN])) + more
    if classes is not None and len(names) > classes:
        row = int(np.flatnonzero(targets >= classes)[0])
        raise OutOfRangeError("LL334", label=repr(names[targets[row]]), row=row, classes=classes,
                              last=classes - 1, present=listed)  # fmt: skip
    warn("LL338", count=len(names), listed=listed)
    return Labels(targets.reshape(-1).astype(np.int64), names)


def _by_names(array: Array, names: list[str]) -> Labels:
    """Text as its place in `names`. Errors: LL643 for a name that is not among them."""
    places = {name: i for i, name in enumerate(names)}
    found = [places.get(str(text), -1) for text in array.tolist()]
    if -1 in found:
        row = found.index(-1)
        listed = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
        raise DataError("LL643", name=repr(array.tolist()[row]), row=row, names=listed)
    return Labels(np.array(found, np.int64), names)


def _check_range(labels: npt.NDArray[np.int64], classes: int | None, ignore: int | None) -> None:
    """Errors: LL333, LL334 for a label that is none of 0..classes-1."""
    counted = labels if ignore is None else labels[labels != ignore]
    if not counted.size:
        return
    low, high = int(counted.min()), int(counted.max())
    if low >= 0 and (classes is None or high < classes):
        return
    if classes is not None and low == 1 and high == classes:
        raise OutOfRangeError("LL333", classes=classes, last=classes - 1)
    limit = high + 1 if classes is None else classes
    wrong = (labels < 0) | (labels >= limit)
    row = int(np.flatnonzero(wrong if ignore is None else wrong & (labels != ignore))[0])
    raise OutOfRangeError("LL334", label=int(labels[row]), row=row, classes=limit,
                          last=limit - 1, present=f"{low}..{high}")  # fmt: skip
