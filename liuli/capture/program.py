"""The program of a segment: a compiled step that never speaks."""

from __future__ import annotations

from typing import Any

from ..compiler.runner import Interpreted, default_backend
from ..compiler.step import CompiledStep, Failure
from ..errors import RecordError
from ..messages.reasons import Reason


class CapturedStep(CompiledStep):
    """A compiled step whose falling back is nobody's business but the loop's."""

    def __init__(self, function: Any) -> None:
        super().__init__(function, keep_grads=True)
        self.name = "loop"

    def arrays(self, args: tuple[Any, ...]) -> list[Any]:
        """The results of a call, as arrays."""
        program = self.programs[0] if self.programs else None
        if program is None or not program.holds(args):
            return [t._array for t in self(*args)]
        with self._lock:
            made = program.runner.run([x._array for x in args], program.states)
            program.end(args, made)
        return made

    def _fall(self, error: RecordError) -> None:
        self.fallen = Failure(Reason(error.code, **error.facts))

    @property
    def is_slow(self) -> bool:
        """Whether what it has is no faster than eager code."""
        return self.fallen is not None or any(
            isinstance(program.runner, Interpreted) for program in self.programs
        )


def is_fast() -> bool:
    """Whether programs are machine code here."""
    return default_backend() == "native"
