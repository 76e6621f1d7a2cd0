"""From tensors to the outside: Python numbers, NumPy, dtypes and devices, and how they print."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import dtypes as dt
from .. import ops
from ..autodiff.describe import rows
from ..autodiff.node import Leaf, Node
from ..autodiff.state import STATE
from ..autodiff.tensor import Array, Size, Tensor, apply, edge_of, fresh
from ..devices import KINDS, Device, require
from ..errors import ArgumentError, DTypeError, GradientError
from . import arithmetic as A
from .format import format_scalar, tensor_repr
from .reductions import ValuesIndices, axis_of, take_along
from .shapes import unbind

__mirrors__ = "torch"


def _asked(input: Tensor, what: str) -> Array:
    """The numbers, for a question outside the program. While recording that is refused."""
    if STATE.recorder is not None:
        STATE.recorder.refuse("LL702", what=what)
    return input._array


def item(input: Tensor) -> Any:
    """The one element as a Python number. Errors: LL619 for more or less than one."""
    array = _asked(input, ".item()")
    if array.size != 1:
        raise ArgumentError("LL619", rows=rows(tensor=input), count=array.size)
    return array.item() if array.dtype.kind != "V" else builtins.float(array.reshape(()))


def tolist(input: Tensor) -> Any:
    """The elements as nested lists of Python numbers."""
    array = _asked(input, ".tolist()")
    return (array.astype(np.float32) if array.dtype.kind == "V" else array).tolist()


def numpy(input: Tensor, *, force: bool = False) -> Array:
    """The numbers as a NumPy array over the same memory.

    Writes show on both sides and are not versioned. Errors: LL417 while a gradient is wanted.
    """
    if edge_of(input) is not None and not force:
        raise GradientError("LL417", rows=rows(tensor=input))
    if STATE.capture is not None:
        STATE.capture.sync()
    return _asked(input, ".numpy()")


def as_array(input: Tensor, dtype: Any = None, copy: bool | None = None) -> Array:
    """What `numpy.asarray(tensor)` gives."""
    return np.array(numpy(input), dtype=dtype, copy=copy)


def truth(input: Tensor) -> bool:
    """Whether the one element is non-zero. Errors: LL620 for many elements."""
    array = _asked(input, "a truth value (if, while, and, or)")
    if array.size != 1:
        raise ArgumentError("LL620", rows=rows(tensor=input), count=array.size)
    return builtins.bool(array)


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is non-zero. Errors: LL620 for many elements."""
    return truth(input)


def as_float(input: Tensor) -> float:
    """float(x)."""
    return builtins.float(item(input))


def as_int(input: Tensor) -> int:
    """int(x)."""
    return builtins.int(item(input))


def as_index(input: Tensor) -> int:
    """x used as a position. Errors: LL207 if it is not a whole number."""
    if input._array.dtype.kind not in "iub":
        raise DTypeError("LL207", dtype=input.dtype)
    return builtins.int(item(input))


def length(input: Tensor) -> int:
    """len(x): the length of the first axis. Errors: LL309 for a 0-d tensor."""
    if not input.ndim:
        raise ArgumentError("LL622")
    return builtins.int(input._array.shape[0])


def iterate(input: Tensor) -> Iterator[Tensor]:
    """The slices along the first axis."""
    if not input.ndim:
        raise ArgumentError("LL622")
    return iter(unbind(input, 0))


def contains(input: Tensor, element: Any) -> bool:
    """Whether some element equals `element`."""
    return builtins.bool(
        (_asked(input, "in") == (element._array if isinstance(element, Tensor) else element)).any()
    )


# --- printing ---------------------------------------------------------------------------------
def text(input: Tensor) -> str:
    """repr(x), in PyTorch's manner with 4 digits."""
    edge = edge_of(input)
    grad_fn = edge.name() if isinstance(edge, Node) else None
    array, wants = _asked(input, "printing"), isinstance(edge, Leaf)
    return tensor_repr(array, dtype=input.dtype.name, requires_grad=wants, grad_fn=grad_fn,
                       default=dt.default_dtype().name)  # fmt: skip


def formatted(input: Tensor, spec: str) -> str:
    """f"{x:.4f}" for one element; without a format the whole tensor."""
    if not spec:
        return text(input) if input.ndim else str(item(input.detach()))
    if not input.ndim:
        return format_scalar(item(input.detach()), spec)
    try:
        return format(text(input), spec)
    except ValueError:
        if input._array.size == 1:
            return format_scalar(item(input.detach()), spec)
        raise ArgumentError("LL619", count=input._array.size) from None


