"""`--model`: a network by name, or from a function in a file of the user's."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from ..data.disk import read_bytes
from ..errors import CommandError, LiuliError
from ..messages.hints import nearest
from ..nn import Module
from ..train import Trainer
from ..zoo import FOR_NUMBERS, FOR_PICTURES, NETWORKS
from .arguments import shown
from .sources import Sizes, Source, examples
from .words import Said

LARGEST = 2**24  # bytes of a program
PICTURE = 3  # axes of a picture: channels, height, width
NUMBERS = ("inputs", "outputs")  # what a user's function is called with, if it takes two
PRIVATE = "_liuli_model_file"  # the user's file as a module: under no name that others could mean


def is_file(model: str) -> bool:
    """Whether `--model` names a file: net.py:make, also with a drive, C:\\net.py:make."""
    return ".py" in model


def parted(model: str) -> tuple[Path, str]:
    """The file and the name behind its last colon, which may be missing."""
    head, colon, name = model.rpartition(":")
    return (Path(head), name) if colon and head.endswith(".py") else (Path(model), "")


def build(model: str, sizes: Sizes) -> Module:
    """The network for examples of those sizes, with its first values.

    Errors: LL749 for a network that sees pictures where there are none; LL989 for an unknown
    name; LL990 to LL992 for what is wrong with a file.
    """
    if is_file(model):
        return _from_file(*parted(model), sizes)
    name = model.lower()
    if name in FOR_PICTURES and len(sizes.shape) < PICTURE:
        raise CommandError("LL749", model=name, count=sizes.inputs, names=", ".join(FOR_NUMBERS))
    if name in NETWORKS:
        return NETWORKS[name](sizes.shape, sizes.outputs)
    near = nearest(model, list(NETWORKS))
    raise CommandError("LL989", model=shown(model), names=", ".join(NETWORKS),
                       near=f"--model {near}" if near else "")  # fmt: skip


def _from_file(path: Path, name: str, sizes: Sizes) -> Module:
    """What the function `name` of a file gives."""
    module = load_file(path)
    makers = [key for key, value in vars(module).items()
              if callable(value) and getattr(value, "__module__", "") == PRIVATE]  # fmt: skip
    maker = getattr(module, name, None) if name else None
    if not callable(maker):
        near = nearest(name, makers) or (makers[0] if len(makers) == 1 else "")
        names = ", ".join(makers) or "-"
        trouble = Said("no_such", name=shown(name)) if name else Said("no_name", path=path.name)
        raise CommandError("LL990", path=path.name, trouble=trouble, names=names,
                           near=f"--model {path}:{near}" if near else "")  # fmt: skip
    if isinstance(maker, Module):  # the network itself
        return maker
    asked = _question(maker, sizes)
    if asked is None:
        trouble = Said("no_call", name=name)
        raise CommandError("LL990", path=path.name, trouble=trouble, names=", ".join(makers) or "-",
                           near=f"def {name}(inputs, outputs):")  # fmt: skip
    with users_code(path):
        made = asked()
    if not isinstance(made, Module):
        raise CommandError("LL992", path=path.name, name=name, given=type(made).__name__)
    return made


def _question(maker: Callable[..., Any], sizes: Sizes) -> Callable[[], Any] | None:
    """The call that its signature wants; None if it takes neither both numbers nor nothing."""
    try:
        signature = inspect.signature(maker)
    except (TypeError, ValueError):  # a function that is not written in Python
        return None
    parameters = signature.parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.default is p.empty and p.kind in kinds]
    ways = [partial(maker)]
    if len(needed) == len(NUMBERS):
        ways.insert(0, partial(maker, sizes.inputs, sizes.outputs))
    for names in (NUMBERS, ("shape", "outputs")):
        if set(names) <= signature.parameters.keys():
            ways.insert(0, partial(maker, **{name: getattr(sizes, name) for name in names}))
    for way in ways:
        with suppress(TypeError):
            signature.bind(*way.args, **way.keywords)
            return way
    return None


def load_file(path: Path) -> ModuleType:
    """Run a file of the user's as a module of its own.

    Its folder does not get onto `sys.path`, so that a file torch.py or random.py beside it can
    take no other module's place, and nothing is written next to it.

    Errors: LL945 if it cannot be read, LL991 for an error in it.
    """
    text = read_bytes(path, LARGEST)
    module = ModuleType(PRIVATE)
    module.__file__ = str(path)
    sys.modules[PRIVATE] = module  # dataclasses look their module up there
    with users_code(path):
        exec(compile(text, str(path), "exec"), module.__dict__)
    return module


def classes_in(module: ModuleType) -> list[type]:
    """The layers that a file defines."""
    found = [each for each in vars(module).values() if isinstance(each, type)]
    return [each for each in found if issubclass(each, Module) and each.__module__ == PRIVATE]


@contextmanager
def users_code(path: Path | None) -> Iterator[None]:
    """Tell an error that comes about in the user's file by its line there.

    Liuli's own messages pass: they name the layer already. Errors: LL991.
    """
    try:
        yield
    except (KeyboardInterrupt, LiuliError, MemoryError, BrokenPipeError):
        raise
    except (Exception, SystemExit) as error:
        line = _line(error, path)
        if path is None or line is None:
            raise
        first = str(error).partition("\n")[0] if not isinstance(error, SyntaxError) else error.msg
        raise CommandError("LL991", place=f"{path.name}:{line}", kind=type(error).__name__,
                           error=first) from error  # fmt: skip


def _line(error: BaseException, path: Path | None) -> int | None:
    """The last line of the file that the error came through."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    text = isinstance(error, (ValueError, UnicodeError, SyntaxError))
    if text and not lines and "null" in str(error):
        return 1  # a file that is no text
    return lines[-1] if lines else None


def tried(made: Module, model: str, source: Source) -> Module:
    """The network, after two examples got through and gave as many numbers as are needed.

    Layers that find out their sizes by themselves know them then. Errors: LL993.
    """
    with users_code(parted(model)[0] if is_file(model) else None):
        said = Trainer(made).predict(examples(source, 2))
    needed = (len(said), source.sizes.outputs)
    if tuple(said.shape) != needed:
        raise CommandError("LL993", count=len(said), found=tuple(said.shape), needed=needed)
    return made
