"""Objects from arrays and a plain JSON value: the way back from `packing`.

What a file says is not trusted: classes are found in tables, never by import; views are followed
step by step and never leave their array; whatever else makes no sense is a FileError.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Size, Tensor, apply, fresh
from ..devices import Device
from ..errors import FileError, LiuliError
from ..ops import REGISTRY
from ..rng import default_generator
from .module import Module
from .packing import NOT_KEPT, REGISTRIES
from .parameter import Parameter, UninitializedParameter

NONSENSE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


def unpack(arrays: dict[str, Any], meta: Any, path: str, classes: Iterable[Any] = ()) -> Any:
    """The object that `pack` made arrays and a value of; arrays alone are tensors by name.

    Errors: LL925 for a class that is not known here, LL926 for a module that cannot be built,
    LL906 for what no version of Liuli wrote.
    """
    if not isinstance(meta, dict) or meta.get("kind") != "object":
        return {name: fresh(array) for name, array in arrays.items()}
    unpacker = Unpacker(arrays, meta, path, tuple(classes))
    try:
        return unpacker.read(meta.get("content", {}))
    except LiuliError as error:
        if isinstance(error, FileError):
            raise
        raise FileError("LL906", path=path, place=unpacker.place) from None
    except NONSENSE:
        raise FileError("LL906", path=path, place=unpacker.place) from None


class Unpacker:
    """Reads one object; tensors and modules are made once, when they are first asked for."""

    def __init__(
        self, arrays: dict[str, Any], meta: dict[str, Any], path: str, classes: tuple[Any, ...]
    ) -> None:
        self.arrays, self.path, self.classes = arrays, path, classes
        self.tables = {"tensor": meta.get("tensors"), "module": meta.get("modules")}
        self.made: dict[tuple[str, int], Any] = {}
        self.bases: dict[str, Tensor] = {}
        self.place = "content"  # what is being read: for messages

    def read(self, x: Any) -> Any:
        """The object that a JSON value stands for."""
        if isinstance(x, list):
            return [self.read(part) for part in x]
        if not isinstance(x, dict):
            return x
        ((kind, value),) = x.items()
        return READINGS[kind](self, value)

    def pairs(self, value: Any) -> Iterator[tuple[Any, Any]]:
        items = value.items() if isinstance(value, dict) else value
        return ((self.read(key), self.read(part)) for key, part in items)

    def once(self, kind: str, number: int, make: Callable[[Any], Any]) -> Any:
        """An entry of a table. One that is needed to make itself makes no sense."""
        key, table = (kind, _whole(number)), self.tables[kind]
        if not isinstance(table, list) or not 0 <= number < len(table):
            raise ValueError
        if key not in self.made:
            self.made[key] = None
            before, self.place = self.place, f"{kind} {number}"
            self.made[key] = make(table[number])
            self.place = before
        if self.made[key] is None:
            raise ValueError
        return self.made[key]

    # --- tensors ----------------------------------------------------------------------------------
    def tensor(self, number: Any) -> Tensor:
        made: Tensor = self.once("tensor", number, self._tensor)
        return made

    def _tensor(self, entry: dict[str, Any]) -> Tensor:
        grad = bool(entry["grad"])
        if entry["kind"] == "lazy":
            return UninitializedParameter(grad)
        name = entry["array"]
        if name not in self.bases:
            self.bases[name] = fresh(self.arrays[name])
        with no_grad():
            look = self.bases[name]
            for step, attrs in entry.get("chain", ()):
                look = _looked(look, step, attrs)
        if entry["kind"] == "parameter":
            return Parameter(look, grad)
        return look.detach().requires_grad_(grad)

    # --- modules ----------------------------------------------------------------------------------
    def module(self, number: Any) -> Module:
        made: Module = self.once("module", number, self._module)
        return made

    def _module(self, entry: dict[str, Any]) -> Module:
        name = entry["class"]
        kind = self._class(name, entry["ours"])
        if "made" in entry:
            args, kwargs = self.read(entry["made"])
            module = self._constructed(kind, args, kwargs)
        else:
            module = Module.__new__(kind)
            Module.__init__(module)
            module.__dict__["_made_from"] = None
        attributes = entry["attributes"].items()
        own = {_text(key): self.read(x) for key, x in attributes if key not in NOT_KEPT}
        if not isinstance(own.get("_unsaved", set()), set):
            raise TypeError
        module.__dict__.update(own)
        for home, expected in zip(REGISTRIES, (Parameter, Tensor, Module), strict=True):
            self._register(module, home, expected, entry[home[1:]])
        return module

    def _register(self, module: Module, home: str, expected: Any, said: dict[str, Any]) -> None:
        """Give the module exactly those parts of one kind that the file has."""
        for name in set(module.__dict__[home]) - set(said):
            del module.__dict__[home][name]
            module.__dict__.pop(name, None)
        for name, x in said.items():
            part = self.read(x)
            if not (part is None or isinstance(part, expected)):
                raise TypeError
            module.__dict__[home].pop(name, None)  # the order is the file's
            module.__dict__[home][name] = module.__dict__[name] = part

    def _constructed(self, kind: Any, args: Any, kwargs: Any) -> Module:
        """Made by its class, without a trace in the random numbers."""
        state = default_generator.get_state()
        try:
            module: Module = kind(*args, **kwargs)
        except Exception as error:
            raise FileError("LL926", path=self.path, name=kind.__name__, place=self.place,
                            error=error) from error  # fmt: skip
        finally:
            default_generator.set_state(state)
        return module

    def _class(self, name: str, ours: bool) -> Any:
        """A class by name: the user's, or one of Liuli's."""
        known = _classes_of_liuli() if ours else self.classes
        for kind in known:
            if kind.__name__ == name and isinstance(kind, type) and issubclass(kind, Module):
                return kind
        if not name.isidentifier():
            raise ValueError
        raise FileError("LL925", path=self.path, name=name)


def _classes_of_liuli() -> Iterator[type[Module]]:
    """The modules that Liuli itself defines. Nothing is imported."""
    pending = [Module]
    package = __name__.partition(".")[0] + "."
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if kind.__module__.startswith(package):
            yield kind


def _looked(x: Tensor, step: str, attrs: dict[str, Any]) -> Tensor:
    """One step of a view. A step that would have to copy is none."""
    op, given = REGISTRY[step], {_text(name): _plain(value) for name, value in attrs.items()}
    if not op.is_view:
        raise ValueError
    if step == "reshape":
        np.reshape(x._array, given["shape"], copy=False)
    made: Tensor = apply(op, x, **given)
    return made


def _plain(x: Any) -> Any:
    """An attribute of a view: whole numbers, in tuples."""
    return tuple(map(_plain, x)) if isinstance(x, list) else _whole(x)


def _whole(x: Any) -> int:
    if type(x) is not int:
        raise TypeError
    return x


def _text(x: Any) -> str:
    if not isinstance(x, str):
        raise TypeError
    return x


READINGS: dict[str, Callable[[Unpacker, Any], Any]] = {
    "int": lambda unpacker, x: int(_text(x), 16),
    "float": lambda unpacker, x: float(_text(x)),
    "tuple": lambda unpacker, x: tuple(unpacker.read(part) for part in x),
    "size": lambda unpacker, x: Size(map(_whole, x)),
    "set": lambda unpacker, x: {unpacker.read(part) for part in x},
    "frozenset": lambda unpacker, x: frozenset(unpacker.read(part) for part in x),
    "dict": lambda unpacker, x: dict(unpacker.pairs(x)),
    "dict pairs": lambda unpacker, x: dict(unpacker.pairs(x)),
    "ordered": lambda unpacker, x: OrderedDict(unpacker.pairs(x)),
    "ordered pairs": lambda unpacker, x: OrderedDict(unpacker.pairs(x)),
    "dtype": lambda unpacker, x: dt.BY_NAME[x],
    "device": lambda unpacker, x: Device(_text(x)),
    "array": lambda unpacker, x: unpacker.arrays[x],
    "bytes": lambda unpacker, x: unpacker.arrays[x].tobytes(),
    "tensor": Unpacker.tensor,
    "module": Unpacker.module,
}
