"""Calls that never began: a word that is no argument, one that is missing, one too many.

Python says so in its own words. Here it is said in ours, with the word that was probably meant.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import ArgumentError
from ..messages.hints import nearest

# Words of Keras and of habit, and what they are called here.
WORDS = {
    "learning_rate": "lr", "rate": "p", "units": "out_features", "input_dim": "in_features",
    "input_size": "in_features", "output_size": "out_features", "epsilon": "eps",
    "decay": "weight_decay", "nb_epoch": "epochs", "num_epochs": "epochs", "bs": "batch_size",
    "parameters": "params", "net": "model", "network": "model", "criterion": "loss",
    "filters": "out_channels", "in_features": "in_channels", "out_features": "out_channels",
}  # fmt: skip
# What takes a list, and is often given its elements one by one.
OF_LISTS = ("Compose", "ModuleList", "ParameterList", "ConcatDataset")
SHOWN = 40  # characters of an argument in a message

Names = Sequence[str]


def guard_classes(names: Mapping[str, Any]) -> None:
    """Let the constructors of the classes in a namespace say in our words what a call lacks.

    A call that succeeds pays a tenth of a microsecond.
    """
    package = __name__.partition(".")[0] + "."
    classes = [item for item in names.values() if isinstance(item, type)]
    for each in (base for item in classes for base in item.__mro__):
        own = vars(each).get("__init__") if each.__module__.startswith(package) else None
        if inspect.isfunction(own):
            guard_methods(each, "__init__")


def guard_methods(owner: type, *names: str) -> None:
    """The same for some methods of one class."""
    for name in names:
        function = vars(owner)[name]
        if not hasattr(function, "__begins__"):
            setattr(owner, name, _guarded(function, owner.__name__))


def _guarded(function: Callable[..., Any], owner: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self, *args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise  # it began to run
            own = type(self).__module__.startswith(__name__.partition(".")[0] + ".")
            name = type(self).__name__ if own else owner
            if function.__name__ != "__init__":
                name = function.__name__
            ours = misfit(function, name, args, kwargs)
            if ours is None:
                raise
        raise ours

    call.__dict__["__begins__"] = True
    return call


def misfit(
    function: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> ArgumentError | None:
    """What is wrong with a call that Python refused; None if it is something rarer.

    Errors returned: LL167 for an unknown word, LL169 for too many arguments, LL168 for missing
    ones.
    """
    given = list(inspect.signature(function).parameters.values())[1:]
    places = [p.name for p in given if p.kind is p.POSITIONAL_OR_KEYWORD]
    words = [p.name for p in given if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    unknown = [word for word in kwargs if word not in words]
    if unknown:
        word = unknown[0]
        near = WORDS[word] if WORDS.get(word) in words else nearest(word, words)
        fix = f"{near}={_short(kwargs[word])}" if near else ""
        return ArgumentError("LL167", function=name, given=word, names=", ".join(words), fix=fix)
    if len(args) > len(places):
        return ArgumentError("LL169", function=name, given=len(args), most=len(places),
                             fix=_with_words(name, args, places, words))  # fmt: skip
    bound = {*places[: len(args)], *kwargs}
    missing = [p.name for p in given if p.default is p.empty and p.name in words]
    missing = [word for word in missing if word not in bound]
    if not missing:
        return None
    spelled = [*map(_short, args), *missing, *(f"{k}={_short(x)}" for k, x in kwargs.items())]
    return ArgumentError("LL168", function=name, names=", ".join(missing),
                         fix=f"{name}({', '.join(spelled)})")  # fmt: skip


def _with_words(name: str, args: Iterable[Any], places: Names, words: Names) -> str:
    """The call as it was probably meant: a list where one is wanted, else words for the rest."""
    said = [_short(x) for x in args]
    if name in OF_LISTS:
        return f"{name}([{', '.join(said)}])"
    rest = [word for word in words if word not in places][: len(said) - len(places)]
    if len(rest) < len(said) - len(places):
        return f"{name}({', '.join(places)})"
    named = [f"{word}={x}" for word, x in zip(rest, said[len(places) :], strict=True)]
    return f"{name}({', '.join([*said[: len(places)], *named])})"


def _short(x: Any) -> str:
    """An argument in a call that is shown: itself, or ... where that is long."""
    text = "..." if hasattr(x, "__array__") or hasattr(x, "gi_frame") else repr(x)
    return text if len(text) <= SHOWN and "\n" not in text and " at 0x" not in text else "..."
