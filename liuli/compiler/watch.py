"""What a step is watched for: statistics of layers and parameters, made by the step itself.

They are operations like any others, so a program computes them with the rest. The step returns
them beside its result, all in one tensor, because each result of a program takes time: sums and
means, from which the numbers that people read follow here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import cached_property, partial
from typing import Any

from ..autodiff.hooks import register_post_accumulate_grad_hook
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..functions.shapes import stack
from ..messages.hints import nearest
from .guard import World
from .words import left, right, say, width

Made = dict[str, dict[str, Tensor]]  # path: name of what was summed up, and the sum


@dataclass(frozen=True)
class Layer:
    """The output y of a layer: mean, deviation sqrt(mean((y - mean)^2)), share of zeros."""

    mean: float
    deviation: float
    zeros: float

    @classmethod
    def of(cls, sums: Mapping[str, float]) -> Layer:
        """From the means that a step returns."""
        return cls(sums["mean"], math.sqrt(sums["variance"]), sums["zeros"])


@dataclass(frozen=True)
class Parameter:
    """A parameter: norm of the gradient, and norm of the update over norm of the weight."""

    gradient: float
    ratio: float

    @classmethod
    def of(cls, sums: Mapping[str, float]) -> Parameter:
        """From the sums of squares that a step returns; without backward there is no gradient."""
        update, weight = math.sqrt(sums["update"]), math.sqrt(sums["weight"])
        ratio = update / weight if weight else math.inf if update else 0.0
        return cls(math.sqrt(sums.get("gradient", math.nan)), ratio)


Row = Layer | Parameter


class Watched(Mapping[str, Row]):
    """The statistics of one call by path: "fc1" is a layer, "fc1.weight" a parameter.

    `call` is the number of the call, from 1. Printed it is a table.
    """

    def __init__(self, names: str, sums: Any, call: int) -> None:
        self.call = call
        self._given = names, sums  # taken apart when somebody looks

    @cached_property
    def _sums(self) -> dict[str, dict[str, float]]:
        names, sums = self._given
        found: dict[str, dict[str, float]] = {}
        values = sums.tolist() if names else []
        for name, value in zip(filter(None, names.split("\n")), values, strict=True):
            path, _, what = name.rpartition("/")
            found.setdefault(path, {})[what] = value
        return found

    def __getitem__(self, path: str) -> Row:
        sums = self._sums[path]
        return Layer.of(sums) if "mean" in sums else Parameter.of(sums)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)

    def flat(self) -> dict[str, float]:
        """All numbers under one name each: "fc1/mean"."""
        return {f"{path}/{name}": x for path, row in self.items() for name, x in _pairs(row)}

    def __repr__(self) -> str:
        return "\n\n".join(filter(None, (self._table(kind) for kind in (Layer, Parameter))))

    def _table(self, kind: type[Row]) -> str:
        rows = {path: row for path, row in self.items() if isinstance(row, kind)}
        if not rows:
            return ""
        names = [kind.__name__.lower(), *(field.name for field in fields(kind))]
        lines = [[say(f"watched_{name}") for name in names]]
        lines += [[path, *(f"{x:.4g}" for _, x in _pairs(row))] for path, row in rows.items()]
        columns = [max(map(width, column)) for column in zip(*lines, strict=True)]
        return "\n".join(_line(cells, columns) for cells in lines)


def _pairs(row: Row) -> list[tuple[str, float]]:
    return list(vars(row).items())


def _line(cells: list[str], columns: list[int]) -> str:
    """Names to the left, numbers to the right."""
    first, *others = zip(cells, columns, strict=True)
    return "  ".join([left(*first), *(right(*each) for each in others)])


# --- measuring ------------------------------------------------------------------------------------
class Probe:
    """`function`, returning (what it returns, names of sums, the sums) of a call.

    `watch` says of what: True, a module, a list of modules and paths, or a predicate of
    (path, module); `within` is the network that they are looked for in, if that is known.
    """

    def __init__(self, function: Callable[..., Any], watch: Any, within: Any = None) -> None:
        self.__wrapped__ = function
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self._watch, self._within = watch, within

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, str, Any]:
        layers, parameters = self._chosen(args)
        made: Made = {}
        with ExitStack() as hooks:
            for path, module in layers.items():
                hook = partial(_note_output, made, path)
                hooks.enter_context(module.register_forward_hook(hook))
            for path, p in parameters.items():
                if p.requires_grad:
                    hook = partial(_note_gradient, made, path)
                    hooks.enter_context(register_post_accumulate_grad_hook(p, hook))
            with no_grad():
                before = {path: p.detach().clone() for path, p in parameters.items()}
            result = self.__wrapped__(*args, **kwargs)
        with no_grad():
            for path, p in parameters.items():
                old = before[path]
                sums = {"update": _squares(p.detach() - old), "weight": _squares(old)}
                made[path] = made.get(path, {}) | sums
            return result, *_packed({path: made[path] for path in (*layers, *parameters)
                                     if path in made})  # fmt: skip

    def _chosen(self, args: Any) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """The layers and the parameters that are watched, by path."""
        watch, roots = self._watch, {"": self._within or self._watch}
        if not _is_module(roots[""]):
            roots = _roots(World(self.__wrapped__, list(args)))
        return chosen(roots, watch)


def _packed(made: Made) -> tuple[str, Any]:
    """The names of all sums, a line each, and the sums as one tensor."""
    found = {f"{path}/{name}": x for path, sums in made.items() for name, x in sums.items()}
    widest = max((x.dtype for x in found.values()), key=lambda d: d.itemsize, default=None)
    same = [x.to(widest) for x in found.values()]
    return "\n".join(found), stack(same) if same else ()


def _full(x: Tensor) -> Tensor:
    """Numbers of 16 bits as ones of 32, which sums need."""
    return x.float() if x.dtype.itemsize < 4 else x


def _squares(x: Tensor) -> Any:
    x = _full(x)
    return (x * x).sum()


def _note_output(made: Made, path: str, module: Any, args: Any, output: Any) -> None:
    """A forward hook: what a layer said, if that is numbers. The last call counts."""
    if isinstance(output, Tensor) and output.dtype.is_floating_point and output.numel():
        with no_grad():
            y = _full(output.detach())
            mean = y.mean()
            centred = y - mean
            made[path] = {"mean": mean, "variance": (centred * centred).mean(),
                          "zeros": (y == 0).to(y.dtype).mean()}  # fmt: skip


def _note_gradient(made: Made, path: str, p: Tensor) -> None:
    """A hook of a parameter: its gradient, with all that was added to it so far."""
    if isinstance(p._grad, Tensor):
        with no_grad():
            made[path] = {"gradient": _squares(p._grad.detach())}


# --- choosing -------------------------------------------------------------------------------------
def chosen(roots: dict[str, Any], watch: Any) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What of the modules `roots` is watched: layers and parameters, by path.

    Errors: LL729 for what is not there.
    """
    modules = _named(roots, "named_modules")
    parameters = _named(roots, "named_parameters")
    innermost = {path: m for path, m in modules.items() if not any(True for _ in m.children())}
    if watch is True or _is_module(watch):
        return innermost, parameters
    if callable(watch):
        layers = {path: module for path, module in modules.items() if watch(path, module)}
        own = {id(p) for m in layers.values() for p in m.parameters(recurse=False)}
        return layers, {path: p for path, p in parameters.items() if id(p) in own}
    return _listed(list(watch), modules, parameters)


