"""Every operation a second time, in the most obvious way: loops over plain Python numbers.

Nothing here is shared with `liuli.ops`, so that a mistake there is not repeated here. A function
takes the operands as NumPy arrays, the attributes by name, and returns an array.
"""

from __future__ import annotations

import bisect
import itertools
import math
import operator
import statistics
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from tests.ops import convolving, pooled

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
Reference = Callable[..., Any]


def each(function: Callable[..., Any]) -> Reference:
    """The reference of an elementwise operation: `function` of Python numbers."""

    def reference(*operands: Array, **attrs: Any) -> Array:
        rows = zip(*(x.ravel().tolist() for x in operands), strict=True)
        made = [function(*row, **attrs) for row in rows]
        return np.array(made, None if made else float).reshape(operands[0].shape)

    return reference


def build(shape: Sequence[int], like: Array, element: Callable[[Any], Any]) -> Array:
    """An array of the dtype of `like`, whose element at each place is `element(place)`."""
    out = np.zeros(shape, like.dtype)
    for place in np.ndindex(*shape):
        out[place] = element(place)
    return out


def rows_along(x: Array, axis: int, function: Callable[[list[Any]], Iterable[Any]]) -> Array:
    """`function` applied to every row of numbers along `axis`."""
    moved = np.moveaxis(x, axis, -1)
    made = [list(function(moved[place].tolist())) for place in np.ndindex(*moved.shape[:-1])]
    return np.moveaxis(np.array(made).reshape(moved.shape), -1, axis)


# --- elementwise ------------------------------------------------------------------------------
def sign(x: float) -> int:
    return (x > 0) - (x < 0)


def erfinv(x: float) -> float:
    return statistics.NormalDist().inv_cdf((1 + x) / 2) / math.sqrt(2)


def where(condition: bool, a: Any, b: Any) -> Any:
    return a if condition else b


def to_bfloat16(x: float) -> float:
    """Rounded to 8 significant bits, halves to even."""
    (word,) = struct.unpack("I", struct.pack("f", x))
    low = word & 0xFFFF
    word = (word >> 16) + (low > 0x8000 or (low == 0x8000 and word >> 16 & 1))
    return float(struct.unpack("f", struct.pack("I", word << 16))[0])


CASTS: dict[str, Callable[[float], Any]] = {
    "float64": float,
    "float32": lambda x: struct.unpack("f", struct.pack("f", x))[0],
    "float16": lambda x: struct.unpack("e", struct.pack("e", x))[0],
    "bfloat16": to_bfloat16,
    "int64": int,
    "bool": bool,
}


def cast(x: Array, *, dtype: str) -> Array:
    made = each(CASTS[dtype])(x)
    return made.astype(ml_dtypes.bfloat16) if dtype == "bfloat16" else made


# --- leaves and state -------------------------------------------------------------------------
def const(*, value: Any, dtype: str, shape: Shape = ()) -> Array:
    return np.array([value] * math.prod(shape)).reshape(shape)


def iota(*, size: int, dtype: str = "int64") -> Array:
    return np.array(list(range(size)), dtype)


def zeros_like(x: Array, *, shape: Shape) -> Array:
    return np.array([0.0] * math.prod(shape)).reshape(shape)


def identity(x: Array, **attrs: Any) -> Array:
    return x


# --- views and their adjoints -----------------------------------------------------------------
def reshape(x: Array, *, shape: Shape) -> Array:
    numbers = [x[place] for place in np.ndindex(*x.shape)]
    return build(shape, x, lambda place: numbers[np.ravel_multi_index(place, shape)] if shape
                 else numbers[0])  # fmt: skip


def permute(x: Array, *, axes: Shape) -> Array:
    def element(place: Shape) -> Any:
        source = [0] * x.ndim
        for to, axis in enumerate(axes):
            source[axis] = place[to]
        return x[tuple(source)]

    return build([x.shape[axis] for axis in axes], x, element)


def expand(x: Array, *, shape: Shape) -> Array:
    lead = len(shape) - x.ndim
    return build(
        shape, x,
        lambda place: x[tuple(min(i, n - 1) for i, n in zip(place[lead:], x.shape, strict=True))],
    )  # fmt: skip


def slice_(x: Array, *, index: tuple[int | tuple[int, int, int], ...]) -> Array:
    """(start, length, step) for an axis, or one position, and then the axis goes away."""

    def element(place: Shape) -> Any:
        left, source = list(place), []
        for part in index:
            fixed = isinstance(part, int)
            source.append(part if fixed else part[0] + left.pop(0) * part[2])
        return x[tuple(source)]

    return build([part[1] for part in index if not isinstance(part, int)], x, element)


