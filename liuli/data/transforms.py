"""Transforms of inputs, item by item or on a whole batch at once.

A transform is called with one item. One that also has a batch form, `batch(x)` with x of shape
(N, ...), gives there what it gives item by item; `Compose` has a batch form if all of its members
have one, and then data in memory are transformed by the batch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import dtypes as dt
from ..autodiff.tensor import Tensor, fresh
from ..errors import DataError
from ..functions import calls, names
from ..messages.words import Word
from .augmentation import (
    InterpolationMode,
    RandomAffine,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomShift,
    RandomVerticalFlip,
)
from .transform_base import Form, Transform

__mirrors__ = "torchvision"
__all__ = [
    "Compose",
    "Flatten",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "RandomAffine",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomShift",
    "RandomVerticalFlip",
    "ToTensor",
    "Transform",
]

Array = npt.NDArray[Any]


def batch_form(transform: Any) -> Form | None:
    """How to transform a whole batch, or None where it goes item by item.

    Example:
        >>> import liuli
        >>> from liuli.data import transforms as T
        >>> T.batch_form(T.Compose([T.ToTensor(), T.Lambda(lambda x: 1 - x)])) is None
        True
    """
    if isinstance(transform, Transform) and transform.has_batch():
        return transform.batch
    return None


class Compose(Transform):
    """Transforms one after the other. Errors: LL943 for what is no list of them.

    Example:
        >>> import liuli
        >>> from liuli.data import transforms as T
        >>> prepare = T.Compose([T.ToTensor(), T.Normalize((0.5,), (0.5,))])
        >>> prepare(np.full((1, 2), 255, np.uint8))
        tensor([[[1., 1.]]])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        name = type(self).__name__
        if not isinstance(transforms, Iterable):
            raise DataError("LL943", name=name, what=f"{transforms!r}",
                            wanted=f"{name}([{transforms!r}])")  # fmt: skip
        for each in transforms:
            if isinstance(each, type) and issubclass(each, Transform):
                kind = each.__name__
                what = Word("the class {name}", name=kind)
                raise DataError("LL943", name=name, what=what, wanted=f"{kind}(...)")
        self.transforms = transforms

    def __call__(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def batch(self, x: Any) -> Any:
        """All transforms on the whole batch."""
        for transform in self.transforms:
            form = batch_form(transform)
            assert form is not None
            x = form(x)
        return x

    def has_batch(self) -> bool:
        """Whether all members have a batch form."""
        return super().has_batch() and all(batch_form(t) is not None for t in self.transforms)

    def __repr__(self) -> str:
        lines = [f"    {transform}" for transform in self.transforms]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"])


class Lambda(Transform):
    """Any function of one item; with `batch`, also one that does the same to a whole batch.

    Example:
        >>> import liuli
        >>> from liuli.data import transforms as T
        >>> T.Lambda(lambda x: x * 2)(3)
        6
    """

    def __init__(self, lambd: Form, *, batch: Form | None = None) -> None:
        if not callable(lambd):
            raise DataError("LL943", name="Lambda", what=repr(lambd), wanted="f(x)")
        self.lambd = lambd
        self.on_batch = batch

    def __call__(self, x: Any) -> Any:
        return self.lambd(x)

    def batch(self, x: Any) -> Any:
        """The function given for batches."""
        assert self.on_batch is not None
        return self.on_batch(x)

    def has_batch(self) -> bool:
        """Whether a function for batches was given."""
        return super().has_batch() and self.on_batch is not None


class ToTensor(Transform):
    """An image as a float tensor of shape (C, H, W); uint8 pixels are divided by 255.

    Takes a NumPy array or a Pillow image of shape (H, W) or (H, W, C). Other dtypes than uint8
    are kept, as torchvision does. Errors: LL943 for anything else.

    Example:
        >>> import liuli
        >>> liuli.data.transforms.ToTensor()(np.array([[0, 51, 255]], np.uint8))
        tensor([[[0.0000, 0.2000, 1.0000]]])
    """

    def __call__(self, x: Any) -> Tensor:
        image = self._pixels(x)
        if image.ndim not in (2, 3):
            raise self._refused(image.shape, Word("(H, W) or (H, W, C)"))
        return fresh(_scaled(image[None] if image.ndim == 2 else image.transpose(2, 0, 1)))

    def batch(self, x: Any) -> Tensor:
        """Images (N, H, W) or (N, H, W, C) as a tensor (N, C, H, W)."""
        images = self._pixels(x)
        if images.ndim not in (3, 4):
            raise self._refused(images.shape, Word("(N, H, W) or (N, H, W, C)"))
        planes = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        return fresh(_scaled(planes))

    def _pixels(self, x: Any) -> Array:
        if isinstance(x, np.ndarray):
            return x
        if isinstance(x, Tensor) or not hasattr(x, "__array_interface__"):
            raise DataError(
                "LL943",
                name="ToTensor",
                what=type(x).__name__,
                wanted=Word("numpy.ndarray or PIL.Image"),
            )
        pixels = np.asarray(x)
        return pixels * np.uint8(255) if pixels.dtype == bool else pixels  # black and white

    def _refused(self, shape: tuple[int, ...], wanted: str) -> DataError:
        what = Word("shape {shape}", shape=shape)
        return DataError("LL943", name="ToTensor", what=what, wanted=wanted)


def _scaled(planes: Array) -> Array:
    planes = np.ascontiguousarray(planes)
    if planes.dtype != np.uint8:
        return planes
    scaled: Array = planes.astype(dt.default_dtype().numpy)
    scaled /= 255
    return scaled


class Normalize(Transform):
    """`(x - mean) / std`, channel by channel, of a float tensor (..., C, H, W).

    `mean` and `std` have one number, or one a channel. Errors: LL943 for a std of 0, for a
    tensor that is not float or has fewer than three axes, and for other numbers of channels.

    Example:
        >>> import liuli
        >>> liuli.data.transforms.Normalize((0.5,), (0.25,))(liuli.ones(1, 1, 2))
        tensor([[[2., 2.]]])
    """

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        self.mean, self.std, self.inplace = mean, std, inplace

    def __call__(self, x: Tensor) -> Tensor:
        if not isinstance(x, Tensor):
            raise self._refused(type(x).__name__, Word("Tensor: put ToTensor() before it"))
        array = x._array
        if array.dtype.kind == "V" or array.dtype.kind != "f" or array.ndim < 3:
            raise self._refused(
                Word("{dtype} of shape {shape}", dtype=x.dtype, shape=array.shape),
                Word("floats (..., C, H, W)"),
            )
        mean, std = (np.asarray(v, array.dtype).reshape(-1, 1, 1) for v in (self.mean, self.std))
        if not std.all():
            raise self._refused(f"std={self.std}", "std != 0")
        if any(len(v) not in (1, array.shape[-3]) for v in (mean, std)):
            given = Word("{channels} means and {count} stds", channels=len(mean), count=len(std))
            wanted = Word("one for each of {channels} channels", channels=array.shape[-3])
            raise self._refused(given, wanted)
        if self.inplace:
            return x.sub_(fresh(mean)).div_(fresh(std))
        out = array - mean
        out /= std
        return fresh(out)

    batch = __call__

    def _refused(self, what: str, wanted: str) -> DataError:
        return DataError("LL943", name="Normalize", what=what, wanted=wanted)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Flatten(Transform):
    """An item of any shape as a vector, a batch (N, ...) as a matrix (N, F).

    Example:
        >>> import liuli
        >>> liuli.data.transforms.Flatten()(liuli.ones(1, 28, 28)).shape
        liuli.Size([784])
    """

    def __call__(self, x: Any) -> Any:
        return x.reshape(-1)

    def batch(self, x: Any) -> Any:
        """Each item as a row."""
        return x.reshape(len(x), -1)


LATER = frozenset(
    """
    AugMix AutoAugment CenterCrop ColorJitter ConvertImageDtype ElasticTransform FiveCrop
    GaussianBlur Grayscale LinearTransformation PILToTensor Pad RandAugment
    RandomAdjustSharpness RandomApply RandomAutocontrast RandomChoice
    RandomEqualize RandomErasing RandomGrayscale
    RandomInvert RandomOrder RandomPerspective RandomPosterize RandomResizedCrop
    RandomSolarize Resize TenCrop ToPILImage
    TrivialAugmentWide functional v2
""".split()
)

calls.guard_classes({name: item for name, item in globals().items() if name in __all__})
__getattr__ = names.lookup(sys.modules[__name__], LATER, {})