# --- dtypes and devices -----------------------------------------------------------------------
def to(input: Tensor, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False,
       copy: bool = False, memory_format: Any = None) -> Tensor:  # fmt: skip
    """The tensor in another dtype or on another device; itself if it is so already."""
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, Device) or (
            isinstance(arg, str) and arg.partition(":")[0] in (*KINDS, "gpu", "mps", "xpu")
        ):
            device = arg
        elif isinstance(arg, (dt.DType, np.dtype, type, str)):
            dtype = arg
    require(device)
    result = input if dtype is None else A.cast(input, dtype)
    return result.clone() if copy and result is input else result


def caster(dtype: dt.DType, name: str) -> Callable[..., Tensor]:
    """The method that casts to one dtype."""

    def method(input: Tensor, memory_format: Any = None) -> Tensor:
        return A.cast(input, dtype)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The tensor as {dtype.name}."
    return method


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of `other`."""
    return A.cast(input, other.dtype)


_LEGACY = {"float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16",
           "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte",
           "bool": "Bool", "uint32": "UInt32"}  # fmt: skip


def type_(input: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the tensor's type, such as "torch.FloatTensor"; or the tensor cast."""
    if dtype is None:
        return f"torch.{_LEGACY[input.dtype.name]}Tensor"
    if isinstance(getattr(dtype, "dtype", None), dt.DType):
        dtype = dtype.dtype  # liuli.FloatTensor
    if isinstance(dtype, str) and dtype.endswith("Tensor"):
        wanted = dtype.rpartition(".")[2].removesuffix("Tensor")
        dtype = next(name for name, old in _LEGACY.items() if old == wanted)
    return A.cast(input, dtype)


def cpu(input: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor on the CPU."""
    return input


def cuda(input: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """The tensor on a GPU. Errors: LL502 says why there is none."""
    require("cuda")
    return input


def get_device(input: Tensor) -> int:
    """The number of the device, which is -1 for the CPU."""
    return -1


def itself(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """The tensor itself: what this method arranges elsewhere is always so here."""
    return input


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy in memory of its own; gradients flow through it."""
    return apply(ops.state.copy, input)


def deep_copy(input: Tensor, memo: dict[int, Any]) -> Tensor:
    """copy.deepcopy(x): a leaf of its own. Errors: LL420 for a computed tensor."""
    if isinstance(edge_of(input), Node):
        raise GradientError("LL420", rows=rows(tensor=input))
    copy = fresh(input._array.copy())
    if edge_of(input) is not None:
        copy.requires_grad_()
    if isinstance(input._grad, Tensor):
        copy._grad = fresh(input._grad._array.copy())
    memo[id(input)] = copy
    return copy


def pickled(input: Tensor) -> Any:
    """For pickle: the values, and whether a gradient is wanted; copy.copy shares the memory.

    Errors: LL420 for a computed tensor.
    """
    if isinstance(edge_of(input), Node):
        raise GradientError("LL420", rows=rows(tensor=input))
    return _unpickled, (input._array, input.requires_grad, input.__dict__)


def _unpickled(array: Any, requires_grad: bool, names: dict[str, Any]) -> Tensor:
    made = fresh(array)
    made.__dict__.update(names)
    return made.requires_grad_() if requires_grad else made


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor with its elements next to each other in order: itself, or a copy."""
    return input if input._array.flags.c_contiguous else clone(input)


def is_contiguous(input: Tensor, memory_format: Any = None) -> bool:
    """Whether the elements lie next to each other in order."""
    return builtins.bool(input._array.flags.c_contiguous)


# --- questions about shape and kind -----------------------------------------------------------
def size(input: Tensor, dim: int | None = None) -> Any:
    """The shape, or the length of one axis."""
    return Size(input._array.shape) if dim is None else input._array.shape[axis_of(input, dim)]


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input._array.size


def dim(input: Tensor) -> int:
    """The number of axes."""
    return input._array.ndim


def stride(input: Tensor, dim: int | None = None) -> Any:
    """How far apart neighbours along each axis lie, in elements."""
    steps = tuple(s // input._array.itemsize for s in input._array.strides)
    return steps if dim is None else steps[dim]


def element_size(input: Tensor) -> int:
    """Bytes an element."""
    return input._array.itemsize


def storage_offset(input: Tensor) -> int:
    """Where the tensor begins in its storage, in elements."""
    start = input._array.__array_interface__["data"][0]
    return builtins.int(
        (start - input._storage.value.__array_interface__["data"][0]) // input._array.itemsize
    )


def data_ptr(input: Tensor) -> int:
    """The address of the first element."""
    return builtins.int(input._array.__array_interface__["data"][0])


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are floating numbers."""
    return input.dtype.is_floating_point


def is_complex(input: Tensor) -> bool:
    """Always False: there are no complex numbers here."""
    return False


def is_signed(input: Tensor) -> bool:
    """Whether elements can be negative."""
    return input.dtype.is_signed


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape."""
    return builtins.bool(input._array.shape == other._array.shape)


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape and the same elements."""
    return builtins.bool(np.array_equal(_asked(input, "equal"), other._array))


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8,
             equal_nan: bool = False) -> bool:  # fmt: skip
    """Whether |input - other| <= atol + rtol |other| everywhere."""
    return truth(A.isclose(input, other, rtol, atol, equal_nan).all())


