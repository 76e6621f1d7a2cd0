"""Objects as arrays and a plain JSON value, which a file can hold: nothing in it is code.

None, booleans, texts, lists, and numbers that JSON can write stand for themselves. Everything else
is an object with one key that tells the kind: {"tuple": [1, 2]}, {"dict": {"a": 1}},
{"tensor": 0}. Tensors and modules lie in tables, so that what is shared is shared again:

    tensors  array (a name), chain (how it looks into that array, if several do), grad, kind
    modules  class, and by name its attributes, parameters, buffers and modules

A module is restored as pickle would: attribute by attribute, its `__init__` does not run. Only if
an attribute is no plain value (`self.act = F.relu`) its arguments are noted, and `__init__` runs.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes as dt
from .. import files
from ..autodiff.tensor import Size, Tensor
from ..devices import Device
from ..errors import FileError
from ..ops.views import Chain, follow
from .module import Module
from .parameter import Parameter, UninitializedParameter

DEPTH = 60  # of an object: with each step the file's text goes up to three steps deeper
WHOLE = 2**63  # whole numbers from here on are written in digits of 16
# What Module keeps in its `__dict__` for itself.
REGISTRIES = ("_parameters", "_buffers", "_modules")
NOT_KEPT = frozenset((*REGISTRIES, "_module_hooks", "_made_from", "_advised"))


def pack(obj: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays of an object by name, and the rest of it as a plain JSON value.

    Errors: LL924 names the place of what cannot be saved; LL912 if it is too deep.
    """
    packer = Packer()
    name = "model" if isinstance(obj, Module) else "checkpoint"
    content = packer.spell(obj, name if not isinstance(obj, Tensor) else "tensor", "")
    tensors = packer.settled()
    meta = {"kind": "object", "content": content, "tensors": tensors, "modules": packer.modules}
    return packer.arrays, meta


class NotPlainError(Exception):
    """An attribute that cannot be written down; the error says which."""

    def __init__(self, error: FileError) -> None:
        self.error = error