def diagonal(x: Array, *, offset: int, axis1: int, axis2: int) -> Array:
    rest = [i for i in range(x.ndim) if i not in (axis1, axis2)]
    pairs = [(i, i + offset) for i in range(x.shape[axis1]) if 0 <= i + offset < x.shape[axis2]]

    def element(place: Shape) -> Any:
        source = [0] * x.ndim
        source[axis1], source[axis2] = pairs[place[-1]]
        for axis, i in zip(rest, place, strict=False):
            source[axis] = i
        return x[tuple(source)]

    return build([*(x.shape[i] for i in rest), len(pairs)], x, element)


def window_places(
    shape: Shape, axes: Shape, size: Shape, step: Shape, dilation: Shape
) -> tuple[list[int], Callable[[Shape], Shape]]:
    """The shape of the windows of an array of `shape`, and where each of their elements lies."""
    counts = list(shape)
    for axis, k, s, d in zip(axes, size, step, dilation, strict=True):
        counts[axis] = len([i for i in range(0, shape[axis], s) if i + d * (k - 1) < shape[axis]])

    def source(place: Shape) -> Shape:
        found = list(place[: len(shape)])
        for axis, k, s, d in zip(axes, place[len(shape) :], step, dilation, strict=True):
            found[axis] = found[axis] * s + k * d
        return tuple(found)

    return [*counts, *size], source


def windows(x: Array, **attrs: Any) -> Array:
    shape, source = window_places(x.shape, **attrs)
    return build(shape, x, lambda place: x[source(place)])


def fold(x: Array, *, shape: Shape, **attrs: Any) -> Array:
    made, source = window_places(shape, **attrs)
    assert tuple(made) == x.shape
    out = np.zeros(shape, x.dtype)
    for place in np.ndindex(*x.shape):
        out[source(place)] += x[place]
    return out


def pad(x: Array, *, low: Shape, high: Shape, interior: Shape, value: Any = 0) -> Array:
    wide = [max(n + (n - 1) * i, 0) for n, i in zip(x.shape, interior, strict=True)]
    shape = [a + n + b for a, n, b in zip(low, wide, high, strict=True)]
    out = np.full(shape, value, x.dtype)
    for place in np.ndindex(*x.shape):
        target = tuple(a + i * (k + 1) for a, i, k in zip(low, place, interior, strict=True))
        if all(0 <= i < n for i, n in zip(target, shape, strict=True)):
            out[target] = x[place]
    return out


# --- index ------------------------------------------------------------------------------------
def _target(place: Shape, index: Array, batch: int) -> Shape:
    """Where in `x` the element at `place` of the gathered array comes from."""
    looked_up = int(index[place[: index.ndim]])
    return (*place[:batch], looked_up, *place[index.ndim :])


def gather(x: Array, index: Array, *, batch: int) -> Array:
    shape = (*index.shape, *x.shape[batch + 1 :])
    return build(shape, x, lambda place: x[_target(place, index, batch)])


def scatter_add(x: Array, index: Array, src: Array, *, batch: int) -> Array:
    out = x.copy()
    for place in np.ndindex(*src.shape):
        out[_target(place, index, batch)] += src[place]
    return out


def scatter_set(x: Array, index: Array, src: Array, *, batch: int) -> Array:
    out = x.copy()
    for place in np.ndindex(*src.shape):
        out[_target(place, index, batch)] = src[place]
    return out


def concat(*xs: Array, axis: int) -> Array:
    owners = [(x, i) for x in xs for i in range(x.shape[axis])]
    shape = list(xs[0].shape)
    shape[axis] = len(owners)

    def element(place: Shape) -> Any:
        x, i = owners[place[axis]]
        return x[(*place[:axis], i, *place[axis + 1 :])]

    return build(shape, xs[0], element)


def update(old: Array, value: Array, *, where: Sequence[tuple[str, dict[str, Any]]]) -> Array:
    positions = np.arange(old.size).reshape(old.shape)
    for name, attrs in where:
        positions = REFERENCE[name](positions, **attrs)
    out = old.copy()
    for place in np.ndindex(*value.shape):
        out[np.unravel_index(positions[place], old.shape)] = value[place]
    return out


def contract(a: Array, b: Array, *, labels: str) -> Array:
    return np.asarray(np.einsum(labels, a, b))


