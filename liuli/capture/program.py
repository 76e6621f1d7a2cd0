"""The program of a segment: a compiled step that never speaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..compiler.runner import Interpreted, default_backend
from ..compiler.step import CompiledStep, Failure
from ..errors import LiuliError, RecordError
from ..messages.reasons import Reason
from .faults import is_fault


class CapturedStep(CompiledStep):
    """A compiled step whose falling back is nobody's business but the loop's."""

    def __init__(self, function: Any) -> None:
        super().__init__(function, keep_grads=True)
        self.name = "loop"
        self.has_begun = False  # whether a run may have changed something when an error ended it

    def arrays(self, args: tuple[Any, ...]) -> list[Any]:
        """The results of a call, as arrays. Errors: LiuliError, if it changed nothing."""
        program = self.programs[0] if self.programs else None
        if program is None or not program.holds(args):
            return [t._array for t in self(*args)]
        inputs = [x._array for x in args]
        with self._lock:
            self.has_begun = True
            try:
                made = program.runner.run(inputs, program.states)
            except LiuliError:
                self.has_begun = False
                raise
            except BaseException:  # most likely it came when all was done
                for storage in program.trace.versions:
                    storage.version += 1
                raise
            program.end(args, made)
            self.has_begun = False
        return made

    def give_up(self, error: BaseException) -> None:
        """Run no more, after a fault of the compiler's."""
        self._fall(RecordError("LL734", what=f"{type(error).__name__}: {error}"))

    @contextmanager
    def _spared(self) -> Iterator[None]:
        """As of any compiled step; what a signal's handler raises passes."""
        try:
            with super()._spared():
                try:
                    yield
                except Exception as error:
                    if not is_fault(error):
                        raise _Passing from error
                    raise
        except _Passing as passing:
            raise passing.__cause__ from None  # type: ignore[misc]

    def _fall(self, error: RecordError) -> None:
        self.fallen = Failure(Reason(error.code, **error.facts))

    @property
    def is_slow(self) -> bool:
        """Whether what it has is no faster than eager code."""
        return self.fallen is not None or any(
            isinstance(program.runner, Interpreted) for program in self.programs
        )


class _Passing(BaseException):
    """Carries an exception past those who catch all of the compiler's."""


def is_fast() -> bool:
    """Whether programs are machine code here."""
    return default_backend() == "native"