# --- counting, whose results have a size that depends on the numbers ---------------------------
def unique(input: Tensor, sorted: bool = True, return_inverse: bool = False,
           return_counts: bool = False, dim: int | None = None) -> Any:  # fmt: skip
    """The distinct elements in order; with their places and counts if asked."""
    values, inverse, counts = np.unique(_asked(input, "unique"), return_inverse=True,
                                        return_counts=True, axis=dim)  # fmt: skip
    shape = input._array.shape if dim is None else (-1,)
    extra = [fresh(inverse.reshape(shape).astype(np.int64))] if return_inverse else []
    extra += [fresh(counts.astype(np.int64))] if return_counts else []
    return (fresh(values), *extra) if extra else fresh(values)


def unique_consecutive(input: Tensor, return_inverse: bool = False,
                       return_counts: bool = False) -> Any:  # fmt: skip
    """The elements without immediate repetitions."""
    flat = _asked(input, "unique_consecutive").reshape(-1)
    first = np.r_[True, flat[1:] != flat[:-1]] if flat.size else np.zeros(0, np.bool_)
    extra = [fresh((np.cumsum(first) - 1).reshape(input._array.shape))] if return_inverse else []
    starts = np.flatnonzero(first)
    extra += [fresh(np.diff(np.r_[starts, flat.size]).astype(np.int64))] if return_counts else []
    return (fresh(flat[first]), *extra) if extra else fresh(flat[first])


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... occurs, or the sum of its weights."""
    given = None if weights is None else weights._array
    found = np.bincount(_asked(input, "bincount"), given, minlength)
    return fresh(found if given is None or given.dtype != np.float32 else found.astype(np.float32))


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of `bins` equal intervals between min and max."""
    array = _asked(input, "histc")
    low, high = (min, max) if min != max else (array.min(), array.max())
    low, high = (low - 1, high + 1) if low == high else (low, high)
    return fresh(np.histogram(array, bins, (low, high))[0].astype(array.dtype))


def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    right: bool = False,
    out_int32: bool = False,
    side: str | None = None,
) -> Tensor:
    """Where each element of `input` would be inserted to keep the order."""
    values = input if isinstance(input, Tensor) else fresh(np.asarray(input))
    found = apply(ops.host.searchsorted, sorted_sequence, values, right=right or side == "right")
    return A.cast(found, dt.int32) if out_int32 else found


def bucketize(
    input: Any, boundaries: Tensor, *, right: bool = False, out_int32: bool = False
) -> Tensor:
    """The number of the interval between boundaries that holds each element."""
    return searchsorted(boundaries, input, right=right, out_int32=out_int32)


def _most_frequent(row: Array) -> int:
    """Where the most frequent number of a row, the smallest of several, stands last."""
    _, inverse, counts = np.unique(row, return_inverse=True, return_counts=True)
    return builtins.int(np.flatnonzero(inverse == np.argmax(counts))[-1])


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element along `dim` (the smallest of several), and where it last stands."""
    axis = axis_of(input, dim)
    found = np.apply_along_axis(_most_frequent, axis, np.atleast_1d(_asked(input, "mode")))
    indices = fresh(np.expand_dims(found, axis).reshape([1 if i == axis else n for i, n in
                    enumerate(input._array.shape)]).astype(np.int64))  # fmt: skip
    values = take_along(input, indices, axis)
    return ValuesIndices(*(x if keepdim else x.squeeze(axis) for x in (values, indices)))
