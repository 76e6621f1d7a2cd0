"""What a function depends on besides its arguments, and whether it is still the same.

Two kinds of things. *Places* are where the function's code finds values by name: closure cells,
globals, defaults, attributes of plain objects. They are compared at every call, by identity first,
which takes some 20 ns each. *The snapshot* is everything that only changes by an edit: training
flags, `requires_grad`, hooks, the parts of modules, the groups and the state of optimizers. It is
taken again only when `EDITS` has moved.
"""

from __future__ import annotations

import functools
import operator
import sysconfig
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..autodiff.node import Leaf
from ..autodiff.state import PACKAGE
from ..autodiff.tensor import Tensor, edge_of
from ..rng import default_generator
from .call import may_be_input, plain, same_number

_PATHS = sysconfig.get_paths()
_INSTALLED = ("site-packages", "dist-packages")
_MOST_ITEMS = 32  # of a list whose items are places
_MOST_COMPARED = 1000  # items of a longer list that are compared one by one
MOST_BYTES = 1024  # of an array that is compared
MOST_OBJECTS = 10_000
_MISSING = object()


class World:
    """The places and the snapshot of one function, found by walking from it."""

    def __init__(self, function: Any, arguments: list[Any]) -> None:
        self.cells: list[CellType] = []
        self.items: list[tuple[Any, Any]] = []  # (mapping or list, key)
        self.labels: list[str] = []  # of cells, then of items
        self.item_labels: list[str] = []
        self.sizes: list[tuple[str, Any, int]] = []  # of lists, dicts and sets
        self.long: list[tuple[str, Any, list[Any]]] = []  # and items of those that are long
        self.arrays: list[tuple[str, Any, bytes]] = []  # small arrays of NumPy's
        self.large: list[str] = []  # others
        self.in_modules: list[tuple[str, str, Any]] = []  # lists: name of the module, attribute
        self.modules: list[tuple[str, Any]] = []
        self.optimizers: list[tuple[str, Any]] = []
        self.tensors: list[tuple[str, Tensor]] = []
        self.kept: list[Any] = [function, arguments]  # alive, so that an id means one object
        self.seen: set[Any] = set()
        self.attributes = {"forward"}  # names that some code asks objects for
        self.spaces: list[tuple[str, Any]] = []  # namespaces of objects, classes and modules
        self.visit("", function)
        for i, x in enumerate(arguments):
            self.visit(f"argument {i}", x)
        self.visit_spaces()
        for name, optimizer in list(self.optimizers):
            for i, p in enumerate(p for group in optimizer.param_groups for p in group.params):
                self.visit(f"{name}.parameter{i}", p)
        self.inside = bool(self.sizes or self.long or self.arrays)
        self.labels = _distinct(self.labels + self.item_labels)
        self.known = self.values()
        self.snapshot = dict(self.look())

    # --- walking ------------------------------------------------------------------------------
    def visit(self, name: str, x: Any) -> None:
        """Sort `x`, and go on from it."""
        if plain(x) or id(x) in self.seen or self.cut:
            return
        self.seen.add(id(x))
        self.kept.append(x)
        own = getattr(x, "__dict__", None)
        if isinstance(x, Tensor):
            self.tensors.append((name, x))
        elif isinstance(x, FunctionType):
            self.visit_function(x)
        elif isinstance(x, MethodType):
            self.visit(name, x.__self__)
            self.visit(name, x.__func__)
        elif isinstance(x, functools.partial):
            for part in (x.func, *x.args, *x.keywords.values()):
                self.visit(name, part)
        elif isinstance(x, np.ndarray):
            self.visit_array(name, x)
        elif isinstance(x, (list, tuple, dict, deque, set)):
            self.visit_items(name, x)
        elif isinstance(x, property):
            self.visit(name, x.fget)
        elif isinstance(own, dict) and "_modules" in own and "_parameters" in own:
            self.visit_module(name, x)
        elif isinstance(own, dict) and "param_groups" in own:
            self.optimizers.append((name, x))
        elif isinstance(own, dict) and "__wrapped__" in own:
            self.visit(name, own["__wrapped__"])
        elif isinstance(own, Mapping) and _is_users(x):
            self.spaces.append((name, own))
            self.kept.append(own)
            if not isinstance(x, (type, ModuleType)):
                self.visit_class(name, type(x))
        elif own is None and hasattr(type(x), "__slots__") and _is_users(x):
            self.spaces.append((name, _Attribute(x)))
            self.visit_class(name, type(x))
        elif isinstance(own, dict) and not isinstance(x, (type, ModuleType)):
            for key, value in list(own.items()):  # an object of ours, such as a schedule
                self.visit(f"{name}.{key}", value)

    def visit_function(self, function: FunctionType) -> None:
        """Closure, defaults and globals of a function of the user's, and its names."""
        if hasattr(function, "__host__"):
            return
        if not _is_users_file(function.__code__.co_filename):
            self.visit("", getattr(function, "__wrapped__", None))
            return
        names = set(_names(function.__code__))
        self.attributes |= names
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        for label, cell in cells:
            if id(cell) not in self.seen:
                self.seen.add(id(cell))
                self.cells.append(cell)
                self.labels.append(label)
                self.visit(label, _content(cell))
        for key in function.__kwdefaults__ or ():
            self.place(key, function.__kwdefaults__, key)
        for key in sorted(names & function.__globals__.keys()):
            self.place(key, function.__globals__, key)
        if function.__defaults__:
            self.place("defaults", _Attribute(function), "__defaults__")

    def place(self, label: str, holder: Any, key: Any) -> None:
        """A value that is found by name, from now on compared at every call."""
        if (id(holder), key) not in self.seen:
            self.seen.add((id(holder), key))
            self.kept.append(holder)
            self.items.append((holder, key))
            self.item_labels.append(label)
            self.visit(label, holder[key])

    @property
    def cut(self) -> bool:
        """Whether there is more than a walk looks at."""
        return len(self.kept) > MOST_OBJECTS

    def visit_array(self, name: str, x: Any) -> None:
        """An array of NumPy's: its numbers, if they are few, are compared at every call."""
        if x.nbytes <= MOST_BYTES:
            self.arrays.append((name, x, x.tobytes()))
        else:
            self.large.append(name)

    def visit_items(self, name: str, x: Any) -> None:
        """What lies in a list or dict; its plain values are places if it is small."""
        pairs = list(x.items()) if isinstance(x, dict) else list(enumerate(x))
        fixed, short = isinstance(x, tuple), len(pairs) <= _MOST_ITEMS
        if not fixed:
            self.sizes.append((name, x, len(x)))
        if not fixed and len(pairs) <= _MOST_COMPARED and not (short and type(x) is not set):
            self.long.append((name, x, _listed(x)))
        for key, value in pairs:
            if short and not isinstance(x, (tuple, set)):
                self.place(f"{name}[{key!r}]", x, key)
            self.visit(f"{name}[{key!r}]", value)

    def visit_module(self, name: str, module: Any) -> None:
        """A module with all below; the functions of its class; what else lies in it."""
        self.modules.append((name, module))
        self.visit_class(name, type(module))
        for home in ("_parameters", "_buffers", "_modules"):
            for key, value in module.__dict__[home].items():
                self.visit(f"{name}.{key}", value)
        for hook in module._module_hooks.values():
            self.visit("", hook.function)
        for key, value in list(module.__dict__.items()):
            if isinstance(value, (list, dict, set, deque, np.ndarray)):
                self.in_modules.append((name, key, value))
            elif not key.startswith("_"):
                self.visit(f"{name}.{key}", value)

    def visit_class(self, name: str, kind: type) -> None:
        """The classes of the user's own that an object is of."""
        for each in kind.__mro__:
            if _is_users(each):
                self.visit(name, each)

    def visit_spaces(self) -> None:
        """The attributes of objects that some code may ask for, until nothing new is found."""
        done = -1
        while done != len(self.kept):
            done = len(self.kept)
            for name, space in list(self.spaces):
                for key in sorted(self.attributes & space.keys()):
                    self.place(f"{name}.{key}" if name else key, space, key)
            for name, key, value in list(self.in_modules):
                if key in self.attributes:
                    self.visit(f"{name}.{key}", value)

    # --- places -------------------------------------------------------------------------------
    def values(self) -> list[Any]:
        """What lies in all places now."""
        try:
            found = [cell.cell_contents for cell in self.cells]
            return found + [holder[key] for holder, key in self.items]
        except (ValueError, LookupError, AttributeError):  # something was deleted
            found = [_content(cell) for cell in self.cells]
            return found + [_item(holder, key) for holder, key in self.items]

    def unchanged(self) -> bool:
        """Whether every place holds the very object that it held, and nothing has grown."""
        same = all(map(operator.is_, self.values(), self.known))
        return same and (not self.inside or self.same_inside())

    def same_inside(self) -> bool:
        """Whether lists are as long as they were, and long ones and arrays hold the same."""
        return (
            all(len(x) == size for _, x, size in self.sizes)
            and all(all(map(operator.is_, _listed(x), items)) for _, x, items in self.long)
            and all(x.tobytes() == known for _, x, known in self.arrays)
        )

    def changed(self, free: frozenset[str] = frozenset()) -> str:
        """The first place that holds something else now, in words; equal numbers are the same.

        Those of `free` may have any value of their type that is an input's.
        """
        for i, (now, known) in enumerate(zip(self.values(), self.known, strict=True)):
            if now is known or (self.labels[i] in free and may_be_input(now, type(known))):
                continue
            if not (plain(now) and plain(known) and same_number(now, known)):
                both = plain(now) and plain(known)
                return f"{self.labels[i]}: " + (f"{known!r}, now {now!r}" if both else "replaced")
            self.known[i] = now
        return self.grown() or self.replaced()

    def grown(self) -> str:
        """The first list or dict that has become longer or shorter, in words."""
        found = (f"the length of {name}" for name, x, size in self.sizes if len(x) != size)
        return next(found, "")

    def replaced(self) -> str:
        """The first long list, or array, with another item, in words."""
        for name, x, items in self.long:
            now = _listed(x)
            for i, (a, b) in enumerate(zip(now, items, strict=False)):
                if a is not b and not (plain(a) and plain(b) and same_number(a, b)):
                    return name if isinstance(x, set) else f"{name}[{i}]: replaced"
            items[:] = now
        found = (f"the numbers of {n}" for n, x, known in self.arrays if x.tobytes() != known)
        return next(found, "")

    def numbers(self) -> dict[str, tuple[int, Any]]:
        """The plain numbers among the places: their index and value, by label."""
        holders: list[Any] = [{} for _ in self.cells] + [holder for holder, _ in self.items]
        return {
            label: (i, value)
            for i, (label, value) in enumerate(zip(self.labels, self.known, strict=True))
            if may_be_input(value, type(value)) and isinstance(holders[i], (dict, list))
        }

    def value(self, label: str) -> Any:
        """What lies in a place now."""
        return self.values()[self.labels.index(label)]

    def put(self, index: int, value: Any) -> None:
        """Let a place hold something else for a while."""
        if index < len(self.cells):
            self.cells[index].cell_contents = value
        else:
            holder, key = self.items[index - len(self.cells)]
            holder[key] = value

    # --- the snapshot -------------------------------------------------------------------------
    def look(self) -> Iterator[tuple[str, Any]]:
        """(name, everything about it that decides what a program computes)."""
        for name, module in self.modules:
            own = module.__dict__
            parts = [*own["_parameters"].values(), *own["_buffers"].values(),
                     *own["_modules"].values()]  # fmt: skip
            others = {k: v for k, v in own.items() if k[:1] != "_" and not isinstance(v, Tensor)}
            yield name or "the model", (id(module), list(map(id, parts)),
                                        list(own["_module_hooks"]), _frozen(others))  # fmt: skip
        for name, t in self.tensors:
            edge = edge_of(t)
            hooks = (list(edge.hooks or ()), list(edge.after or ())) if type(edge) is Leaf else ()
            yield name, (id(t._storage.value), type(edge), hooks)
        for name, optimizer in self.optimizers:
            for i, group in enumerate(optimizer.param_groups):
                stored = {key: _kept(value) for key, value in group.stored()}
                yield f"{name}.param_groups[{i}]", stored
                for p in group.params:
                    yield f"{name}.state[{self.name_of(p)}]", (
                        id(p._storage.value), type(edge_of(p)),
                        {k: id(t._storage.value) for k, t in optimizer.state.get(p, {}).items()},
                    )  # fmt: skip

    def edited(self, now: World) -> str:
        """What differs between two snapshots, in words."""
        names = [*self.snapshot, *now.snapshot]
        found = (n for n in names if self.snapshot.get(n) != now.snapshot.get(n))
        return f"{next(found, 'something')}: edited"

    # --- names --------------------------------------------------------------------------------
    def name_of(self, t: Tensor) -> str:
        """The path of a tensor: "fc1.weight"."""
        return self.paths.get(id(t), f"a tensor of shape {tuple(t._array.shape)}")

    @functools.cached_property
    def paths(self) -> dict[int, str]:
        """Names of tensors by id; the root of the only model is left out."""
        roots = [name for name, _ in self.modules]
        only = [r for r in roots if not any(r.startswith(f"{other}.") for other in roots)]
        cut = f"{only[0]}." if len(only) == 1 else "\0"
        return {id(t): name.removeprefix(cut).lstrip(".") for name, t in reversed(self.tensors)}

    def memory_names(self) -> dict[int, str]:
        """Names by the id of the memory, for a graph's states."""
        names = {id(default_generator.storage.value): "random numbers"}
        for name, optimizer in self.optimizers:
            for group in optimizer.param_groups:
                for key, stored in group.stored():
                    cells = stored if type(stored) is tuple else (stored,)
                    for i, cell in enumerate(cells):
                        t = getattr(cell, "tensor", None)
                        if isinstance(t, Tensor):
                            one_of = f"[{i}]" if len(cells) > 1 else ""
                            names[id(t._storage.value)] = f"{name}.{key}{one_of}"
                for p in group.params:
                    for key, t in optimizer.state.get(p, {}).items():
                        names.setdefault(id(t._storage.value), f"{self.name_of(p)}.{key}")
        for _, t in self.tensors:
            names[id(t._storage.value)] = self.name_of(t)
            if isinstance(t._grad, Tensor):
                names[id(t._grad._storage.value)] = f"{self.name_of(t)}.grad"
        return names


