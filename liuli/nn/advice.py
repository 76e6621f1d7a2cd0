"""What modules say to a user whose class or call went wrong; the texts are in `messages`."""

from __future__ import annotations

import difflib
import dis
import operator
from collections.abc import Iterator
from typing import Any

from ..autodiff.describe import warn
from ..errors import ArgumentError, LayerError, Row
from ..messages.words import Word
from .parameter import Parameter

# What `__init__` becomes under a finger that slips.
_MISSPELLED = ("_init_", "__init_", "_init__", "__int__", "__inti__", "__init", "init__", "__ini__")
_LOOKED_AT = 1000  # elements of a list that are searched for layers


def misspelled_init(cls: type) -> str:
    """The name of a method that was to be `__init__`, if the class has one and no `__init__`."""
    own = vars(cls)
    # A name that begins with two underscores and does not end so gets the class's name in front.
    mangled = {name.replace(f"_{cls.__name__.lstrip('_')}__", "__", 1) for name in own}
    found = [name for name in _MISSPELLED if name in own or name in mangled]
    return found[0] if found and "__init__" not in own else ""


def warn_of_misspelled_init(cls: type) -> None:
    """Warns (LL667) of a class with `_init_` and the like."""
    name = misspelled_init(cls)
    if name:
        warn("LL667", kind=cls.__name__, name=name)