# --- reduce -----------------------------------------------------------------------------------
def reduction(function: Callable[[list[Any]], Any]) -> Reference:
    """`function` of the list of numbers that become one, in the order of their places."""

    def reference(x: Array, *, axes: Shape, keepdims: bool = False) -> Array:
        def kept(place: Shape) -> Shape:
            return tuple(0 if i in axes else n for i, n in enumerate(place))

        groups: dict[Shape, list[Any]] = {}
        shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        for place in np.ndindex(*shape):
            groups[place] = []
        for place in np.ndindex(*x.shape):
            groups[kept(place)].append(x[place].item())
        made = [function(numbers) for numbers in groups.values()]
        out = [n for i, n in enumerate(shape) if keepdims or i not in axes]
        return np.array(made, None if made else float).reshape(out)

    return reference


def logsumexp(numbers: list[float]) -> float:
    total = math.fsum(map(math.exp, numbers))
    return math.log(total) if total else -math.inf


def softmax(row: list[float]) -> list[float]:
    total = math.fsum(map(math.exp, row))
    return [math.exp(x) / total for x in row]


def nll_loss(x: Array, target: Array, ignore: int) -> float:
    return -statistics.fmean(row[t] for row, t in zip(x, target, strict=True) if t != ignore)


def cross_entropy(x: Array, target: Array, ignore: int) -> float:
    return nll_loss(np.log([softmax(row) for row in x]), target, ignore)


# --- random -----------------------------------------------------------------------------------
def philox(key: int, counter: int) -> list[int]:
    """One block of Philox 4x32-10 in Python's integers."""
    low, mask = [key & 0xFFFFFFFF, key >> 32], 0xFFFFFFFF
    w = [counter & mask, counter >> 32, 0, 0]
    for _ in range(10):
        a, b = 0xD2511F53 * w[0], 0xCD9E8D57 * w[2]
        w = [b >> 32 ^ w[1] ^ low[0], b & mask, a >> 32 ^ w[3] ^ low[1], a & mask]
        low = [(low[0] + 0x9E3779B9) & mask, (low[1] + 0xBB67AE85) & mask]
    return w


def words(state: Array, count: int) -> list[int]:
    key, counter = state.tolist()
    return [w for i in range(count) for w in philox(key, counter + i)]


def random_bits(state: Array, *, shape: Shape) -> Array:
    count = math.prod(shape)
    return np.array(words(state, count)[:count], np.uint32).reshape(shape)


def wide_words(state: Array, count: int) -> list[int]:
    pairs = itertools.batched if hasattr(itertools, "batched") else _batched
    return [a | b << 32 for a, b in pairs(words(state, count), 2)]


def _batched(numbers: list[int], size: int) -> Iterable[Sequence[int]]:
    return (numbers[i : i + size] for i in range(0, len(numbers), size))


def random_uniform(state: Array, *, shape: Shape, dtype: str) -> Array:
    count = math.prod(shape)
    if dtype == "float64":
        made = [(w >> 11) * 2.0**-53 for w in wide_words(state, count)]
    else:
        made = [(w >> 8) * 2.0**-24 for w in words(state, count)]
    return np.array(made[:count]).reshape(shape)


def random_normal(state: Array, *, shape: Shape, dtype: str) -> Array:
    count, made = math.prod(shape), []
    wide = dtype == "float64"
    bits, drop = (64, 11) if wide else (32, 1)
    source = wide_words(state, count) if wide else words(state, count)
    for first, second in _batched(source, 2):
        radius = math.sqrt(-2 * math.log(((first >> drop) + 1) / 2 ** (bits - drop)))
        half_steps = (second | 3) ^ 1  # all bits but the lowest two are the offset, with sign
        offset = (half_steps - (half_steps >> (bits - 1) << bits)) / 2**bits
        angle = math.pi / 2 * ((second & 3) + offset)
        made += [radius * math.cos(angle), radius * math.sin(angle)]
    return np.array(made[:count]).reshape(shape)


# --- host -------------------------------------------------------------------------------------
def argsort(x: Array, *, axis: int, descending: bool = False) -> Array:
    def order(row: list[float]) -> list[int]:
        return sorted(range(len(row)), key=row.__getitem__, reverse=descending)

    return rows_along(x, axis, order).astype(np.int64)


def running(function: Callable[[Any, Any], Any]) -> Reference:
    return lambda x, *, axis: rows_along(x, axis, lambda row: itertools.accumulate(row, function))


def running_position(better: Callable[[Any, Any], bool]) -> Reference:
    """Where the best number so far stands; of equals the last."""

    def positions(row: list[float]) -> Iterable[int]:
        best = 0
        for i, number in enumerate(row):
            best = i if better(number, row[best]) else best
            yield best

    return lambda x, *, axis: rows_along(x, axis, positions).astype(np.int64)


