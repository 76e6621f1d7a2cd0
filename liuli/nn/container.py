"""Containers: modules and parameters in sequences, lists and dicts, which are found there."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, TypeVar, overload

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError, OutOfRangeError
from ..messages.words import Word
from . import advice
from .module import Module, indented
from .parameter import Parameter

__mirrors__ = "torch"

Self = TypeVar("Self", bound="_Numbered")


class _Numbered(Module):
    """Modules named "0", "1", "2" ... in order (or by a dict), reached by index."""

    def _items(self) -> list[Module]:
        return list(self._modules.values())  # type: ignore[arg-type]

    def _fill(self, modules: Iterable[Any]) -> None:
        """Hold just these modules, named by their numbers."""
        items = list(_several(modules, "modules", Iterable))
        for name in list(self._modules):
            delattr(self, name)
        for i, module in enumerate(items):
            self.add_module(str(i), _checked(self, i, module))

    def _place(self, index: int) -> int:
        """Errors: LL675 for an index that does not exist."""
        number, count = _whole(index), len(self._modules)
        if not -count <= number < count:
            raise OutOfRangeError("LL675", kind=type(self).__name__, index=number, count=count)
        return number % count

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self: Self, index: slice) -> Self: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return _of_kind(self, self._items()[index])
        return self._items()[self._place(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        name = list(self._modules)[self._place(index)]
        self.add_module(name, _checked(self, index, module))

    def __delitem__(self, index: int | slice) -> None:
        items = self._items()
        del items[index if isinstance(index, slice) else self._place(index)]
        self._fill(items)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items())

    def __contains__(self, module: object) -> bool:
        return any(module is item for item in self._items())

    def append(self: Self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), _checked(self, len(self), module))
        return self

    def extend(self: Self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self: Self, index: int, module: Module) -> Self:
        """Add a module before the one at `index`."""
        items = self._items()
        items.insert(index, module)
        self._fill(items)
        return self

    def pop(self, index: int = -1) -> Module:
        """Take a module out, and return it."""
        module: Module = self[index]
        del self[index]
        return module


class _Shelf(Module):
    """Modules that are called one by one: the shelf's own name goes in front of theirs."""

    def _be_called(self, scope: tuple[str, ...]) -> None:
        before = self._scope
        super()._be_called(scope)
        for name, module in self._modules.items():
            if module is not None and module._scope == (*before, name):
                module._be_called((*scope, name))

    def _path_of_children(self) -> tuple[str, ...]:
        return self._scope


def _checked(container: Module, place: object, module: Any) -> Module:
    """Errors: LL670 if it is no module."""
    if not isinstance(module, Module):
        raise advice.wrong_kind(container, str(place), module, Module)
    return module


def _several(given: Any, argument: str, *kinds: type) -> Any:
    """Errors: LL664 if what holds the modules is no list, or no dict."""
    if not isinstance(given, kinds):
        expected = Word("a list of modules" if Iterable in kinds else "a dict of modules by name")
        kind = type(given).__name__
        raise ArgumentError("LL664", argument=argument, type=kind, expected=expected)
    return given


def _whole(index: Any) -> int:
    """Errors: LL664 for an index that is no whole number."""
    if not hasattr(index, "__index__"):
        kind = type(index).__name__
        raise ArgumentError("LL664", argument="index", type=kind, expected=Word("a whole number"))
    return operator.index(index)


def _of_kind(container: _Numbered, modules: Iterable[Module]) -> Any:
    """A container like this one, of other modules; a user's subclass becomes its base."""
    base = next(kind for kind in type(container).__mro__ if kind in (Sequential, ModuleList))
    modules = list(modules)
    return Sequential(*modules) if base is Sequential else ModuleList(modules)


