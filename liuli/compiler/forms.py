"""Operations for which there is no kernel, written with those for which there is one.

| operation | becomes |
|---|---|
| concat, pad, fold | updates of a constant; nothing is copied twice |
| sum ... over axes apart, or in the middle | sums over the first or the last axes |
| sum ... over very many elements | 128 sums, and the sum of these |
| argmax, argmin | the extreme value, and the first place where it stands |
| scatter_add, scatter_set | the same over rows of a table |
| a slice of an update | of what was written, or of what was there |
| where some of parts in zeros is 0 | parts in zeros, of which some is 0 |

All of it keeps numbers to the bit, but for sums, which are added up in another order, and for
the sign of zeros that are added to the zeros around a part.
"""

from __future__ import annotations

import math
from itertools import groupby, product
from typing import Any

import numpy as np

from ..ops import Spec
from .graph import Node
from .partition import LARGE, MOST, SHORTEST, pieces_of
from .parts import Box, apart, box_of
from .rewriter import Rewrite, Rewriter, zero

PIECES = MOST * SHORTEST  # parts of a long reduction: so many that they are cut for all threads
LONG = 16 * PIECES  # elements that are reduced together from which on they are cut
WIDE = 64  # a row that is worth a reduction of its own
FOLDED = 32  # places of a window
BORDERED = 1 << 14  # elements with what is around, from which on the inside is not filled before
REDUCES = {"sum": "add", "prod": "mul", "max": "maximum", "min": "minimum"}
Index = tuple[tuple[int, int, int], ...]


# --- parts put together ---------------------------------------------------------------------------
def _written(work: Rewriter, old: int, value: int, index: Any, origin: str) -> int:
    where = (("slice", {"index": tuple(index)}),)
    return work.add("update", (old, value), {"where": where}, origin)


def _concat(work: Rewriter, node: Node) -> int | None:
    """A blank with every operand written into it."""
    if node.op != "concat":
        return None
    axis, shape, start = node.attrs["axis"], node.spec.shape, 0
    made = work.const(zero(node.spec), node.spec, node.origin)
    for operand in node.operands:
        length = work.specs[operand].shape[axis]
        index = [(0, n, 1) for n in shape]
        index[axis] = (start, length, 1)
        if length:
            made = _written(work, made, operand, index, node.origin)
        start += length
    return made


