"""Making tensors: from data, by rule, and at random."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from .. import dtypes as dt
from .. import ops
from .. import rng as generators
from ..autodiff.state import STATE, sequence
from ..autodiff.tensor import Array, Number, Tensor, apply, fresh, make
from ..autodiff.writing import finish, write
from ..devices import require
from ..errors import ArgumentError, DTypeError, LiuliError, Row, ShapeError
from ..messages.hints import odd_element, ragged_place
from ..rng import Generator
from ..storage import Storage
from .arithmetic import add, cast, ceil, exp, floor, log, lt, mul, neg, tan
from .indexing import getitem
from .looks import look_as

__mirrors__ = "torch"
Call = TypeVar("Call", bound=Callable[..., Any])
MOST = 2**45  # bytes: more than any machine has


# What PyTorch's constructors also take, and what has one answer here.
_ANYWAY = frozenset(("layout", "memory_format", "pin_memory"))


def _factory(function: Call) -> Call:
    """`function`, which may be told how memory is laid out and pinned."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for name in kwargs.keys() & _ANYWAY:
            del kwargs[name]
        return function(*args, **kwargs)

    return call  # type: ignore[return-value]


def _size(size: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    """A shape however it was written. Errors: LL124 if it is negative, not whole or too large."""
    if named is not None:
        size = (named,)
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    try:
        shape = tuple(operator.index(n) for n in size)
    except TypeError:
        raise ShapeError("LL124", shape=tuple(size)) from None
    if any(n < 0 for n in shape):
        raise ShapeError("LL124", shape=shape)
    if math.prod(shape) * 8 > MOST:
        raise ShapeError("LL157", shape=shape, size=f"{math.prod(shape) * 4 / 2**40:,.0f} TiB")
    return shape


def _finished(t: Tensor, requires_grad: bool, device: Any = None) -> Tensor:
    require(device)
    return t.requires_grad_() if requires_grad else t


def _float(dtype: Any) -> dt.DType:
    return dt.default_dtype() if dtype is None else dt.as_dtype(dtype)


# --- from data --------------------------------------------------------------------------------
def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
           pin_memory: bool = False) -> Tensor:  # fmt: skip
    """A new tensor with a copy of `data`: a number, nested lists, a NumPy array, a tensor.

    Python floats become the default dtype (float32), ints int64; arrays keep their dtype.
    Errors: LL208 for data that is no table of numbers.

    Example:
        >>> import liuli
        >>> liuli.tensor([[1, 2], [3, 4]])
        tensor([[1, 2],
                [3, 4]])
    """
    array = _from_data(data)
    target = _dtype_of(data, array) if dtype is None else dt.as_dtype(dtype)
    if STATE.recorder is not None and STATE.recorder.knows(data):
        source = data if isinstance(data, Tensor) else from_numpy(data)
        copied = cast(apply(ops.state.copy, source.detach()), target)
        return _finished(copied, requires_grad, device)
    return _finished(fresh(np.array(array, dtype=target.numpy, order="C")), requires_grad, device)


def _from_data(data: Any) -> Array:
    if isinstance(data, Tensor):
        return data._array
    try:
        array = np.asarray(_plain(data))
    except (ValueError, TypeError, OverflowError):
        array = np.empty(0, object)
    if array.dtype == np.uint64 and not hasattr(data, "dtype"):  # Python numbers beyond int64
        raise _no_numbers(data)
    kind, name = array.dtype.kind, array.dtype.name
    if kind not in "biufV" or (kind == "V" and name != "bfloat16"):
        raise _no_numbers(data)
    return array


def _no_numbers(data: Any) -> LiuliError:
    """Why `data` is no table of numbers: rows of different lengths, or the first odd element."""
    uneven = ragged_place(data)
    if uneven is not None:
        a, own, b, other = uneven
        return ShapeError("LL158", rows=[Row(a, own), Row(b, other)], a=a, m=own, b=b, n=other)
    place, element = odd_element(data) or ("data", data)
    if isinstance(element, int):
        return DTypeError("LL252", place=place, value=element)
    kind = element.dtype if isinstance(element, np.ndarray) else type(element).__name__
    return DTypeError("LL208", place=place, type=kind)


def _plain(data: Any) -> Any:
    """Nested sequences with the tensors in them made numbers or arrays."""
    if isinstance(data, Tensor):
        if STATE.recorder is not None:
            STATE.recorder.refuse("LL702", what="a list of tensors as data")
        return data._array if data.ndim else data._array.item()
    if isinstance(data, (list, tuple)) and any(isinstance(x, (list, tuple, Tensor)) for x in data):
        return [_plain(x) for x in data]
    return data


