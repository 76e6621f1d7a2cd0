"""How a tensor prints: PyTorch's repr, character for character, of a NumPy array.

The text is made in four steps, one function each: keep the corners of a long tensor, give every
kept number the same width, lay the numbers out in brackets, add what a reader must know besides
the numbers (dtype, gradient).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

__mirrors__ = "torch"

# These three are what a literal such as 1.5, 3 or True becomes, so naming them says nothing new.
_UNSAID_DTYPES = ("int64", "bool")
_GAP = ", "


@dataclass(frozen=True)
class PrintOptions:
    """What `set_printoptions` holds; `sci_mode=None` lets the numbers decide."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}
_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print from now on; an option left out keeps its value.

    precision: digits after the point. threshold: a tensor with more elements is summarised.
    edgeitems: how many are kept at each end of a summarised axis. linewidth: columns in a line.
    profile: "default", "short" or "full", taken first, so that the others can refine it.
    sci_mode: scientific notation always (True), never (False), or as the numbers need. As in
    PyTorch, this one goes back to None at every call that does not name it.

    >>> set_printoptions(precision=2)
    >>> print(tensor_repr(np.array([1.5, 0.25]), dtype="float32"))
    tensor([1.50, 0.25])
    >>> set_printoptions(profile="default")
    """
    global _options
    if profile is not None and profile not in _PROFILES:
        known = ", ".join(repr(one) for one in _PROFILES)
        raise ValueError(f"set_printoptions: profile is {profile!r}, expected one of {known}")
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    for key, value in changes.items():
        if not value >= 0:  # written so that nan is refused too
            raise ValueError(f"set_printoptions: {key} is {value}, expected 0 or more")
    base = _options if profile is None else _PROFILES[profile]
    _options = replace(base, **changes, sci_mode=sci_mode)


def tensor_repr(
    array: npt.NDArray[Any],
    *,
    dtype: str,
    requires_grad: bool = False,
    grad_fn: str | None = None,
    name: str = "tensor",
    device: str = "cpu",
    default: str = "float32",
) -> str:
    """The repr of a tensor that holds `array` (any shape), as PyTorch writes it.

    `dtype` and `default` are Liuli's names of the tensor's dtype and of the default dtype;
    `grad_fn` is the bare name of the node, "MulBackward0".

    >>> print(tensor_repr(np.array([[1.0, -0.5]]), dtype="float64", requires_grad=True))
    tensor([[ 1.0000, -0.5000]], dtype=liuli.float64, requires_grad=True)
    """
    opts = _options
    indent = len(name) + 1
    cut_short = array.size > opts.threshold
    if array.size == 0:
        body = "[]"
    elif cut_short and opts.edgeitems == 0 and array.ndim > 0:
        body = "[...]"
    else:
        body = _body(array, cut_short, indent, opts)

    notes: list[str] = []
    if device != "cpu":
        notes.append(f"device='{device}'")
    # The brackets alone tell the shape only of a tensor that has something between them.
    if (array.size == 0 and array.ndim != 1) or (array.size > 0 and opts.edgeitems == 0):
        notes.append(f"size={array.shape}")
    if dtype != default and (array.size == 0 or dtype not in _UNSAID_DTYPES):
        notes.append(f"dtype=liuli.{dtype}")
    if grad_fn is not None:
        notes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        notes.append("requires_grad=True")
    return _with_notes(f"{name}({body}", notes, indent, opts.linewidth) + ")"


def format_scalar(value: Any, spec: str) -> str:
    """What `f"{t:.4f}"` puts for a 0-d tensor: Python's own format of its one number.

    >>> format_scalar(np.float32(0.5), ".3f")
    '0.500'
    """
    array = np.asarray(value)
    if array.ndim != 0:
        raise TypeError(
            f"format: {spec!r} formats one number, the tensor has shape {array.shape}; "
            "try t.item() for a tensor of one element, or str(t) for all of them"
        )
    return format(_numbers(array)[0], spec)


def _body(array: npt.NDArray[Any], cut_short: bool, indent: int, opts: PrintOptions) -> str:
    cut = tuple(cut_short and size > 2 * opts.edgeitems for size in array.shape)
    kept = _corners(array, cut, opts.edgeitems)
    texts, width = _texts(_numbers(kept), opts)
    cells = np.array([text.rjust(width) for text in texts], dtype=object).reshape(kept.shape)
    return _nested(cells, cut, width, indent, opts) if kept.ndim else texts[0]


def _corners(array: npt.NDArray[Any], cut: Sequence[bool], edge: int) -> npt.NDArray[Any]:
    """The first and last `edge` positions of every axis that is cut; the others whole."""
    if not any(cut):
        return array
    # One index of all axes: np.take would first copy the whole of an array with strides.
    ends = (
        [*range(edge), *range(size - edge, size)] if is_cut else range(size)
        for size, is_cut in zip(array.shape, cut, strict=True)
    )
    corners: npt.NDArray[Any] = array[np.ix_(*ends)]
    return corners


def _numbers(array: npt.NDArray[Any]) -> list[Any]:
    """Python numbers. bfloat16 is no NumPy kind of its own ("V"), but every float fits float64."""
    exact = array if array.dtype.kind in "biu" else array.astype(np.float64)
    numbers: list[Any] = exact.ravel().tolist()
    return numbers


def _texts(numbers: list[Any], opts: PrintOptions) -> tuple[list[str], int]:
    """Each number as text, and the width of a column that they share."""
    if not isinstance(numbers[0], float):
        texts = [str(number) for number in numbers]
        return texts, max(map(len, texts))
    # nan, inf and 0 look the same in any notation, so they have no say in it, nor in the width.
    telling = [number for number in numbers if number and math.isfinite(number)]
    spec, end = _notation(telling, opts)
    width = max((len(format(number, spec) + end) for number in telling), default=1)
    return [
        format(number, spec) + (end if math.isfinite(number) else "") for number in numbers
    ], width


def _notation(telling: list[float], opts: PrintOptions) -> tuple[str, str]:
    """The format spec that suits all of `telling`, and what to write after each number."""
    if not telling:
        return ".0f", "."
    small, large = min(map(abs, telling)), max(map(abs, telling))
    whole = all(number.is_integer() for number in telling)
    scientific = opts.sci_mode
    if scientific is None:
        # Fixed point would show too few digits of the small ones, or too many of the large.
        scientific = large / small > 1000 or large > 1e8 or (not whole and small < 1e-4)
    if scientific:
        return f".{opts.precision}e", ""
    return (".0f", ".") if whole else (f".{opts.precision}f", "")


def _nested(
    cells: npt.NDArray[np.object_],
    cut: Sequence[bool],
    width: int,
    indent: int,
    opts: PrintOptions,
) -> str:
    """`cells` in brackets, the first of which stands in column `indent`."""
    if cells.ndim == 1:
        row: list[str] = cells.tolist()
        if cut[0]:
            row.insert(opts.edgeitems, " ...")
        per_line = max(1, (opts.linewidth - indent) // (width + len(_GAP)))
        lines = [_GAP.join(row[at : at + per_line]) for at in range(0, len(row), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    parts = [_nested(part, cut[1:], width, indent + 1, opts) for part in cells]
    if cut[0]:
        parts.insert(opts.edgeitems, "...")
    # One blank line more for each axis: a gap shows how far out the step is.
    between = "," + "\n" * (cells.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(parts) + "]"


def _with_notes(text: str, notes: list[str], indent: int, linewidth: int) -> str:
    """`text` and the notes, each on the same line where it fits with what closes it."""
    # The last line counts as 2 longer than it is; PyTorch's does, so the two break at one place.
    used = len(text) - text.rfind("\n") + 1
    for note in notes:
        if used + len(note) + len(_GAP) > linewidth:
            text += ",\n" + " " * indent + note
            used = indent + len(note)
        else:
            text += _GAP + note
            used += len(note) + len(_GAP)
    return text