class _Attribute:
    """Attributes of an object that has no `__dict__`, as a mapping has them."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner

    def __getitem__(self, key: str) -> Any:
        return getattr(self.owner, key)

    def keys(self) -> set[str]:
        """The slots that are filled."""
        slots = (vars(kind).get("__slots__", ()) for kind in type(self.owner).__mro__)
        names = {name for each in slots for name in ([each] if isinstance(each, str) else each)}
        return {name for name in names if hasattr(self.owner, name)}


def _distinct(labels: list[str]) -> list[str]:
    """`labels`, those that occur again with a number."""
    seen: Counter[str] = Counter()
    made = []
    for label in labels:
        made.append(f"{label} ({seen[label] + 1})" if seen[label] else label)
        seen[label] += 1
    return made


def _listed(x: Any) -> list[Any]:
    """The items of a long list, the values of a dict, and a set in a fixed order."""
    if isinstance(x, set):
        return sorted(x, key=repr)
    return list(x.values()) if isinstance(x, dict) else list(x)


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return _MISSING


def _item(holder: Any, key: Any) -> Any:
    try:
        return holder[key]
    except (LookupError, AttributeError):
        return _MISSING


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function's code, and functions written in it, ask for."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names(part)


def _frozen(others: dict[str, Any]) -> dict[str, Any]:
    """Plain values by what they are, all else by which object it is."""
    return {k: (type(v), repr(v) if plain(v) else id(v)) for k, v in others.items()}


def _kept(stored: Any) -> Any:
    """What a program fixes of an entry of a group: of a cell only whether it is zero."""
    t = getattr(stored, "tensor", None)
    if isinstance(t, Tensor):
        return id(t._storage.value), bool(t._array)
    if type(stored) is tuple or type(stored) is list:
        return [_kept(x) for x in stored]
    return (type(stored), repr(stored)) if plain(stored) else id(stored)


@functools.cache
def _is_users_file(path: str) -> bool:
    """Whether code in this file may change: neither ours nor Python's nor NumPy's."""
    if path.startswith((PACKAGE, "<frozen")):
        return False
    installed = any(f"{name}" in path for name in _INSTALLED)
    return "numpy" not in path if installed else not path.startswith(_PATHS["stdlib"])


def _is_users(x: Any) -> bool:
    """Whether an object, a class or a module is of the user's own making."""
    if isinstance(x, ModuleType):
        return bool(getattr(x, "__file__", None)) and _is_users_file(str(x.__file__))
    kind = x if isinstance(x, type) else type(x)
    return kind.__module__.partition(".")[0] not in ("liuli", "builtins", "numpy", "functools")
