"""Names that a folder does not have: what they are called here, or that they are still to come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from opcode import opmap
from types import ModuleType
from typing import Any

from ..errors import ArgumentError, MissingImportError, MissingNameError
from ..messages.hints import nearest


def lookup(
    module: ModuleType, later: Collection[str], elsewhere: Mapping[str, str]
) -> Callable[[str], Any]:
    """A `__getattr__` for a folder that says what is wrong with a name it does not have.

    `later` are names that are not in this version, `elsewhere` maps names of other libraries to
    what is written here. Errors: LL161 with the nearest name, LL162 for what is still to come.
    """
    home = module.__name__.removeprefix("liuli.")

    def missing(name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        frame = sys._getframe(1)
        # Python drops the text of an AttributeError in `from liuli.nn import Name`.
        importing = frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]
        near = nearest(name, module.__all__)
        written = elsewhere.get(name) or (f"{home}.{near}" if near else "")
        error = MissingNameError("LL161", module=home, name=name, near=written)
        if name in later:
            error = MissingNameError("LL162", module=home, name=name)
        facts: Any = error.facts
        raise MissingImportError(error.code, **facts) if importing else error

    return missing


class File(ModuleType):
    """A file whose name is nearly that of a class in it: calling it says which class is meant."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Errors: LL164."""
        home, _, name = self.__name__.removeprefix("liuli.").rpartition(".")
        near = nearest(name, sys.modules[f"liuli.{home}"].__all__)
        raise ArgumentError("LL164", module=home, name=name, near=f"{home}.{near}(...)")


def name_files(module: ModuleType) -> None:
    """Let the files of a folder that are called by mistake, such as nn.linear, say so."""
    classes = {name.lower() for name in module.__all__ if not name.islower()}
    for name, item in vars(module).items():
        if isinstance(item, ModuleType) and name in classes:
            item.__class__ = File