class Sequential(_Numbered):
    """Modules one after another: what one returns is the next one's input.

    Shape: as its modules.

    Example:
        >>> from liuli import nn
        >>> model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
        >>> model(liuli.ones(5, 3)).shape
        liuli.Size([5, 2])
        >>> model[0]
        Linear(in_features=3, out_features=4, bias=True)
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], Mapping):
            for name, module in args[0].items():
                self.add_module(name, _checked(self, name, module))
        else:  # the modules, or a list of them
            listed = len(args) == 1 and isinstance(args[0], (list, tuple, ModuleList))
            self._fill(args[0] if listed else args)

    @property
    def _made_with(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        return ((dict(self._modules),), {}) if type(self) is Sequential else super()._made_with

    def forward(self, input: Any) -> Any:
        """The modules in order."""
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc]
        return input

    def __add__(self, other: Sequential) -> Sequential:
        return Sequential(*self._items(), *other._items())


class ModuleList(_Shelf, _Numbered):
    """A list of modules, whose parameters are found (those in a plain list are not).

    Example:
        >>> from liuli import nn
        >>> layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])
        >>> len(list(layers.parameters()))
        4
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self._fill(() if modules is None else modules)

    @property
    def _made_with(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        return ((self._items(),), {}) if type(self) is ModuleList else super()._made_with

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self._items(), *other])

    def __iadd__(self: Self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def __repr__(self) -> str:
        if not len(self):
            return f"{self._get_name()}()"
        lines, at = [], 0
        for text, group in groupby(repr(module) for module in self):
            count = len(list(group))
            first = f"({at})" if count == 1 else f"({at}-{at + count - 1})"
            lines.append(f"{first}: {'' if count == 1 else f'{count} x '}{indented(text)}")
            at += count
        inside = "\n  ".join(lines)
        return f"{self._get_name()}(\n  {inside}\n)"


class ModuleDict(_Shelf):
    """A dict of modules, whose parameters are found.

    Example:
        >>> from liuli import nn
        >>> heads = nn.ModuleDict({"digit": nn.Linear(3, 10), "parity": nn.Linear(3, 2)})
        >>> heads["parity"]
        Linear(in_features=3, out_features=2, bias=True)
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        self.update(_several({} if modules is None else modules, "modules", Mapping, ModuleDict))

    @property
    def _made_with(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        return ((dict(self._modules),), {}) if type(self) is ModuleDict else super()._made_with

    def __getitem__(self, key: str) -> Any:
        if key not in self._modules:
            raise advice.no_such_name(self, key)
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, _checked(self, key, module))

    def __delitem__(self, key: str) -> None:
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._modules))

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """(name, module) in order."""
        return self._modules.items()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules, or replace those of the same names."""
        pairs = modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules
        for name, module in pairs:
            self[name] = module

    def pop(self, key: str) -> Module:
        """Take a module out, and return it."""
        module: Module = self[key]
        del self[key]
        return module

    def clear(self) -> None:
        """Take all modules out."""
        for name in list(self._modules):
            del self[name]


# --- parameters ---------------------------------------------------------------------------------
def _as_parameter(value: Any) -> Any:
    """A tensor as a parameter, anything else as it is."""
    bare = isinstance(value, Tensor) and not isinstance(value, Parameter)
    return Parameter(value) if bare else value


def _described(value: Any) -> str:
    if not isinstance(value, Tensor):
        return f"Object of type: {type(value).__name__}"
    size = "x".join(map(str, value.shape))
    return f"Parameter containing: [{value.dtype} of size {size}]"


def _framed(module: Module, lines: list[str]) -> str:
    inside = "".join(f"\n    {line}" for line in lines)
    return f"{module._get_name()}({inside}\n)" if lines else f"{module._get_name()}()"


class ParameterList(Module):
    """A list of parameters, which are found (those in a plain list are not).

    Tensors become parameters; other values are held as they are.

    Example:
        >>> from liuli import nn
        >>> weights = nn.ParameterList([liuli.ones(2), liuli.zeros(3)])
        >>> [tuple(p.shape) for p in weights.parameters()]
        [(2,), (3,)]
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        self.extend(values or ())

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> ParameterList: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return ParameterList(list(self)[index])
        return getattr(self, self._place(index))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, self._place(index), _as_parameter(value))

    def _place(self, index: int) -> str:
        """Errors: LL675 for an index that does not exist."""
        number = _whole(index)
        if not -self._size <= number < self._size:
            raise OutOfRangeError("LL675", kind=type(self).__name__, index=number, count=self._size)
        return str(number % self._size)

    def __len__(self) -> int:
        return int(self._size)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def append(self, value: Any) -> ParameterList:
        """Add a value at the end."""
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add values at the end."""
        for value in list(values):
            self.append(value)
        return self

    def __iadd__(self, values: Iterable[Any]) -> ParameterList:
        return self.extend(values)

    def __repr__(self) -> str:
        lines = [f"({i}): {_described(x)}" for i, x in enumerate(self)]
        return _framed(self, lines)


class ParameterDict(Module):
    """A dict of parameters, which are found.

    Tensors become parameters; other values are held as they are.

    Example:
        >>> from liuli import nn
        >>> table = nn.ParameterDict({"scale": liuli.ones(2)})
        >>> table["scale"].requires_grad
        True
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        self.update(parameters or {})

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise advice.no_such_name(self, key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._keys[key] = None
        setattr(self, key, _as_parameter(value))

    def __delitem__(self, key: str) -> None:
        delattr(self, key)
        del self._keys[key]

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._keys))

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The parameters."""
        return [self[key] for key in self._keys]

    def items(self) -> Iterable[tuple[str, Any]]:
        """(name, parameter) in order."""
        return [(key, self[key]) for key in self._keys]

    def update(self, parameters: Any) -> None:
        """Add parameters, or replace those of the same names."""
        pairs = parameters.items() if hasattr(parameters, "items") else parameters
        for key, value in pairs:
            self[key] = value

    def pop(self, key: str) -> Any:
        """Take a parameter out, and return it."""
        value = self[key]
        del self[key]
        return value

    def clear(self) -> None:
        """Take all parameters out."""
        for key in list(self._keys):
            del self[key]

    def __repr__(self) -> str:
        return _framed(self, [f"({key}): {_described(x)}" for key, x in self.items()])
