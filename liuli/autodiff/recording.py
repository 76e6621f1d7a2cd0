"""What a recorder must answer while a program is recorded; `compiler.trace` has the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ..ops.op import Op
    from .tensor import Tensor


class RecorderProtocol(Protocol):
    """The calls that the engine makes on a recorder."""

    def record(self, op: Op, operands: tuple[Any, ...], attrs: dict[str, Any], y: Tensor) -> None:
        """`op` was applied and made `y`, which is no view."""

    def born(self, t: Tensor) -> None:
        """`t` was made from numbers in Python, not by an operation."""

    def write(self, target: Tensor, value: Tensor) -> None:
        """`value` was written where `target` looks."""

    def alias(self, copy: Tensor, of: Tensor) -> None:
        """`copy` holds what `of` held at this moment."""

    def turned(self, t: Tensor, method: str) -> None:
        """`t` looks at its memory in another way from now on: refused for what lived before."""

    def touch_grad(self, leaf: Tensor) -> None:
        """The gradient slot of `leaf` was filled or emptied."""

    def refuse(self, code: str, **facts: Any) -> None:
        """Something was asked that a recorded program cannot do: raises."""
