"""Read the golden values back, and hold a result against them."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden.cases.case import Array, Case
from tests.golden.run import SMALLEST, Outcome, Value

VALUES = Path(__file__).parent / "values"

# How far a number may be from PyTorch's, measured against the largest number of its tensor.
TOLERANCE = {"float64": 1e-10, "float32": 1e-5, "float16": 1e-3, "bfloat16": 8e-3}
# Where PyTorch's own float32 strays from its float64 by more than a little, so may we.
SLACK = 4.0
# And where its float64 does: the derivative of its digamma is good to nine digits, the one of its
# hardsigmoid has 1/6 as a float32.
COARSE = {"digamma": 1e-10, "digamma_": 1e-10, "polygamma": 1e-10}
COARSE |= {"hardsigmoid": 1e-8, "Hardsigmoid": 1e-8}


@cache
def index() -> dict[str, Any]:
    """Give the index of all golden values."""
    text = (VALUES / "index.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@cache
def arrays(family: str) -> dict[str, Array]:
    """Give the flat arrays of a family by dtype."""
    with np.load(VALUES / f"{family}.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def find(text: str, family: str) -> Value:
    """Read a tensor that is written as `dtype:2x3@float32:120+` (+: it requires a gradient)."""
    dtype, shape_text, place = text.replace("@", ":").split(":", 2)
    kind, start_text = place.rstrip("+").split(":")
    shape = tuple(int(size) for size in shape_text.split("x") if size)
    start = int(start_text)
    flat = arrays(family)[kind][start : start + math.prod(shape)]
    return Value(dtype, shape, flat.reshape(shape), text.endswith("+"))


def expected(case: Case, dtype: str) -> tuple[Outcome, float]:
    """Give what PyTorch gave, and the slack that its own rounding asks for."""
    row = index()[case.id]
    golden = Outcome()
    for leaf in row[dtype]["out"]:
        is_tensor = isinstance(leaf, dict)
        golden.leaves.append(find(leaf["tensor"], case.family) if is_tensor else leaf)
    for name, text in row[dtype].get("grad", {}).items():
        golden.grads[name] = None if text is None else find(text, case.family)
    if dtype == "float32":
        return golden, row.get("slack", 0.0)
    return golden, COARSE.get(case.name.rpartition(".")[2], 0.0)


def differences(ours: Outcome, golden: Outcome, dtype: str, slack: float) -> list[str]:
    """List what differs between a result and PyTorch's; nothing where they agree."""
    found = [f"the input {name} was written to" for name in ours.changed]
    if len(ours.leaves) != len(golden.leaves):
        found.append(f"{len(ours.leaves)} results, PyTorch has {len(golden.leaves)}")
    for number, (leaf, right) in enumerate(zip(ours.leaves, golden.leaves, strict=False)):
        found += differ(f"result {number}", leaf, right, dtype, slack)
    if set(ours.grads) != set(golden.grads):
        found.append(f"gradients of {sorted(ours.grads)}, PyTorch has {sorted(golden.grads)}")
    for name in ours.grads.keys() & golden.grads.keys():
        found += differ(f"gradient of {name}", ours.grads[name], golden.grads[name], dtype, slack)
    return found


def differ(what: str, ours: Any, right: Any, dtype: str, slack: float) -> list[str]:
    """Compare one tensor or one plain value."""
    if isinstance(ours, Value) and isinstance(right, Value):
        return differ_tensors(what, ours, right, dtype, slack)
    if isinstance(ours, Value) or isinstance(right, Value) or type(ours) is not type(right):
        return [f"{what}: {ours!r}, PyTorch has {right!r}"]
    if isinstance(ours, float):
        pair = (np.array(ours), np.array(right))
        return differ_numbers(what, *pair, tolerance("float64", dtype, slack))
    return [] if ours == right else [f"{what}: {ours!r}, PyTorch has {right!r}"]


def tolerance(leaf: str, dtype: str, slack: float) -> float:
    """Give the tolerance of a result: that of the coarser of its dtype and its inputs' dtype."""
    width = max(TOLERANCE.get(leaf, 0.0), TOLERANCE.get(dtype, 0.0))
    return width + SLACK * slack


def differ_tensors(what: str, ours: Value, right: Value, dtype: str, slack: float) -> list[str]:
    """Compare dtype, shape, requires_grad and numbers of two tensors."""
    found = [
        f"{what}: {word} {mine}, PyTorch has {theirs}"
        for word, mine, theirs in (
            ("dtype", ours.dtype, right.dtype),
            ("shape", ours.shape, right.shape),
            ("requires_grad", ours.requires_grad, right.requires_grad),
        )
        if mine != theirs
    ]
    if ours.shape == right.shape:
        width = tolerance(right.dtype, dtype, slack) if right.dtype in TOLERANCE else 0.0
        found += differ_numbers(what, ours.array, right.array, width)
    return found


def differ_numbers(what: str, ours: Array, right: Array, width: float) -> list[str]:
    """Compare numbers: NaN and infinities by place, the finite ones within the tolerance."""
    if width == 0.0:
        return [] if np.array_equal(ours, right) else [message(what, ours, right)]
    left, wanted = ours.astype(np.float64), right.astype(np.float64)
    finite = np.isfinite(wanted)
    if not np.array_equal(left[~finite], wanted[~finite], equal_nan=True):
        return [message(what, left, wanted)]
    gap = np.abs(left[finite] - wanted[finite])
    scale = max(float(np.abs(wanted[finite]).max(initial=0.0)), SMALLEST)
    # "not <=" so that a NaN of ours in a place of a number is a difference.
    if gap.size and not float(gap.max()) <= width * scale:
        return [f"{message(what, left, wanted)}(off by {gap.max() / scale:.1e} of {scale:.3g})"]
    return []


def message(what: str, ours: Array, right: Array) -> str:
    """Show both tensors."""
    show = {"precision": 8, "threshold": 40}
    with np.printoptions(**show):  # type: ignore[arg-type]
        return f"{what}:\n{ours}\nPyTorch has\n{right}\n"