def _listed(
    wanted: list[Any], modules: dict[str, Any], parameters: dict[str, Tensor]
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The layers of a list with the parameters in them, and single parameters, by path."""
    layers: dict[str, Any] = {}
    alone: dict[str, Tensor] = {}
    for each in wanted:
        if isinstance(each, str):
            if each in parameters:
                alone[each] = parameters[each]
                continue
            if each not in modules:
                names = [*modules, *parameters]
                raise _refused(each, ", ".join(filter(None, (nearest(each, names), *names[:8]))))
            layers[each] = modules[each]
        elif _is_module(each):
            path = next((path for path, m in modules.items() if m is each), _kind(each))
            layers[path] = each
        else:
            raise _refused(each, "modules, and names such as 'fc1' or 'fc1.weight'")
    own = {
        id(p): f"{path}.{name}" for path, m in layers.items() for name, p in m.named_parameters()
    }
    known = {id(p): path for path, p in parameters.items()}
    tensors = {id(p): p for m in layers.values() for p in m.parameters()}
    return layers, {known.get(key, own[key]): p for key, p in tensors.items()} | alone


def check(watch: Any) -> None:
    """Errors: LL729 for what says of nothing that it is to be watched."""
    listed = isinstance(watch, Iterable) and not isinstance(watch, (str, Tensor))
    if not (watch is True or _is_module(watch) or listed or callable(watch)):
        raise _refused(watch, "a module, a list of modules and names, a predicate, or True")


def _refused(value: Any, expected: str) -> ArgumentError:
    shown = repr(value) if isinstance(value, (str, int, float)) else type(value).__name__
    return ArgumentError("LL729", argument="watch", value=shown, expected=expected)


def _is_module(x: Any) -> bool:
    return hasattr(x, "named_modules") and hasattr(x, "register_forward_hook")


def _kind(module: Any) -> str:
    return type(module).__name__


def _roots(world: World) -> dict[str, Any]:
    """The outermost modules that a function reaches; one alone needs no name."""
    names = [name for name, _ in world.modules]
    found = {name: module for name, module in world.modules
             if not any(name.startswith(f"{other}.") for other in names)}  # fmt: skip
    return {"": next(iter(found.values()))} if len(found) == 1 else found


def _named(roots: Mapping[str, Any], method: str) -> dict[str, Any]:
    """All that a method of modules names, with the names of the roots in front."""
    return {
        ".".join(filter(None, (root, path))) or _kind(module): x
        for root, module in roots.items()
        for path, x in getattr(module, method)()
    }