def searchsorted(edges: Array, values: Array, *, right: bool) -> Array:
    find = bisect.bisect_right if right else bisect.bisect_left

    def element(place: Shape) -> int:
        row = edges if edges.ndim == 1 else edges[place[:-1]]
        return find(row.tolist(), values[place].item())

    return build(values.shape, np.zeros((), np.int64), element)


def polygamma(x: float, *, n: int) -> float:
    """The sum that defines it; its tail as an integral by the midpoint rule."""
    terms, end = range(4000), x + 3999.5
    if n == 0:
        return math.log(end) + 1 / (24 * end**2) - math.fsum(1 / (x + k) for k in terms)
    total = math.fsum((x + k) ** -(n + 1) for k in terms) + end**-n / n
    return (-1) ** (n + 1) * math.factorial(n) * total


def det(x: Array) -> Array:
    """The sum over all permutations."""
    made = np.zeros(x.shape[:-2])
    for order in itertools.permutations(range(x.shape[-1])):
        swaps = sum(a > b for a, b in itertools.combinations(order, 2))
        made += (-1) ** swaps * np.prod([x[..., i, j] for i, j in enumerate(order)], axis=0)
    return made


def inverse(x: Array) -> Array:
    """Cofactors over the determinant."""
    out, size = np.zeros(x.shape), range(x.shape[-1])
    for i, j in itertools.product(size, size):
        minor = np.delete(np.delete(x, i, -2), j, -1)
        out[..., j, i] = (-1) ** (i + j) * det(minor) / det(x)
    return out


def cholesky(x: Array) -> Array:
    out = np.zeros(x.shape)
    for i in range(x.shape[-1]):
        for j in range(i + 1):
            rest = x[..., i, j] - (out[..., i, :j] * out[..., j, :j]).sum(-1)
            out[..., i, j] = np.sqrt(rest) if i == j else rest / out[..., j, j]
    return out


def side_by_side(rows: Sequence[Sequence[Array]]) -> Array:
    """Factors in one matrix: the rows from above, each of its parts from the left."""
    return np.concatenate([np.concatenate(row, -1) for row in rows], -2)


def eigh(x: Array, *, lower: bool) -> Array:
    values, vectors = np.linalg.eigh(x if lower else x.swapaxes(-1, -2))
    return side_by_side([[values[..., None, :]], [vectors]])


def svd(x: Array) -> Array:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return side_by_side([[u], [s[..., None, :]], [vh.swapaxes(-1, -2)]])


def qr(x: Array) -> Array:
    q, r = np.linalg.qr(x)
    return side_by_side([[q.swapaxes(-1, -2), r]])