class Packer:
    """Collects the arrays, tensors and modules of one object."""

    def __init__(self) -> None:
        self.arrays: dict[str, Any] = {}
        self.tensors: list[Tensor] = []
        self.names: list[str] = []  # of the tensors: where each was found first
        self.modules: list[dict[str, Any]] = []
        self.seen: dict[int, Any] = {}  # by id: where tensors, arrays and modules lie
        self.alive: list[Any] = []  # so that no id is used twice
        self.depth = 0

    def spell(self, x: Any, place: str, key: str) -> Any:
        """`x` as a JSON value; `place` is for messages, `key` for the names of arrays."""
        if x is None or isinstance(x, (bool, str)):
            return x if x is None or isinstance(x, bool) else str(x)
        self.depth += 1
        if self.depth > DEPTH:
            short = place if len(place) <= 40 else place[:37] + "..."
            raise FileError("LL912", place=short, deepest=DEPTH)
        for kind, spelled in SPELLINGS:
            if isinstance(x, kind):
                found = spelled(self, x, place, key)
                self.depth -= 1
                return found
        raise self.refused(x, place)

    def refused(self, x: Any, place: str) -> FileError:
        """The error for what cannot be saved, with what to save instead."""
        fix = ""
        for method in ("state_dict", "get_state"):
            if callable(getattr(x, method, None)) and not isinstance(x, type):
                fix = f"{place}.{method}()"
                break
        return FileError("LL924", place=place, type=type(x).__name__, fix=fix)

    # --- numbers and collections ------------------------------------------------------------------
    def whole(self, x: int, place: str, key: str) -> Any:
        return int(x) if -WHOLE <= x < WHOLE else {"int": hex(x)}

    def fraction(self, x: float, place: str, key: str) -> Any:
        return float(x) if math.isfinite(x) else {"float": repr(float(x))}

    def number(self, x: Any, place: str, key: str) -> Any:
        """A number of NumPy's, as Python's."""
        value = float(x) if x.dtype.kind in "fV" else x.item()
        if not isinstance(value, (bool, int, float, str)):
            raise self.refused(x, place)
        return self.spell(value, place, key)

    def parts(self, x: Any, place: str, key: str) -> list[Any]:
        return [self.spell(part, f"{place}[{i}]", _joined(key, str(i))) for i, part in enumerate(x)]

    def sequence(self, x: Any, place: str, key: str) -> Any:
        if hasattr(x, "_fields"):  # its class would be lost
            raise FileError("LL924", place=place, type=type(x).__name__, fix=f"{place}._asdict()")
        return {"size" if isinstance(x, Size) else "tuple": self.parts(x, place, key)}

    def elements(self, x: Any, place: str, key: str) -> Any:
        return {type(x).__name__: self.parts(sorted(x, key=repr), place, key)}

    def mapping(self, x: dict[Any, Any], place: str, key: str) -> Any:
        kind = "ordered" if isinstance(x, OrderedDict) else "dict"
        pairs = []
        for name, part in x.items():
            inner = f"{place}[{name!r}]".replace("'", '"')
            if not _may_be_key(name):
                raise FileError("LL924", place=f"the key {name!r} of {place}",
                                type=type(name).__name__, fix="")  # fmt: skip
            pairs.append([self.spell(name, inner, key),
                          self.spell(part, inner, _joined(key, str(name)))])  # fmt: skip
        if all(type(name) is str for name in x):
            return {kind: dict(pairs)}
        return {f"{kind} pairs": pairs}

    # --- tensors ----------------------------------------------------------------------------------
    def tensor(self, x: Tensor, place: str, key: str) -> Any:
        if id(x) not in self.seen:
            self.seen[id(x)] = len(self.tensors)
            self.tensors.append(x)
            self.names.append(key or "tensor")
        return {"tensor": self.seen[id(x)]}

    def array(self, x: Any, place: str, key: str) -> Any:
        if x.dtype.name not in files.CODES:
            raise FileError("LL924", place=place, type=f"{type(x).__name__} ({x.dtype})", fix="")
        if id(x) not in self.seen:
            self.seen[id(x)] = self.place(x, key or "array")
        return {"array": self.seen[id(x)]}

    def octets(self, x: bytes, place: str, key: str) -> Any:
        return {"bytes": self.place(np.frombuffer(x, np.uint8), key or "bytes")}

    def place(self, array: Any, key: str) -> str:
        """Keep an array under a name of its own, `key` if that is free."""
        name, count = key if files.name_is_sound(key) else "array", 1
        while name in self.arrays:
            count += 1
            name = f"{key if files.name_is_sound(key) else 'array'}#{count}"[-files.NAME :]
        self.arrays[name] = array
        self.alive.append(array)
        return name

    def settled(self) -> list[dict[str, Any]]:
        """The table of tensors: which array each looks into, and how."""
        users: dict[int, list[Tensor]] = {}
        for x in self.tensors:
            users.setdefault(id(x._storage.value), []).append(x)
        looks = {memory: _look(group) for memory, group in users.items()}
        names: dict[int, str] = {}  # of memory that several look into
        entries = []
        for x, key in zip(self.tensors, self.names, strict=True):
            memory, kind = x._storage.value, "parameter" if isinstance(x, Parameter) else "tensor"
            look, entry = looks[id(memory)], {"kind": kind, "grad": x.requires_grad}
            if isinstance(x, UninitializedParameter):
                entries.append(entry | {"kind": "lazy", "array": ""})
                continue
            if look == "apart":
                entry["array"] = self.place(x._array, key)
            else:
                if id(memory) not in names:
                    names[id(memory)] = self.place(memory if look == "chains" else x._array, key)
                entry["array"] = names[id(memory)]
            if look == "chains":
                entry["chain"] = [[name, attrs] for name, attrs in _chain(x)]
            entries.append(entry)
        return entries

    # --- modules ----------------------------------------------------------------------------------
    def module(self, x: Module, place: str, key: str) -> Any:
        if id(x) not in self.seen:
            self.seen[id(x)] = len(self.modules)
            self.alive.append(x)
            entry: dict[str, Any] = {}
            self.modules.append(entry)  # before its parts: its number is its place
            entry.update(self._parts_of(x, place, key))
        return {"module": self.seen[id(x)]}

    def _parts_of(self, x: Module, place: str, key: str) -> dict[str, Any]:
        ours = type(x).__module__.partition(".")[0] == __name__.partition(".")[0]
        entry: dict[str, Any] = {"class": type(x).__name__, "ours": ours}
        registered = {name for home in REGISTRIES for name in x.__dict__[home]}
        for home in REGISTRIES:
            entry[home[1:]] = {
                name: self.spell(part, f"{place}.{name}", _joined(key, name))
                for name, part in x.__dict__[home].items()
            }
        attributes = entry["attributes"] = {}
        for name, value in x.__dict__.items():
            if name in registered or name in NOT_KEPT:
                continue
            try:
                attributes[name] = self._attempt(value, f"{place}.{name}", _joined(key, name))
            except NotPlainError as found:
                if x._made_with is None or ours:
                    raise found.error from None
                args, kwargs = x._made_with
                entry["made"] = [self.parts(args, place, _joined(key, "args")),
                                 self.mapping(kwargs, place, _joined(key, "args"))]  # fmt: skip
        return entry

    def _attempt(self, value: Any, place: str, key: str) -> Any:
        depth = self.depth
        try:
            return self.spell(value, place, key)
        except FileError as error:
            if error.code != "LL924":
                raise
            self.depth = depth
            raise NotPlainError(error) from None


SPELLINGS: tuple[tuple[Any, Callable[..., Any]], ...] = (
    (Tensor, Packer.tensor),
    (Module, Packer.module),
    (np.ndarray, Packer.array),
    (np.generic, Packer.number),
    (int, Packer.whole),
    (float, Packer.fraction),
    (list, Packer.parts),
    (tuple, Packer.sequence),
    (dict, Packer.mapping),
    ((set, frozenset), Packer.elements),
    ((bytes, bytearray), Packer.octets),
    (dt.DType, lambda packer, x, place, key: {"dtype": x.name}),
    (Device, lambda packer, x, place, key: {"device": str(x)}),
)


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _may_be_key(x: Any) -> bool:
    if type(x) is tuple:
        return all(map(_may_be_key, x))
    return x is None or isinstance(x, (bool, int, float, str, np.generic, dt.DType))


def _chain(x: Tensor) -> Chain:
    return x._view.chain if x._view is not None else ()


def _look(users: list[Tensor]) -> str:
    """How tensors of one memory are saved: "alike", by "chains" from the whole memory, "apart"."""
    first = _where(users[0])
    if all(_where(x) == first for x in users):
        return "alike"
    return "chains" if all(map(_is_followed, users)) else "apart"


def _where(x: Tensor) -> tuple[Any, ...]:
    """Which numbers of its memory a tensor sees, and in which order."""
    said = x._array.__array_interface__
    return tuple(said[key] for key in ("data", "shape", "typestr")), x._array.strides


def _is_followed(x: Tensor) -> bool:
    """Whether the chain of `x`, from its memory as a file has it, is a view of that shape."""
    memory = np.empty(x._storage.value.shape, x._array.dtype)
    try:
        looked = follow(memory, _chain(x))
    except (ValueError, TypeError, IndexError):
        return False
    return looked.shape == x._array.shape and (
        not looked.size or np.may_share_memory(looked, memory)
    )
