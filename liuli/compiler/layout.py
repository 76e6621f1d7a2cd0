"""Images with their channels last in memory: where the numbers of a convolution's result lie.

A convolution as it is recorded has results (N, O, places ...). Its kernel puts the outputs into the
lanes of vectors, so they should lie side by side: the contraction is written anew with the places
before the outputs, and what others read is a view of that with its axes permuted, a *laid* value.
The rules push the view on, behind everything that is done element by element, over axes, or to
parts, so that all of it is done in the order of memory and nothing is copied. What no rule knows
(flattening, for one) reads the view, which costs what it costs.

The weights' gradient has its outputs last for the same reason; it is small and read once.
"""

from __future__ import annotations

import math
from dataclasses import replace
from string import ascii_letters
from typing import Any

from ..ops import REGISTRY, Spec
from ..ops.contract import Roles, roles
from .graph import Node
from .partition import FEW, MOST, pieces_of
from .rewriter import Rewrite, Rewriter

Axes = tuple[int, ...]
FEWEST = 8  # outputs: with fewer, most lanes would be empty


def _laid(work: Rewriter, source: int, axes: Axes, origin: str) -> int:
    """The view that shows `source` with its axes in another order."""
    made = work.view("permute", source, origin, axes=axes)
    if made in work.made and work.made[made].op == "permute":
        work.laid.add(made)
    return made


def _looked_at(work: Rewriter, value: int) -> tuple[int, Axes] | None:
    """What a laid value is a view of, and in which order."""
    if value not in work.laid:
        return None
    node = work.made[value]
    return node.operands[0], tuple(node.attrs["axes"])


def _inverse(axes: Axes) -> Axes:
    return tuple(axes.index(i) for i in range(len(axes)))


# --- where it begins ------------------------------------------------------------------------------
def _outputs_last(work: Rewriter, node: Node) -> int | None:
    """A contraction of windows: places before outputs; of the weights' gradient, taps first."""
    if node.op != "contract":
        return None
    role = roles(node.attrs["labels"])
    for value, own, outputs in zip(node.operands, role[:2], (role.n, role.m), strict=True):
        taps = _taps(work, value, own)
        if not taps or not outputs:
            continue
        forward = not set(taps) & set(role.out)
        out = _new_order(role, outputs, "" if forward else taps)
        lengths = dict(zip(role.out, node.spec.shape, strict=True))
        if out == role.out or math.prod(lengths[label] for label in outputs) < FEWEST:
            return None
        labels = f"{role.a},{role.b}->{out}"
        again = replace(node, attrs={**node.attrs, "labels": labels})
        axes = tuple(out.index(label) for label in role.out)
        if forward:
            made = work.add("contract", node.operands, again.attrs, node.origin)
            return _laid(work, made, axes, node.origin)
        made = _in_parts(work, again, own[0], lengths)
        return work.view("permute", made, node.origin, axes=axes)
    return None


