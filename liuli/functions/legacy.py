"""PyTorch's old constructors: `Tensor(2, 3)`, `Tensor([1, 2])`, `FloatTensor`, `LongTensor` ...

`liuli.tensor`, `zeros` and their like say what they do; these are for programs that are there.
"""

from __future__ import annotations

from typing import Any

from .. import dtypes as dt
from ..autodiff.tensor import Size, Tensor
from ..devices import require
from .arithmetic import cast
from .creation import tensor, zeros

__mirrors__ = "torch"


def made(data: tuple[Any, ...], dtype: dt.DType, device: Any = None) -> Tensor:
    """From sizes a tensor of zeros, from a sequence or array its numbers in `dtype`."""
    require(device)
    if len(data) == 1 and isinstance(data[0], Tensor):
        return cast(data[0].detach(), dtype)
    if len(data) == 1 and not isinstance(data[0], (int, Size)):
        return tensor(data[0], dtype=dtype)
    return zeros(*(data or (0,)), dtype=dtype)


def init_tensor(self: Tensor, *data: Any, device: Any = None) -> None:
    """`Tensor(2, 3)` is zeros of that shape, `Tensor([1, 2])` the numbers as floats."""
    alone = len(data) == 1 and isinstance(data[0], Tensor)
    source = made(data, data[0].dtype if alone else dt.default_dtype(), device)
    self._array, self._storage, self._view = source._array, source._storage, source._view
    self._edge = self._grad = None


class TensorType(type):
    """A type that makes tensors of one dtype, and knows its own again."""

    dtype: dt.DType

    def __call__(cls, *data: Any, device: Any = None) -> Tensor:
        return made(data, cls.dtype, device)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype


def _of(name: str, dtype: dt.DType) -> TensorType:
    text = f"Old: {name}([1, 2]) is tensor([1, 2], dtype={dtype.name}), {name}(2, 3) is zeros."
    return TensorType(name, (), {"dtype": dtype, "__doc__": text, "__module__": "liuli"})


FloatTensor = _of("FloatTensor", dt.float32)
DoubleTensor = _of("DoubleTensor", dt.float64)
HalfTensor = _of("HalfTensor", dt.float16)
BFloat16Tensor = _of("BFloat16Tensor", dt.bfloat16)
LongTensor = _of("LongTensor", dt.int64)
IntTensor = _of("IntTensor", dt.int32)
ShortTensor = _of("ShortTensor", dt.int16)
CharTensor = _of("CharTensor", dt.int8)
ByteTensor = _of("ByteTensor", dt.uint8)
BoolTensor = _of("BoolTensor", dt.bool_)
