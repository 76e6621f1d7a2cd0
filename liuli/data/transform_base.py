"""What a transform is: a function of an item, perhaps with a form for whole batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .dataset import as_new_as

Form = Callable[[Any], Any]


class Transform:
    """A transform with a batch form: a subclass defines `__call__(x)` and `batch(x)`.

    Example:
        >>> import liuli
        >>> class Invert(liuli.data.transforms.Transform):
        ...     def __call__(self, x):
        ...         return 255 - x
        ...     batch = __call__
        >>> Invert()(np.uint8([0, 255]))
        array([255,   0], dtype=uint8)
    """

    def __call__(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define __call__")

    def batch(self, x: Any) -> Any:
        """The transform of every item of a batch, x of shape (N, ...)."""
        raise NotImplementedError(f"{type(self).__name__} does not define batch")

    def has_batch(self) -> bool:
        """Whether `batch` can be used."""
        return as_new_as(type(self), "batch", "__call__")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