def _in_parts(work: Rewriter, node: Node, images: str, lengths: dict[str, int]) -> int:
    """The gradient of few weights: of parts of the images, and the sum of these.

    Nothing in it is long enough to be cut for several threads but the sums themselves.
    """
    role = roles(node.attrs["labels"])
    if images not in role.k:
        return work.add("contract", node.operands, node.attrs, node.origin)
    count = work.specs[node.operands[0]].shape[role.a.index(images)]
    parts = max((n for n in range(1, MOST + 1) if count % n == 0), default=1)
    if pieces_of(max(lengths[label] for label in role.m + role.n)) > FEW or parts == 1:
        return work.add("contract", node.operands, node.attrs, node.origin)
    new = next(letter for letter in ascii_letters if letter not in node.attrs["labels"])
    operands, spelled = [], []
    for value, labels in zip(node.operands, (role.a, role.b), strict=True):
        at, shape = labels.index(images), work.specs[value].shape
        shape = (*shape[:at], parts, count // parts, *shape[at + 1 :])
        operands.append(work.view("reshape", value, node.origin, shape=shape))
        spelled.append(labels.replace(images, new + images))
    attrs = {**node.attrs, "labels": f"{spelled[0]},{spelled[1]}->{new}{role.out}"}
    made = work.add("contract", tuple(operands), attrs, node.origin)
    return work.add("sum", (made,), {"axes": (0,), "keepdims": False}, node.origin)


def _new_order(role: Roles, outputs: str, taps: str) -> str:
    """(images, places, groups, outputs), or (groups, taps, channels, outputs)."""
    mine = [label for label in role.out if label not in outputs + role.batch]
    if not taps:
        return "".join((*mine, *role.batch, *outputs))
    channels = [label for label in mine if label not in taps]
    return "".join((*role.batch, *(t for t in mine if t in taps), *channels, *outputs))


def _taps(work: Rewriter, value: int, labels: str) -> str:
    """The labels of an operand that are places in a window."""
    found = _looked_at(work, value)
    if found is not None:
        value, axes = found
        labels = "".join(labels[axes.index(i)] for i in range(len(axes)))
    node = work.made.get(value)
    if node is None or node.op != "windows":
        return ""
    return labels[len(labels) - len(node.attrs["axes"]) :]


def _padded(work: Rewriter, node: Node) -> int | None:
    """Windows on what is written anyway, an image and zeros around it: written as it should lie."""
    if node.op != "windows" or node.operands[0] in work.laid or 0 in node.attrs["axes"]:
        return None
    (x,), over = node.operands, node.attrs["axes"]
    shape = work.specs[x].shape
    beside = tuple(i for i in range(1, len(shape)) if i not in over)
    chain = []
    below = work.made.get(x)
    while below is not None and below.op == "update":
        chain.append(below)
        below = work.made.get(below.operands[0])
    number = work.number_of(chain[-1].operands[0]) if chain else None
    if number is None or math.prod(shape[i] for i in beside) < FEWEST:
        return None
    order = (0, *over, *beside)
    spec = Spec(tuple(shape[i] for i in order), node.spec.dtype)
    made = _laid(work, work.const(number.item(), spec, node.origin), _inverse(order), node.origin)
    for update in reversed(chain):
        made = work.add("update", (made, update.operands[1]), update.attrs, update.origin)
    if made not in work.laid:
        return None
    return work.add("windows", (made,), node.attrs, node.origin)


# --- how it goes on -------------------------------------------------------------------------------
def _of_permuted(work: Rewriter, node: Node) -> int | None:
    """A permuted view of a permuted view is one."""
    below = work.made.get(node.operands[0]) if node.op == "permute" else None
    if below is None or below.op != "permute":
        return None
    axes = tuple(below.attrs["axes"][i] for i in node.attrs["axes"])
    made = work.view("permute", below.operands[0], node.origin, axes=axes)
    if below.number in work.laid and made != below.operands[0]:
        work.laid.add(made)
    return made


def _contracted(work: Rewriter, node: Node) -> int | None:
    """A contraction calls the axes of a laid operand as they lie."""
    if node.op != "contract" or not any(value in work.laid for value in node.operands):
        return None
    role = roles(node.attrs["labels"])
    operands, spelled = [], []
    for value, labels in zip(node.operands, (role.a, role.b), strict=True):
        found = _looked_at(work, value)
        if found is not None:
            value, axes = found
            labels = "".join(labels[axes.index(i)] for i in range(len(axes)))
        operands.append(value)
        spelled.append(labels)
    attrs = {**node.attrs, "labels": f"{spelled[0]},{spelled[1]}->{role.out}"}
    return work.add("contract", tuple(operands), attrs, node.origin)


def _pointwise(work: Rewriter, node: Node) -> int | None:
    """Element by element, in the order of the operand that is laid."""
    if REGISTRY[node.op].family != "elementwise":
        return None
    found = next(filter(None, (_looked_at(work, value) for value in node.operands)), None)
    if found is None:
        return None
    axes = found[1]
    if any(len(work.specs[value].shape) != len(axes) for value in node.operands):
        return None
    back = _inverse(axes)
    operands = tuple(work.view("permute", value, node.origin, axes=back) for value in node.operands)
    if any(value in work.laid for value in operands):
        return None  # another one lies in another order
    return _laid(work, work.add(node.op, operands, node.attrs, node.origin), axes, node.origin)


def _reduced(work: Rewriter, node: Node) -> int | None:
    """The same axes of what lies in memory."""
    found = _looked_at(work, node.operands[0]) if node.operands else None
    if found is None or node.op not in ("sum", "prod", "max", "min", "argmax", "argmin"):
        return None
    source, axes = found
    gone = tuple(sorted(axes[i] for i in node.attrs["axes"]))
    if node.op.startswith("arg") and gone != tuple(axes[i] for i in node.attrs["axes"]):
        return None  # it counts through the axes in their order
    attrs = {**node.attrs, "axes": gone}
    made = work.add(node.op, (source,), attrs, node.origin)
    if node.attrs.get("keepdims"):
        return _laid(work, made, axes, node.origin)
    kept = [axes[i] for i in range(len(axes)) if i not in node.attrs["axes"]]
    order = tuple(sorted(kept).index(axis) for axis in kept)
    return _laid(work, made, order, node.origin)


def _viewed(work: Rewriter, node: Node) -> int | None:
    """Parts, zeros around, windows, repetitions: of what lies in memory, then the view."""
    found = _looked_at(work, node.operands[0]) if node.operands else None
    if found is None or node.op not in VIEWED:
        return None
    source, axes = found
    change = VIEWED[node.op](work, node, axes)
    if change is None:
        return None
    attrs, order = change
    made = work.add(node.op, (source,), {**node.attrs, **attrs}, node.origin)
    return _laid(work, made, order, node.origin)


Change = tuple[dict[str, Any], Axes] | None


def _moved(values: Any, axes: Axes) -> tuple[Any, ...]:
    return tuple(values[i] for i in _inverse(axes))


def _slice(work: Rewriter, node: Node, axes: Axes) -> Change:
    index = node.attrs["index"]
    if any(isinstance(part, int) for part in index):
        return None
    return {"index": _moved(index, axes)}, axes


def _pad(work: Rewriter, node: Node, axes: Axes) -> Change:
    return {name: _moved(node.attrs[name], axes) for name in ("low", "high", "interior")}, axes


def _expand(work: Rewriter, node: Node, axes: Axes) -> Change:
    shape = node.attrs["shape"]
    return ({"shape": _moved(shape, axes)}, axes) if len(shape) == len(axes) else None


def _windows(work: Rewriter, node: Node, axes: Axes) -> Change:
    count = len(node.attrs["axes"])
    tail = tuple(range(len(axes), len(axes) + count))
    return {"axes": tuple(axes[i] for i in node.attrs["axes"])}, (*axes, *tail)


def _reshape(work: Rewriter, node: Node, axes: Axes) -> Change:
    """Axes split in parts, or parts that lie side by side made one axis."""
    old, new = work.specs[node.operands[0]].shape, tuple(node.attrs["shape"])
    runs = _runs(old, new)
    if runs is None:
        return None
    placed = []  # for each run, where in memory it lies, and its new axes
    for before, after in runs:
        lie = [axes[i] for i in before]
        if lie != list(range(lie[0], lie[0] + len(lie))):
            return None
        placed.append((lie[0], after))
    order = [axis for _, after in sorted(placed) for axis in after]
    return {"shape": tuple(new[i] for i in order)}, _inverse(tuple(order))


def _runs(old: Axes, new: Axes) -> list[tuple[list[int], list[int]]] | None:
    """Which axes of one shape are which of another; None if some axis has length 0."""
    found, i, j = [], 0, 0
    if not math.prod(old):
        return None
    while i < len(old) or j < len(new):
        before, after = list(range(i, min(i + 1, len(old)))), list(range(j, min(j + 1, len(new))))
        i, j = i + 1, j + 1
        while math.prod(old[k] for k in before) != math.prod(new[k] for k in after):
            if math.prod(old[k] for k in before) < math.prod(new[k] for k in after):
                before.append(i)
                i += 1
            else:
                after.append(j)
                j += 1
        if not before or not after:
            return None  # an axis of length 1 too many, at the end
        found.append((before, after))
    return found


VIEWED = {"slice": _slice, "pad": _pad, "expand": _expand, "windows": _windows, "reshape": _reshape}


def _written(work: Rewriter, node: Node) -> int | None:
    """A value written into a box of another one, either of which is laid: as it lies."""
    if node.op != "update" or len(node.attrs["where"]) != 1:
        return None
    found = next(filter(None, (_looked_at(work, value) for value in node.operands)), None)
    name, attrs = node.attrs["where"][0]
    if found is None or name != "slice" or any(isinstance(part, int) for part in attrs["index"]):
        return None
    axes = found[1]
    old, value = (
        work.view("permute", each, node.origin, axes=_inverse(axes)) for each in node.operands
    )
    if old in work.laid or value in work.laid:
        return None
    where = (("slice", {"index": _moved(attrs["index"], axes)}),)
    made = work.add("update", (old, value), {**node.attrs, "where": where}, node.origin)
    return _laid(work, made, axes, node.origin)


RULES: tuple[Rewrite, ...] = (
    _of_permuted, _contracted, _padded, _outputs_last, _pointwise, _reduced, _viewed, _written,
)  # fmt: skip
