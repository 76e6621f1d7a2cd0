"""What a message can work out from shapes alone: which numbers disagree, and what would fit."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TypeAlias

Shape: TypeAlias = "tuple[int, ...]"


def differing(shapes: Sequence[Shape]) -> dict[str, object]:
    """What does not broadcast, from the right: lengths m and n, of shapes a and b; {} if all do."""
    for i in range(1, max(map(len, shapes), default=0) + 1):
        long = [shape for shape in shapes if len(shape) >= i and shape[-i] != 1]
        for shape in long:
            if shape[-i] != long[0][-i]:
                return {"m": long[0][-i], "n": shape[-i], "a": long[0], "b": shape}
    return {}


def broadcast_fix(shapes: Sequence[Shape], names: Sequence[str]) -> str:
    """What to write for one of two operands so that they broadcast, if something simple fits."""
    if len(shapes) != 2:
        return ""
    for other, own, name in ((shapes[0], shapes[1], names[1]), (shapes[1], shapes[0], names[0])):
        missing = len(other) - len(own)
        if missing > 0 and own and not differing([other, own + (1,) * missing]):
            return (
                f"{name}.unsqueeze(-1)" if missing == 1 else f"{name}.reshape{own + (1,) * missing}"
            )
    for other, own, name in ((shapes[0], shapes[1], names[1]), (shapes[1], shapes[0], names[0])):
        if len(own) == len(other) == 2 and not differing([other, own[::-1]]):
            return f"{name}.T"
    return ""


def matmul_fix(a: Shape, b: Shape, op: str) -> str:
    """The transposed reading of a product of matrices, if it fits: `a @ b.T` or `a.T @ b`."""
    between = " @ " if op == "matmul" else f".{op}("
    end = "" if op == "matmul" else ")"
    if len(b) == 2 and a and a[-1] == b[1]:
        return f"a{between}b.T{end}"
    if len(a) == len(b) == 2 and a[0] == b[0]:
        return f"a.T{between}b{end}"
    return ""


def nearest(name: str, names: Sequence[str]) -> str:
    """The one of `names` that `name` was probably meant to be, or nothing."""
    lower = {each.lower(): each for each in names}
    found = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    return lower[found[0]] if found else ""


def ragged_place(data: object, path: str = "data") -> tuple[str, Shape, str, Shape] | None:
    """Neighbours of different shapes in nested lists: a place and its shape, another and its."""
    if not isinstance(data, (list, tuple)):
        return None
    shapes = [_shape_of(x) for x in data]
    for i, shape in enumerate(shapes):
        if shape != shapes[0]:
            return f"{path}[0]", shapes[0], f"{path}[{i}]", shape
    for i, x in enumerate(data):
        found = ragged_place(x, f"{path}[{i}]")
        if found is not None:
            return found
    return None


def _shape_of(x: object) -> Shape:
    if isinstance(x, (list, tuple)):
        return (len(x), *_shape_of(x[0])) if x else (0,)
    return tuple(getattr(x, "shape", ()))


def odd_element(data: object, path: str = "data") -> tuple[str, object] | None:
    """The first element of nested lists that is no number of 64 bits, and where it stands."""
    if isinstance(data, (list, tuple)):
        for i, x in enumerate(data):
            found = odd_element(x, f"{path}[{i}]")
            if found is not None:
                return found
        return None
    fits = isinstance(data, float) or (isinstance(data, int) and -(2**63) <= data < 2**63)
    return None if fits else (path, data)
