"""A group of parameters and its hyperparameters, whose numbers live in float64 cells.

A recorded program reads a cell each time it runs. So a schedule that writes `group["lr"]` changes
what the program does next, and nothing is recorded anew.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator
from typing import Any

import numpy as np

from ..autodiff.state import EDITS, STATE
from ..autodiff.tensor import Tensor, make
from ..errors import ArgumentError
from ..storage import Storage


def state_tensor(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor over `array` that a recorder, when it meets it, takes for state from before."""
    return make(array, Storage(array))


class Cell:
    """One number in memory of its own."""

    __slots__ = ("tensor",)

    def __init__(self, value: float) -> None:
        self.tensor = state_tensor(np.array(float(value)))

    @property
    def value(self) -> float:
        """The number it holds now."""
        return float(self.tensor._array)

    def write(self, value: float) -> None:
        """Hold another number."""
        if bool(value) != bool(self.tensor._array):  # what is zero is left out of programs
            EDITS.number += 1
        self.tensor._array[...] = value
        self.tensor._storage.version += 1


def plain(stored: Any) -> Any:
    """What a user sees: floats for cells."""
    if type(stored) is Cell:
        return stored.value
    return tuple(map(plain, stored)) if type(stored) is tuple else stored


def symbolic(stored: Any) -> Any:
    """What a recorded program reads: the tensors of cells."""
    if type(stored) is Cell:
        return stored.tensor
    return tuple(map(symbolic, stored)) if type(stored) is tuple else stored


def number(value: Any) -> Any:
    """A number of any kind, and a tensor that holds one, as a float; anything else as it is."""
    if isinstance(value, Tensor):
        return float(value._array.item()) if value._array.size == 1 else value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value)
    if isinstance(value, tuple):
        return tuple(map(number, value))
    if isinstance(value, list) and all(isinstance(x, (int, float)) for x in value):
        return tuple(map(number, value))  # betas=[0.9, 0.999]
    return value


class Group(dict[str, Any]):
    """Parameters that are trained with the same hyperparameters: an entry of `param_groups`.

    It is used as a dict. Numbers read and write as plain floats; while a program is recorded they
    read as 0-d float64 tensors.

    Errors: LL681 for a number that is replaced by something else, LL694 for a write while a
    program is recorded.

    Example:
        >>> w = liuli.ones(2, requires_grad=True)
        >>> group = liuli.optim.SGD([w], lr=0.1).param_groups[0]
        >>> group["lr"] /= 10
        >>> group["lr"]
        0.01
    """

    __slots__ = ()

    def __init__(self, entries: Any = (), **more: Any) -> None:
        super().__init__()
        self.update(entries, **more)

    def stored(self) -> ItemsView[str, Any]:
        """The entries as they are kept, with cells in place of numbers."""
        return super().items()

    @property
    def params(self) -> list[Tensor]:
        """Its parameters."""
        params: list[Tensor] = super().__getitem__("params")
        return params

    def __getitem__(self, key: str) -> Any:
        stored = super().__getitem__(key)
        return plain(stored) if STATE.recorder is None else symbolic(stored)

    def __setitem__(self, key: str, value: Any) -> None:
        if STATE.recorder is not None:
            STATE.recorder.refuse("LL694", what=f'group["{key}"] = ...')
        super().__setitem__(key, _replaced(key, super().get(key), number(value)))

    def __iter__(self) -> Iterator[str]:  # with it, dict(group) and {**group} read plain numbers
        return super().__iter__()

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        try:
            return self[key]
        except KeyError:
            return default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of `key`, which is `default` from now on if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, entries: Any = (), **more: Any) -> None:  # type: ignore[override]
        """Write several entries."""
        for key, value in dict(entries, **more).items():
            self[key] = value

    def pop(self, key: str, *default: Any) -> Any:
        """Take `key` out and return its value."""
        stored = super().pop(key, *default)
        return plain(stored)

    def values(self) -> Any:
        """The values, numbers as floats."""
        return self.copy().values()

    def items(self) -> Any:
        """(name, value) pairs, numbers as floats."""
        return self.copy().items()

    def copy(self) -> dict[str, Any]:
        """A plain dict of the same values, which no longer follow the group's."""
        return {key: self[key] for key in self}

    def __eq__(self, other: object) -> bool:
        return self.copy() == (other.copy() if isinstance(other, Group) else other)

    __hash__ = None

    def __repr__(self) -> str:
        return repr({key: plain(stored) for key, stored in self.stored()})

    def __reduce__(self) -> tuple[Any, ...]:
        return Group, ({key: plain(stored) for key, stored in self.stored()},)


def _replaced(key: str, stored: Any, value: Any) -> Any:
    """`value` as it is kept: in the cells that are there already, where they fit."""
    if type(stored) is not Cell:
        EDITS.number += 1
    if type(stored) is Cell:
        if type(value) is not float:
            raise ArgumentError("LL681", owner="group", name=key, value=repr(value), range="float")
        stored.write(value)
        return stored
    if type(stored) is tuple and type(value) is tuple and len(stored) == len(value):
        return tuple(_replaced(key, a, b) for a, b in zip(stored, value, strict=True))
    return celled(value)


def celled(value: Any) -> Any:
    """Floats as new cells, also in a tuple."""
    if type(value) is float:
        return Cell(value)
    return tuple(map(celled, value)) if type(value) is tuple else value