def unexpected_arguments(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> ArgumentError:
    """The error where a module without arguments of its own is given some."""
    name = misspelled_init(cls)
    given = [*map(_short, args), *(f"{key}={_short(x)}" for key, x in kwargs.items())]
    return ArgumentError("LL666", kind=cls.__name__, given=", ".join(given),
                         fix=f"def __init__(self, ...):  # not {name}" if name else "")  # fmt: skip


# What Keras's networks do themselves, and who does it here.
_TRAINER = "liuli.train.Trainer(model, loss, optimizer)"
_TRAINING = {
    "compile": f"{_TRAINER}.fit(x, y, epochs=10)",
    "fit": f"{_TRAINER}.fit(x, y, epochs=10)",
    "evaluate": f"{_TRAINER}.evaluate(x, y)", "predict": f"{_TRAINER}.predict(x)",
    "summary": "nn.summary(model, (784,))", "save": 'liuli.save(model, "model.safetensors")',
    "add": "model.append(layer)",
}  # fmt: skip


def no_such_name(module: Any, name: str) -> LayerError:
    """The error for an attribute that is not there, with the nearest one that is."""
    kind = type(module).__name__
    if "_parameters" not in module.__dict__:
        return LayerError("LL661", kind=kind)
    if name in _TRAINING:
        return LayerError("LL163", kind=kind, name=name, fix=_TRAINING[name])
    if name == "backward" and hasattr(module, "reduction"):
        return LayerError("LL165", kind=kind)
    names = [n for n in dir(module) if not n.startswith("_")]
    near = difflib.get_close_matches(name, names, 1, 0.6)
    own = [*module._modules, *module._parameters, *module._buffers]
    rows = [Row("it has", ", ".join(own[:20]))] if own else []
    return LayerError("LL662", rows=rows, kind=kind, name=name, fix=near[0] if near else "")


def forward_fix(cls: type) -> str:
    """The method of the class that was to be `forward`, by its name, if there is one."""
    names = [n for n, x in vars(cls).items() if callable(x) and n != "__init__"]
    near = difflib.get_close_matches("forward", [n for n in names if n != "forward"], 1, 0.7)
    return f"def forward(self, x):  # not {near[0]}" if near else "def forward(self, x): ..."


_told: set[str] = set()  # classes that were warned about


def warn_of_nothing(cls: type) -> None:
    """Warns (LL170) once of a class whose forward ends without giving a value back."""
    code = getattr(cls.forward, "__code__", None)  # type: ignore[attr-defined]
    name = f"{cls.__module__}.{cls.__qualname__}"
    if code is None or name in _told or _may_mean_none(code):
        return
    _told.add(name)
    warn("LL170", kind=cls.__name__)


def _may_mean_none(code: Any) -> bool:
    """Whether a function gives a value back somewhere, so that None may be meant elsewhere."""
    before = None
    for step in dis.get_instructions(code):
        ends = step.opname == "RETURN_VALUE"
        nothing = before is not None and before.opname == "LOAD_CONST" and before.argval is None
        if ends and (step.is_jump_target or not nothing):
            return True
        before = step
    return False


def wrong_kind(module: Any, name: str, value: Any, expected: Any) -> ArgumentError:
    """The error where a parameter, buffer or module is to become something else."""
    what = {"Parameter": Word("an nn.Parameter"), "Module": Word("a module"),
            "Tensor": Word("a tensor")}  # fmt: skip
    fix = ""
    if isinstance(value, type) and hasattr(value, "named_modules"):
        fix = f"{value.__name__}(...)"
    elif expected is Parameter and hasattr(value, "grad_fn"):
        fix = f"nn.Parameter({name})"
    kind = type(value).__name__
    if isinstance(value, type):
        kind = Word("the class {name}", name=value.__name__)
    return ArgumentError("LL670", kind=type(module).__name__, name=name, type=kind, fix=fix,
                         expected=what[expected.__name__])  # fmt: skip


def bad_name(module: Any, name: Any, taken: bool) -> ArgumentError:
    """The error for a name that nothing can be registered under."""
    if taken:
        reason = Word("it is an attribute already")
    elif not isinstance(name, str):
        reason = Word("it has type {kind}", kind=type(name).__name__)
    else:
        reason = Word("it contains a dot" if name else "it is empty")
    return ArgumentError("LL669", kind=type(module).__name__, name=name, reason=reason)


# --- layers that hide ---------------------------------------------------------------------------
def warn_of_hidden(module: Any) -> None:
    """Warns (LL668) of layers in plain lists and dicts; each network is looked through once."""
    if module.__dict__.get("_advised", True):
        return
    module.__dict__["_advised"] = True
    modules = list(module.modules())
    known = {id(x) for m in modules for x in (m, *m._parameters.values())}
    for owner in modules:
        for name, value in vars(owner).items():
            if name not in _INTERNAL and any(id(x) not in known for x in _held(value)):
                container = "nn.ModuleDict" if isinstance(value, dict) else "nn.ModuleList"
                if not any(hasattr(x, "named_modules") for x in _held(value)):
                    container = container.replace("Module", "Parameter")
                warn("LL668", kind=type(owner).__name__, name=name, type=type(value).__name__,
                     container=container)  # fmt: skip


_INTERNAL = frozenset(
    ("_parameters", "_buffers", "_modules", "_module_hooks", "_made_from", "_unsaved")
)


def _held(value: Any) -> Iterator[Any]:
    """The modules and parameters in a plain list, tuple or dict."""
    if isinstance(value, (list, tuple, dict)):
        parts = list(value.values() if isinstance(value, dict) else value)[:_LOOKED_AT]
        for x in parts:
            if isinstance(x, Parameter) or hasattr(type(x), "named_modules"):
                yield x


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else f"{text[:37]}..."


# --- sizes --------------------------------------------------------------------------------------
def size(kind: str, argument: str, value: Any, *, least: int = 0) -> int:
    """`value` as a number of features. Errors: LL671 unless it is whole and not below `least`."""
    try:
        whole = operator.index(value)
    except TypeError:
        whole = None
    if whole is None or isinstance(value, bool) or whole < least:
        near = isinstance(value, float) and value.is_integer() and value >= least
        raise ArgumentError("LL671", kind=kind, argument=argument, value=repr(value), least=least,
                            fix=f"{argument}={int(value)}" if near else "")  # fmt: skip
    return whole
