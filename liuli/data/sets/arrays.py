"""Labelled data in memory: what every data set here is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ...autodiff.tensor import Tensor, fresh
from ...errors import DataError, Row
from ..dataset import Indices, InMemory, Rows, rows_at
from ..transforms import batch_form

Array = npt.NDArray[Any]
Transform = Callable[[Any], Any]


class Arrays(InMemory[tuple[Any, Any]]):
    """Inputs and targets as two NumPy arrays of equal length, with the names of the classes.

    `inputs` are uint8 (N, H, W) for images and float32 (N, F) for tables; `targets` are int64
    (N,) labels or float32 (N,) numbers. Item i is `(transform(inputs[i]), targets[i])`.
    Errors: LL931 if the lengths differ.

    Example:
        >>> import liuli
        >>> data = liuli.data.sets.Arrays(np.float32([[0, 1], [2, 3]]), np.array([1, 0]))
        >>> data[0]
        (array([0., 1.], dtype=float32), 1)
    """

    def __init__(self, inputs: Array, targets: Array, *, classes: list[str] | None = None,
                 name: str = "data", transform: Transform | None = None,
                 target_transform: Transform | None = None) -> None:  # fmt: skip
        if len(inputs) != len(targets):
            rows = [
                Row("inputs", f"{len(inputs):,} items"),
                Row("targets", f"{len(targets):,} items"),
            ]
            raise DataError(
                "LL931", rows=rows, a="inputs", m=len(inputs), b="targets", n=len(targets)
            )
        self.inputs = inputs
        self.targets = targets
        self.classes = classes
        self.name = name
        self.transform = transform
        self.target_transform = target_transform

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        x, y = self.inputs[index], self.targets[index]
        if np.ndim(y) == 0 and y.dtype.kind in "iu":
            y = int(y)
        if self.transform is not None:
            x = self.transform(x)
        return x, y if self.target_transform is None else self.target_transform(y)

    def __repr__(self) -> str:
        what = f", {len(self.classes)} classes" if self.classes else ""
        shape = "x".join(map(str, self.inputs.shape[1:]))
        return f"{type(self).__name__}({self.name}: {len(self):,} items of {shape}{what})"

    def by_rows(self) -> Rows | None:
        """One look-up, then the transform on the whole batch, if it has a batch form."""
        form = unchanged if self.transform is None else batch_form(self.transform)
        if form is None or self.target_transform or self.inputs.dtype.kind not in "biuf":
            return None

        def rows(indices: Indices) -> list[Tensor]:
            x = form(rows_at(self.inputs, indices))
            y = fresh(rows_at(self.targets, indices))
            return [x if isinstance(x, Tensor) else fresh(x), y]

        return rows


def unchanged(x: Any) -> Any:
    """What is done where no transform is given."""
    return x