def _dtype_of(data: Any, array: Array) -> dt.DType:
    if isinstance(data, (Tensor, np.ndarray, np.generic)):
        return dt.as_dtype(array.dtype)
    first = data
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if isinstance(first, (np.ndarray, np.generic)):
        return dt.as_dtype(array.dtype)
    if array.dtype.kind == "f" or not array.size:
        return dt.default_dtype()
    return dt.bool_ if array.dtype.kind == "b" else dt.int64


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor, sharing memory with a tensor or NumPy array where it can."""
    if isinstance(data, Tensor):
        return data if dtype is None else cast(data, dtype)
    if isinstance(data, np.ndarray) and (dtype is None or dt.as_dtype(dtype).numpy == data.dtype):
        return from_numpy(data)
    return tensor(data, dtype=dtype, device=device)


asarray = as_tensor


def from_numpy(ndarray: Array) -> Tensor:
    """A tensor that shares the memory of a NumPy array; writes show on both sides.

    Errors: LL208 for an array of something else than numbers.
    """
    if not isinstance(ndarray, np.ndarray):
        raise DTypeError("LL652", type=type(ndarray).__name__)
    native = ndarray if ndarray.dtype.isnative else ndarray.astype(ndarray.dtype.newbyteorder("="))
    dt.as_dtype(native.dtype)
    return make(native, Storage(native))


def from_dlpack(external: Any) -> Tensor:
    """A tensor over the memory of any library that speaks DLPack."""
    return from_numpy(np.from_dlpack(external))


# --- by rule ----------------------------------------------------------------------------------
@_factory
def full(size: Sequence[int] | int, fill_value: Any, *, dtype: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:  # fmt: skip
    """A tensor of one number, repeated."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    target = dt.of_number(value) if dtype is None else dt.as_dtype(dtype)
    shape = _size((size,) if isinstance(size, int) else tuple(size))
    return _finished(apply(ops.state.const, value=value, dtype=target.name, shape=shape),
                     requires_grad, device)  # fmt: skip


@_factory
def zeros(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None,
          requires_grad: bool = False) -> Tensor:  # fmt: skip
    """A tensor of zeros."""
    shape = _size(sizes, size)
    return full(shape, 0, dtype=_float(dtype), device=device, requires_grad=requires_grad)


@_factory
def ones(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:  # fmt: skip
    """A tensor of ones."""
    shape = _size(sizes, size)
    return full(shape, 1, dtype=_float(dtype), device=device, requires_grad=requires_grad)


@_factory
def empty(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None,
          requires_grad: bool = False) -> Tensor:  # fmt: skip
    """A tensor whose numbers are not said: here they are zeros, so that runs repeat."""
    shape = _size(sizes, size)
    return full(shape, 0, dtype=_float(dtype), device=device, requires_grad=requires_grad)


def _laid_out_as(input: Tensor, value: Any, dtype: Any) -> Tensor:
    """One number in the shape of `input`, with its axes in the same order in memory."""
    array = input._array
    order = tuple(int(i) for i in np.argsort([-step for step in array.strides], kind="stable"))
    if array.flags.c_contiguous or not array.transpose(order).flags.c_contiguous:
        return full(array.shape, value, dtype=dtype)
    made = full([array.shape[i] for i in order], value, dtype=dtype)
    return look_as(made, made.permute(*np.argsort(order).tolist()))


def _like(value: Any) -> Any:
    def function(input: Tensor, *, dtype: Any = None, device: Any = None,
                 requires_grad: bool = False) -> Tensor:  # fmt: skip
        made = _laid_out_as(input, value, input.dtype if dtype is None else dtype)
        return _finished(made, requires_grad, device)

    return _factory(function)


zeros_like, ones_like, empty_like = _like(0), _like(1), _like(0)
zeros_like.__name__, ones_like.__name__ = "zeros_like", "ones_like"
empty_like.__name__ = "empty_like"
zeros_like.__doc__ = "Zeros in the shape and dtype of `input`."
ones_like.__doc__ = "Ones in the shape and dtype of `input`."
empty_like.__doc__ = "As zeros_like: what is not said is zero here."


@_factory
def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None,
              requires_grad: bool = False) -> Tensor:  # fmt: skip
    """One number in the shape and dtype of `input`."""
    made = _laid_out_as(input, fill_value, input.dtype if dtype is None else dtype)
    return _finished(made, requires_grad, device)