def _pad(work: Rewriter, node: Node) -> int | None:
    """A constant with what is left of the operand written into it."""
    if node.op != "pad":
        return None
    (x,), shape = node.operands, node.spec.shape
    kept, index = [], []
    axes = zip(work.specs[x].shape, node.attrs["low"], node.attrs["interior"], shape, strict=True)
    for length, low, between, size in axes:
        step = between + 1
        first = max(-(low // step), 0) if low < 0 else 0  # the first that is not cropped
        count = max(min(length, -((low - size) // step)) - first, 0)
        kept.append((first, count, 1))
        index.append((low + first * step, count, step))
    value = node.attrs.get("value", 0)
    made = work.const(value, node.spec, node.origin)
    if not all(count for _, count, _ in kept):
        return made
    crop = work.view("slice", x, node.origin, index=tuple(kept))
    made = _written(work, made, crop, index, node.origin)
    if any(node.attrs["interior"]) or math.prod(shape) < BORDERED:
        return made
    return _bordered(work, made, value, index, node)


def _bordered(work: Rewriter, made: int, value: Any, inside: list[Any], node: Node) -> int:
    """A blank of which the inside is written, with borders: then nothing is filled before."""
    shape = node.spec.shape
    index = [(0, n, 1) for n in shape]
    for axis, (low, count, _) in enumerate(inside):
        high = shape[axis] - low - count
        borders = [(0, low, 1), (low + count, high, 1)]
        if low == high == 1:
            borders = [(0, 2, shape[axis] - 1)]
        for border in borders:
            if border[1]:
                index[axis] = border
                spec = Spec(tuple(n for _, n, _ in index), node.spec.dtype)
                around = work.const(value, spec, node.origin)
                made = _written(work, made, around, tuple(index), node.origin)
        index[axis] = (low, count, 1)
    return made


def _fold(work: Rewriter, node: Node) -> int | None:
    """A sum of the places of a window, each written into zeros."""
    if node.op != "fold" or math.prod(node.attrs["size"]) > FOLDED:
        return None
    (x,), attrs, shape = node.operands, node.attrs, node.spec.shape
    x_shape = work.specs[x].shape[: len(shape)]
    blank = work.const(zero(node.spec), node.spec, node.origin)
    made = -1
    for place in product(*map(range, attrs["size"])):
        index = [(0, n, 1) for n in shape]
        steps = zip(attrs["axes"], place, attrs["step"], attrs["dilation"], strict=True)
        for axis, i, step, dilation in steps:
            index[axis] = (i * dilation, x_shape[axis], step)
        one = work.view("slice", x, node.origin, index=(*((0, n, 1) for n in x_shape), *place))
        term = _written(work, blank, one, index, node.origin)
        made = term if made < 0 else work.add("add", (made, term), {}, node.origin)
    return made


def _wholly_written(work: Rewriter, node: Node) -> int | None:
    """An update of everything is the new value, one of nothing the old."""
    if node.op == "update" and not math.prod(work.specs[node.operands[1]].shape):
        return node.operands[0]
    if node.op != "update" or len(node.attrs["where"]) != 1:
        return None
    name, attrs = node.attrs["where"][0]
    every = name == "slice" and tuple(attrs["index"]) == tuple((0, n, 1) for n in node.spec.shape)
    return node.operands[1] if every else None


def _added_to_zeros(work: Rewriter, node: Node) -> int | None:
    """Parts in zeros that do not meet, added: both parts in one value."""
    if node.op != "add":
        return None
    for a, b in (node.operands, node.operands[::-1]):
        last, chain = work.made.get(b), _parts_in_zeros(work, a)
        if last is None or last.op != "update" or not chain:
            continue
        alone = _parts_in_zeros(work, b)
        boxes = [_box(work, each) for each in (*chain, last)]
        known = [box for box in boxes if box is not None]
        if len(alone) == 1 and len(known) == len(boxes) and all(
            apart(box, known[-1]) for box in known[:-1]
        ):  # fmt: skip
            return work.add("update", (a, last.operands[1]), last.attrs, node.origin)
    return None


def _of_parts(work: Rewriter, node: Node) -> int | None:
    """Zeros for some elements of parts in zeros: for some elements of each part."""
    if node.op != "where":
        return None
    for i, other in ((1, 2), (2, 1)):
        number = work.number_of(node.operands[other])
        chain = _parts_in_zeros(work, node.operands[i]) if number is not None and not number else []
        if not chain or len(chain) > FOLDED:
            continue
        made = node.operands[other]
        for update in reversed(chain):
            operands = [work.seen(v, update.attrs["where"], node.origin) for v in node.operands]
            operands[i] = update.operands[1]
            part = work.add("where", tuple(operands), {}, node.origin)
            made = work.add("update", (made, part), update.attrs, node.origin)
        return made
    return None


def _box(work: Rewriter, node: Node) -> Box | None:
    """Where an update writes; asked again and again along a chain of them."""
    if node.number not in work.boxes:
        work.boxes[node.number] = box_of(node, work.specs)
    return work.boxes[node.number]


def _parts_in_zeros(work: Rewriter, value: int) -> list[Node]:
    """The updates that a value is made of, if it is 0 elsewhere."""
    chain: list[Node] = []
    node = work.made.get(value)
    while node is not None and node.op == "update":
        chain.append(node)
        value = node.operands[0]
        node = work.made.get(value)
    number = work.number_of(value)
    return chain if number is not None and number == 0 and not np.signbit(number) else []


def _slice_of_update(work: Rewriter, node: Node) -> int | None:
    """What was written, if just that is read; what was there before, if nothing of it is."""
    if node.op != "slice":
        return None
    (x,), wanted = node.operands, _box_of_slice(node.attrs["index"])
    below = work.made.get(x)
    while below is not None and below.op == "update":
        old, value = below.operands
        name, attrs = below.attrs["where"][0] if below.attrs["where"] else ("", {})
        plain = all(step == "reshape" for step, _ in below.attrs["where"][1:])
        if name == "slice" and plain and tuple(attrs["index"]) == tuple(node.attrs["index"]):
            return work.view("reshape", value, node.origin, shape=node.spec.shape)
        written = _box(work, below)
        if written is None or not apart(written, wanted):
            break
        x, below = old, work.made.get(old)
    return None if x == node.operands[0] else work.view("slice", x, node.origin, **node.attrs)


def _box_of_slice(index: Any) -> Box:
    found = []
    for each in index:
        first, count, step = (each, 1, 1) if isinstance(each, int) else each
        ends = (first, first + (count - 1) * step)
        found.append((min(ends), max(ends), abs(step) if count > 1 else 0))
    return tuple(found)


# --- reductions -----------------------------------------------------------------------------------
def _reduced(work: Rewriter, node: Node, x: int, axes: tuple[int, ...]) -> int:
    """The same reduction of x over other axes, which go."""
    return work.add(node.op, (x,), {"axes": axes, "keepdims": False}, node.origin)


def _reduction(work: Rewriter, node: Node) -> int | None:
    """Over axes that lie together, at the beginning or at the end, and not over too many."""
    if node.op not in REDUCES:
        return None
    (x,), axes = node.operands, set(node.attrs["axes"])
    shape = work.specs[x].shape
    wide = [(axis in axes, n) for axis, n in enumerate(shape) if n != 1]
    if 0 in shape:
        return None
    runs = [(gone, math.prod(n for _, n in run)) for gone, run in groupby(wide, lambda a: a[0])]
    kinds, lengths = [gone for gone, _ in runs], [n for _, n in runs]
    made: int | None = None
    if sum(kinds) > 1:
        made = _last_run_first(work, node, runs)
    elif sum(kinds) == 1:
        i = kinds.index(True)
        outer, inner = math.prod(lengths[:i]), math.prod(lengths[i + 1 :])
        made = _of_matrix(work, node, outer, lengths[i], inner)
    return None if made is None else work.view("reshape", made, node.origin, shape=node.spec.shape)


def _last_run_first(work: Rewriter, node: Node, runs: list[tuple[bool, int]]) -> int:
    merged = work.view("reshape", node.operands[0], node.origin, shape=tuple(n for _, n in runs))
    gone = [i for i, (reduced, _) in enumerate(runs) if reduced]
    last = _reduced(work, node, merged, (gone[-1],))
    return _reduced(work, node, last, tuple(gone[:-1]))


def _of_matrix(work: Rewriter, node: Node, outer: int, length: int, inner: int) -> int | None:
    """Over the middle of (outer, length, inner); None if there is a kernel for it as it is."""
    (x,), origin = node.operands, node.origin
    shape = work.specs[x].shape
    large = outer * length * inner >= LARGE and length >= LONG
    if large and pieces_of(outer if outer > 1 else inner) < MOST:
        rows = length // max(shape[-1], 1)
        if outer == inner == 1 and shape[-1] >= WIDE and rows >= PIECES:  # a row of x is a part
            flat = work.view("reshape", x, origin, shape=(rows, shape[-1]))
            part = flat if len(shape) != 2 else x
            return _reduced(work, node, _reduced(work, node, part, (1,)), (0,))
        return _in_parts(work, node, outer, length, inner)
    count, axes = len(shape), node.attrs["axes"]
    if outer > 1 and inner > 1:
        first, after = min(axes), max(axes) + 1
        lengths = (*shape[:first], length, *shape[after:])
        if math.prod(lengths) != math.prod(shape):  # an axis of length 1 lies apart from the others
            first, lengths = 1, (outer, length, inner)
        together = work.view("reshape", x, origin, shape=lengths)
        order = (first, *(i for i in range(len(lengths)) if i != first))
        return _reduced(work, node, work.view("permute", together, origin, axes=order), (0,))
    if axes in (tuple(range(len(axes))), tuple(range(count - len(axes), count))):
        return None
    lengths = (outer, length) if inner == 1 else (length, inner)  # what is beside it has length 1
    plain = work.view("reshape", x, origin, shape=lengths)
    return _reduced(work, node, plain, (int(inner == 1),))


def _in_parts(work: Rewriter, node: Node, outer: int, length: int, inner: int) -> int:
    """PIECES reductions, the reduction of their results, and what was left over."""
    (x,), origin = node.operands, node.origin
    each = length // PIECES
    whole = each * PIECES
    before, behind = ((outer,) if outer > 1 else ()), ((inner,) if inner > 1 else ())
    x = work.view("reshape", x, origin, shape=(*before, length, *behind))
    axis = len(before)

    def rows(first: int, count: int) -> int:
        index = [(0, n, 1) for n in work.specs[x].shape]
        index[axis] = (first, count, 1)
        return work.view("slice", x, origin, index=tuple(index))

    parts = work.view("reshape", rows(0, whole), origin, shape=(*before, PIECES, each, *behind))
    made = _reduced(work, node, _reduced(work, node, parts, (axis + 1,)), (axis,))
    if whole < length:
        rest = _reduced(work, node, rows(whole, length - whole), (axis,))
        made = work.add(REDUCES[node.op], (made, rest), {}, origin)
    return made


def _arg(work: Rewriter, node: Node) -> int | None:
    """The first place where the extreme value stands; NaN is extreme."""
    if node.op not in ("argmax", "argmin"):
        return None
    (x,), axes, at = node.operands, node.attrs["axes"], node.origin
    shape = work.specs[x].shape
    if 0 in shape:
        return None
    if len(axes) == 1:
        axis = axes[0]
    else:  # their places count through all of them
        kept = [i for i in range(len(shape)) if i not in axes]
        x = work.view("permute", x, at, axes=(*kept, *axes))
        axis, shape = len(kept), (*(shape[i] for i in kept), math.prod(shape[i] for i in axes))
        x = work.view("reshape", x, at, shape=shape)
    split = _arg_of_parts(work, node, x, axis)
    if split is not None:
        return work.view("reshape", split, at, shape=node.spec.shape)
    best = work.view(node.op[3:], x, at, axes=(axis,), keepdims=True)
    best = work.view("expand", best, at, shape=shape)
    hit = work.add("eq", (x, best), {}, at)
    if work.specs[x].dtype.kind == "f":
        nan = work.add("ne", (x, x), {}, at)
        hit = work.add("bitwise_or", (hit, nan), {}, at)
    dtype = "int32" if shape[axis] < 2**31 else "int64"  # narrow: as many as floats in a vector
    places = work.add("iota", (), {"size": shape[axis], "dtype": dtype}, at)
    along = [n if i == axis else 1 for i, n in enumerate(shape)]
    places = work.view("reshape", places, at, shape=tuple(along))
    places = work.view("expand", places, at, shape=shape)
    far = work.const(shape[axis] - 1, Spec(shape, work.specs[places].dtype), at)
    found = work.add("where", (hit, places, far), {}, at)
    keep = len(node.spec.shape) == len(shape)
    first = work.view("min", found, at, axes=(axis,), keepdims=keep)
    first = work.view("cast", first, at, dtype="int64")
    return work.view("reshape", first, at, shape=node.spec.shape)


def _arg_of_parts(work: Rewriter, node: Node, x: int, axis: int) -> int | None:
    """Of a few long rows: the place in each part, and the part with the extreme value."""
    shape, at = work.specs[x].shape, node.origin
    length, rows = shape[axis], math.prod(shape[:axis])
    parts = next((n for n in range(PIECES, 4 * PIECES) if length % n == 0), 0)
    small = math.prod(shape) < LARGE or length < LONG or pieces_of(rows) == MOST
    if small or not parts or axis != len(shape) - 1:
        return None
    each = length // parts
    x = work.view("reshape", x, at, shape=(rows, parts, each))
    place = work.view(node.op, x, at, axes=(2,), keepdims=True)
    best = work.view(node.op[3:], x, at, axes=(2,), keepdims=True)
    best, place = (work.view("reshape", v, at, shape=(rows, parts)) for v in (best, place))
    part = work.view(node.op, best, at, axes=(1,), keepdims=False)
    place = work.add("gather", (place, part), {"batch": 1}, at)
    steps = work.const(each, work.specs[part], at)
    return work.add("add", (work.add("mul", (part, steps), {}, at), place), {}, at)


# --- tables ---------------------------------------------------------------------------------------
def _scatter(work: Rewriter, node: Node) -> int | None:
    """Of rows: x (rows, width), index (places), src (places, width); with a batch, before all."""
    if node.op not in ("scatter_add", "scatter_set"):
        return None
    batch, shape = node.attrs["batch"], node.spec.shape
    places = work.specs[node.operands[1]].shape[batch:]
    lead = (math.prod(shape[:batch]),) if batch else ()
    rows, width, count = shape[batch], math.prod(shape[batch + 1 :]), math.prod(places)
    wanted = [(*lead, rows, width), (*lead, count), (*lead, count, width)]
    if [work.specs[operand].shape for operand in node.operands] == wanted:
        return None
    if not math.prod(wanted[2]):
        return node.operands[0]
    operands = [
        work.view("reshape", operand, node.origin, shape=plain)
        for operand, plain in zip(node.operands, wanted, strict=True)
    ]
    made = work.add(node.op, tuple(operands), {"batch": len(lead)}, node.origin)
    return work.view("reshape", made, node.origin, shape=shape)


RULES: tuple[Rewrite, ...] = (
    _concat, _pad, _fold, _wholly_written, _added_to_zeros, _of_parts, _slice_of_update,
    _reduction, _arg, _scatter,
)  # fmt: skip
