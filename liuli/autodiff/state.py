"""What a thread is doing: whether gradients are recorded, who records the program, and where.

The trail: (code, instruction) of the user's line that is running, decoded to file:line only
when someone asks for it.
"""

from __future__ import annotations

import itertools
import linecache
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .node import Node
    from .recording import RecorderProtocol

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class State(threading.local):
    """The switches of one thread."""

    grad: bool = True
    inference: bool = False
    recorder: RecorderProtocol | None = None
    origin: Node | None = None  # the node whose gradient rule is running
    scope: tuple[str, ...] = ()  # names of the modules and compositions that are running
    capture: Any = None  # the plain loop of this thread, `capture.loop.Loop`, while it looks on
    loop: Any = None  # the same, also while it sleeps
    uncaptured: int = 0  # how many hold that plain loops are not their business


class Edits:
    """How often something was edited that decides what a step does, though it is no number.

    Training flags, `requires_grad`, hooks, the parts of modules, the groups of optimizers: whoever
    changes one adds 1. A compiled step looks again at all of them only when this has moved.
    """

    number = 0


class Captures:
    """`step` takes over an optimizer's step in a plain loop; `liuli.capture` puts itself here."""

    step: Callable[[Any], bool] = staticmethod(lambda optimizer: False)


STATE = State()
EDITS = Edits()
CAPTURES = Captures()
sequence = itertools.count()  # creation order of nodes, one count for all threads


class Place(NamedTuple):
    """One place in the user's program: a code object and an instruction in it."""

    code: CodeType
    instruction: int

    @property
    def line(self) -> int:
        """The line number in the file."""
        previous = self.code.co_firstlineno
        for start, end, line in self.code.co_lines():
            if start <= self.instruction < end:
                return line if line is not None else previous
        return previous

    @property
    def text(self) -> str:
        """The line itself, if its file can be read."""
        return linecache.getline(self.code.co_filename, self.line).strip()

    def __str__(self) -> str:
        return f"{os.path.basename(self.code.co_filename)}:{self.line}"


_ours: dict[str, bool] = {}


def _is_ours(filename: str) -> bool:
    found = _ours[filename] = filename.startswith(PACKAGE)
    return found


def here(depth: int = 1) -> Place | None:
    """The innermost running line that is not Liuli's own, from `depth` callers up."""
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        name = code.co_filename
        if not (_ours[name] if name in _ours else _is_ours(name)):
            return Place(code, frame.f_lasti)
        frame = frame.f_back
    return None


@contextmanager
def uncaptured() -> Iterator[None]:
    """Inside, no plain loop is looked for."""
    state = STATE
    capture, state.capture = state.capture, None
    state.uncaptured += 1
    try:
        if capture is not None:
            capture.refuse()
        yield
    finally:
        state.uncaptured -= 1
        state.capture = capture


@contextmanager
def scoped(name: str) -> Iterator[None]:
    """Everything applied inside belongs to `name`: a layer or a composition."""
    before = STATE.scope
    STATE.scope = (*before, name)
    try:
        yield
    finally:
        STATE.scope = before