def new_empty(input: Tensor, *size: Any, dtype: Any = None, **rest: Any) -> Tensor:
    """As new_zeros: what is not said is zero here."""
    return zeros(*size, dtype=dtype or input.dtype, **rest)


def new_zeros(input: Tensor, *size: Any, dtype: Any = None, **rest: Any) -> Tensor:
    """Zeros of the dtype of `input`."""
    return zeros(*size, dtype=dtype or input.dtype, **rest)


def new_ones(input: Tensor, *size: Any, dtype: Any = None, **rest: Any) -> Tensor:
    """Ones of the dtype of `input`."""
    return ones(*size, dtype=dtype or input.dtype, **rest)


def new_full(input: Tensor, size: Any, fill_value: Any, dtype: Any = None, **rest: Any) -> Tensor:
    """One number, of the dtype of `input`."""
    return full(size, fill_value, dtype=dtype or input.dtype, **rest)


def new_tensor(input: Tensor, data: Any, dtype: Any = None, **rest: Any) -> Tensor:
    """`data` as a tensor of the dtype of `input`."""
    return tensor(data, dtype=dtype or input.dtype, **rest)


@_factory
def arange(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None,
           device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """start, start + step, ... below end; whole numbers give int64."""
    first, last = (0, start) if end is None else (start, end)
    numbers = [x.item() if isinstance(x, Tensor) else x for x in (first, last, step)]
    first, last, step = numbers
    if not step or not all(map(math.isfinite, numbers)) or (last - first) * step < 0:
        raise ArgumentError("LL615", start=first, end=last, step=step)
    whole = all(isinstance(x, (int, np.integer)) for x in numbers)
    target = (dt.int64 if whole else dt.default_dtype()) if dtype is None else dt.as_dtype(dtype)
    count = -(-(last - first) // step) if whole else math.ceil((last - first) / step)
    index = apply(ops.state.iota, size=_size((int(count),))[0])
    if not whole:
        index = cast(index, dt.float64)
    return _finished(cast(add(mul(index, step), first), target), requires_grad, device)


@_factory
def linspace(start: Number, end: Number, steps: int, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False) -> Tensor:  # fmt: skip
    """`steps` numbers evenly from start to end, both there."""
    values = np.linspace(start, end, _size((steps,))[0])
    return _finished(fresh(values.astype(_float(dtype).numpy)), requires_grad, device)


@_factory
def logspace(start: Number, end: Number, steps: int, base: float = 10.0, *, dtype: Any = None,
             device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """base to the powers of linspace."""
    values = np.power(base, np.linspace(start, end, _size((steps,))[0]))
    return _finished(fresh(values.astype(_float(dtype).numpy)), requires_grad, device)


@_factory
def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None,
        requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Ones on the diagonal of an n x m matrix."""
    rows, columns = _size((n, n if m is None else m))
    return _finished(fresh(np.eye(rows, columns, dtype=_float(dtype).numpy)), requires_grad, device)


# --- at random --------------------------------------------------------------------------------
def _draw(
    op: Any, shape: tuple[int, ...], dtype: str | None, generator: Generator | None
) -> Tensor:
    """One draw, and the generator's counter moved past it; a recorder sees both."""
    if generator is None and STATE.capture is not None:
        made: Tensor = STATE.capture.call(_DRAWS[op.name], shape=shape, dtype=dtype)
        return made
    source = generators.default_generator if generator is None else generator
    attrs: dict[str, Any] = {"shape": shape} if dtype is None else {"shape": shape, "dtype": dtype}
    before, STATE.grad = STATE.grad, False
    try:
        state = make(source.storage.value, source.storage)
        drawn = apply(op, state, **attrs)
        used = generators.words(math.prod(shape), np.dtype(dtype or "uint32"))
        write(state, add(state, fresh(np.array([0, used]))))
    finally:
        STATE.grad = before
    return drawn


_DRAWS = {
    op.name: functools.partial(_draw, op, generator=None)
    for op in (ops.random.random_bits, ops.random.random_uniform, ops.random.random_normal)
}


def _random(op: Any, shape: tuple[int, ...], dtype: Any, generator: Generator | None) -> Tensor:
    """float32 and float64 are drawn as they are, the short types cast from float32."""
    target = _float(dtype)
    if not target.is_floating_point:
        raise DTypeError("LL254", dtype=target)
    if target.itemsize >= 4:
        return _draw(op, shape, target.name, generator)
    drawn = _draw(op, shape, "float32", generator)
    if op is ops.random.random_uniform:  # rounded down, so that 1 is never reached
        steps = 2.0 ** (11 if target is dt.float16 else 8)
        drawn = floor(drawn * steps) / steps
    return cast(drawn, target)


@_factory
def rand(*sizes: Any, size: Any = None, generator: Generator | None = None,
         dtype: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Uniform random numbers in [0, 1)."""
    made = _random(ops.random.random_uniform, _size(sizes, size), dtype, generator)
    return _finished(made, requires_grad, device)


@_factory
def randn(*sizes: Any, size: Any = None, generator: Generator | None = None,
          dtype: Any = None, device: Any = None,
          requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Standard normal random numbers."""
    made = _random(ops.random.random_normal, _size(sizes, size), dtype, generator)
    return _finished(made, requires_grad, device)


def rand_like(input: Tensor, *, dtype: Any = None, **rest: Any) -> Tensor:
    """Uniform random numbers in the shape of `input`."""
    return rand(input.shape, dtype=dtype or input.dtype, **rest)


def randn_like(input: Tensor, *, dtype: Any = None, **rest: Any) -> Tensor:
    """Standard normal random numbers in the shape of `input`."""
    return randn(input.shape, dtype=dtype or input.dtype, **rest)


def _below(count: int, shape: tuple[int, ...], generator: Generator | None) -> Tensor:
    """Whole numbers in [0, count), from 62 random bits each."""
    words = cast(_draw(ops.random.random_bits, (2, *shape), None, generator), dt.int64)
    high, low = getitem(words, 0), getitem(words, 1)
    top = apply(ops.elementwise.shift_right, high, 2)
    joined = add(apply(ops.elementwise.shift_left, top, 32), low)
    return apply(ops.elementwise.mod, joined, count)


@_factory
def randint(low: int, high: Any = None, size: Any = None, *, generator: Generator | None = None,
            dtype: Any = None, device: Any = None,
            requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Whole random numbers in [low, high); randint(high, size) starts at 0. Errors: LL616."""
    if size is None:
        if isinstance(high, int):
            raise TypeError("the size is missing, as in randint(0, 10, (2, 3))")
        low, high, size = 0, low, high
    if size is None or not low < high:
        raise ArgumentError("LL616", low=low, high=high)
    shape = _size((size,) if isinstance(size, int) else tuple(size))
    drawn = add(_below(int(high) - int(low), shape, generator), int(low))
    return _finished(cast(drawn, dt.int64 if dtype is None else dtype), requires_grad, device)


def randint_like(input: Tensor, low: int, high: int | None = None, **rest: Any) -> Tensor:
    """Whole random numbers in the shape of `input`."""
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, input.shape, **{"dtype": input.dtype, **rest})


@_factory
def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None,
             device: Any = None) -> Tensor:  # fmt: skip
    """The numbers 0 to n - 1 in random order."""
    drawn = _draw(ops.random.random_uniform, _size((n,)), "float64", generator)
    order = apply(ops.host.argsort, drawn, axis=0, descending=False)
    return _finished(cast(order, dt.int64 if dtype is None else dtype), False, device)


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None,
           dtype: Any = None) -> Tensor:  # fmt: skip
    """Normal random numbers with the given mean and deviation, numbers or tensors."""
    if size is None:
        shapes = [x._array.shape for x in (mean, std) if isinstance(x, Tensor)]
        size = ops.views.check_broadcast("normal", *shapes)
    return add(mul(randn(size, generator=generator, dtype=dtype), std), mean)


def bernoulli(input: Tensor, p: float | None = None, *,
              generator: Generator | None = None) -> Tensor:  # fmt: skip
    """1 with probability `input` (or `p`), else 0."""
    drawn = rand(input.shape, generator=generator)
    return cast(lt(drawn, input.detach() if p is None else p), input.dtype)


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *,
                generator: Generator | None = None) -> Tensor:  # fmt: skip
    """Indices drawn with the given weights, row by row. Errors: LL617 for impossible weights."""
    weights = input._array
    positive = (weights > 0).sum(-1).min() if weights.size else 0
    if (weights < 0).any() or not np.isfinite(weights).all() or not positive:
        raise ArgumentError("LL617")
    if not replacement and num_samples > positive:
        raise ArgumentError("LL653", num_samples=num_samples, positive=positive)
    if not replacement:  # the first arrivals of exponential clocks
        clocks = rand(input.shape, generator=generator, dtype=dt.float64)
        times: Tensor = -(1 - clocks).log() / cast(input.detach(), dt.float64)
        return times.topk(num_samples, dim=-1, largest=False).indices
    edges = cast(input.detach(), dt.float64).cumsum(-1)
    wanted = rand(*input.shape[:-1], num_samples, generator=generator, dtype=dt.float64)
    total = edges.narrow(-1, input.shape[-1] - 1, 1)
    found = apply(ops.host.searchsorted, edges, wanted * total, right=True)
    return found.clamp(max=input.shape[-1] - 1)


# --- filling in place -------------------------------------------------------------------------
def uniform_(self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Any = None,
             **old: Any) -> Tensor:  # fmt: skip
    """Fill with uniform random numbers in [from, to)."""
    low = old.pop("from", from_)
    drawn = rand(self.shape, generator=generator, dtype=self.dtype)
    return finish(self, add(mul(drawn, to - low), low), next(sequence), "uniform", derived=False)


def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill with normal random numbers."""
    drawn = randn(self.shape, generator=generator, dtype=self.dtype)
    return finish(self, add(mul(drawn, std), mean), next(sequence), "normal", derived=False)


def bernoulli_(self: Tensor, p: float = 0.5, *, generator: Any = None) -> Tensor:
    """Fill with 1 with probability p, else 0."""
    drawn = lt(rand(self.shape, generator=generator), p)
    return finish(self, cast(drawn, self.dtype), next(sequence), "bernoulli", derived=False)


def random_(self: Tensor, from_: int = 0, to: int | None = None, *,
            generator: Any = None) -> Tensor:  # fmt: skip
    """Fill with whole random numbers in [from, to)."""
    low, high = (0, from_) if to is None and from_ else (from_, to)
    if high is None:
        high = 2**24 if self.dtype.is_floating_point else int(np.iinfo(self._array.dtype).max)
    return finish(self, randint(low, high, self.shape, generator=generator, dtype=self.dtype),
                  next(sequence), "random", derived=False)  # fmt: skip


def _filled(self: Tensor, name: str, values: Callable[[Tensor], Tensor], generator: Any) -> Tensor:
    """Fill with what `values` makes of uniform numbers in (0, 1].."""
    if not self.dtype.is_floating_point and name != "geometric":
        raise DTypeError("LL254", dtype=self.dtype)
    wide = dt.float64 if self.dtype.itemsize > 4 else dt.float32
    drawn = 1 - rand(self.shape, generator=generator, dtype=wide)
    return finish(self, cast(values(drawn), self.dtype), next(sequence), name, derived=False)


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill with random waiting times: density lambd exp(-lambd x)."""
    return _filled(self, "exponential", lambda u: neg(log(u)) / lambd, generator)


def geometric_(self: Tensor, p: float, *, generator: Any = None) -> Tensor:
    """Fill with the number of the first success of trials that succeed with probability p."""
    if not 0 < p < 1:
        raise ArgumentError("LL632", argument="p", value=p)
    scale = 1 / math.log1p(-p)
    return _filled(self, "geometric", lambda u: ceil(log(u) * scale).clamp(min=1), generator)


def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *,
            generator: Any = None) -> Tensor:  # fmt: skip
    """Fill with numbers of the Cauchy distribution."""
    return _filled(self, "cauchy", lambda u: tan((u - 0.5) * math.pi) * sigma + median, generator)


def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *,
                generator: Any = None) -> Tensor:  # fmt: skip
    """Fill with exponentials of normal random numbers."""
    drawn = exp(add(mul(randn(self.shape, generator=generator, dtype=self.dtype), std), mean))
    return finish(self, drawn, next(sequence), "log_normal", derived=False)


# --- generators -------------------------------------------------------------------------------
def manual_seed(seed: int) -> Generator:
    """Start the default generator from `seed`; the same seed gives the same numbers.

    Errors: LL618 if the seed is not a whole number.
    """
    _not_recorded("manual_seed")
    try:
        return generators.default_generator.manual_seed(operator.index(seed))
    except TypeError:
        raise ArgumentError("LL618", seed=repr(seed)) from None


def seed() -> int:
    """Start the default generator from the system's randomness, and return that seed."""
    _not_recorded("seed")
    return generators.default_generator.seed()


def initial_seed() -> int:
    """The seed that the default generator was started from."""
    return generators.default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator, as 16 bytes."""
    return fresh(generators.default_generator.get_state())


def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator back to a state."""
    _not_recorded("set_rng_state")
    generators.default_generator.set_state(new_state._array)


def _not_recorded(what: str) -> None:
    """A program goes on from the generator's state; it cannot set it."""
    if STATE.recorder is not None:
        STATE.recorder.refuse("LL706", what=what)