REFERENCE: dict[str, Reference] = {
    # elementwise
    "add": each(operator.add),
    "sub": each(operator.sub),
    "mul": each(operator.mul),
    "div": each(operator.truediv),
    "pow": each(operator.pow),
    "mod": each(operator.mod),
    "floor_divide": each(operator.floordiv),
    "neg": each(operator.neg),
    "abs": each(abs),
    "sign": each(sign),
    "exp": each(math.exp),
    "expm1": each(math.expm1),
    "log": each(math.log),
    "log1p": each(math.log1p),
    "sqrt": each(math.sqrt),
    "rsqrt": each(lambda x: 1 / math.sqrt(x)),
    "sin": each(math.sin),
    "cos": each(math.cos),
    "atan2": each(math.atan2),
    "tanh": each(math.tanh),
    "sigmoid": each(lambda x: 1 / (1 + math.exp(-x))),
    "erf": each(math.erf),
    "erfc": each(math.erfc),
    "erfinv": each(erfinv),
    "floor": each(math.floor),
    "ceil": each(math.ceil),
    "round": each(round),
    "trunc": each(math.trunc),
    "maximum": each(max),
    "minimum": each(min),
    "where": each(where),
    "cast": cast,
    **{name: each(getattr(operator, name)) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    "bitwise_and": each(operator.and_),
    "bitwise_or": each(operator.or_),
    "bitwise_xor": each(operator.xor),
    "bitwise_not": each(operator.invert),
    "shift_left": each(operator.lshift),
    "shift_right": each(operator.rshift),
    # leaves and state
    "const": const,
    "iota": iota,
    "zeros_like": zeros_like,
    "stop_gradient": identity,
    "copy": identity,
    "check": identity,
    "assign": lambda old, value: value,
    # views and their adjoints
    "reshape": reshape,
    "permute": permute,
    "expand": expand,
    "slice": slice_,
    "diagonal": diagonal,
    "windows": windows,
    "fold": fold,
    "pad": pad,
    # index
    "gather": gather,
    "scatter_add": scatter_add,
    "scatter_set": scatter_set,
    "concat": concat,
    "update": update,
    # contract
    "contract": contract,
    # reduce
    "sum": reduction(math.fsum),
    "prod": reduction(math.prod),
    "max": reduction(max),
    "min": reduction(min),
    "argmax": reduction(lambda numbers: numbers.index(max(numbers))),
    "argmin": reduction(lambda numbers: numbers.index(min(numbers))),
    # random
    "random_bits": random_bits,
    "random_uniform": random_uniform,
    "random_normal": random_normal,
    # host
    "argsort": argsort,
    "cumsum": running(operator.add),
    "cumprod": running(operator.mul),
    "logcumsumexp": lambda x, *, axis: np.log(running(operator.add)(np.exp(x), axis=axis)),
    "cumargmax": running_position(operator.ge),
    "cumargmin": running_position(operator.le),
    "searchsorted": searchsorted,
    "lgamma": each(math.lgamma),
    "polygamma": each(polygamma),
    "inverse": inverse,
    "det": det,
    "logabsdet": lambda x: np.log(np.abs(det(x))),
    "detsign": lambda x: np.sign(det(x)),
    "cholesky": cholesky,
    "solve": lambda a, b: inverse(a) @ b,
    "pinv": lambda x, *, atol, rtol: np.linalg.pinv(x, rtol),
    "eigh": eigh,
    "svd": svd,
    "qr": qr,
    "gcd": each(math.gcd),
    "nextafter": each(math.nextafter),
    # composites
    "relu": each(lambda x: max(x, 0.0)),
    "leaky_relu": each(lambda x, slope: x if x > 0 else slope * x),
    "clamp": each(lambda x, low, high: min(max(x, -math.inf if low is None else low),
                                           math.inf if high is None else high)),
    "asin": each(math.asin),
    "acos": each(math.acos),
    "logit": each(lambda x, eps: math.log(x / (1 - x))),
    "nansum": reduction(lambda numbers: math.fsum(n for n in numbers if n == n)),
    "softplus": each(lambda x, beta, threshold: x if beta * x > threshold
                     else math.log(1 + math.exp(beta * x)) / beta),
    "elu": each(lambda x, alpha, scale, steep: scale * x if x > 0
                else scale * alpha * math.expm1(steep * x)),
    "gelu_tanh": each(
        lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))),
    "hardtanh": each(lambda x, low, high: min(max(x, low), high)),
    "huber": each(lambda x, delta: x * x / 2 if abs(x) < delta else delta * (abs(x) - delta / 2)),
    "binary_cross_entropy": each(lambda x, t: -t * math.log(x) - (1 - t) * math.log(1 - x)),
    "binary_cross_entropy_with_logits": each(
        lambda x, t: t * math.log1p(math.exp(-x)) + (1 - t) * math.log1p(math.exp(x))),
    "mse_loss": lambda x, target: np.mean((x - target) ** 2),
    "cross_entropy": cross_entropy,
    "nll_loss": nll_loss,
    "mean": lambda x, axes, keepdims: np.mean(x, axes, keepdims=keepdims),
    "centred": lambda x, axes: x - np.mean(x, axes, keepdims=True),
    "mean_square": lambda x, axes: np.mean(x**2, axes, keepdims=True),
    "affine": lambda x, weight, bias: x * weight + bias,
    "gelu": each(lambda x: x * statistics.NormalDist().cdf(x)),
    "silu": each(lambda x: x / (1 + math.exp(-x))),
    "softmax": lambda x, *, axis: rows_along(x, axis, softmax),
    "log_softmax": lambda x, *, axis: np.log(rows_along(x, axis, softmax)),
    "logsumexp": reduction(logsumexp),
    "norm": reduction(lambda numbers: math.hypot(*numbers)),
    "plain_convolution": convolving.plain_convolution,
    "convolution": convolving.convolution,
    "convolution_input": convolving.convolution_input,
    "convolution_weight": convolving.convolution_weight,
    "max_pool": pooled.max_pool,
    "window_sum": pooled.window_sum,
    "copies": lambda x, axis, times: np.repeat(x, times, axis),
    "rows_mixed": pooled.rows_mixed,
    "linear": lambda x, weight, bias: np.einsum("...i,oi->...o", x, weight) + bias,
}  # fmt: skip
