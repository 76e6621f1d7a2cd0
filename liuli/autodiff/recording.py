"""What a recorder must answer while a program is recorded; `compiler.trace` has the real one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from .state import STATE

if TYPE_CHECKING:
    from ..ops.op import Op
    from .tensor import Tensor


class RecorderProtocol(Protocol):
    """The calls that the engine makes on a recorder."""

    def record(self, op: Op, operands: tuple[Any, ...], attrs: dict[str, Any], y: Tensor) -> None:
        """`op` was applied and made `y`, which is no view."""

    def born(self, t: Tensor) -> None:
        """`t` was made from numbers in Python, not by an operation."""

    def knows(self, data: Any) -> bool:
        """Whether `data` is a tensor, or an array that is an input: no constant."""

    def before_write(self, target: Tensor) -> None:
        """What `target` looks at is about to be written."""

    def write(self, target: Tensor, value: Tensor) -> None:
        """`value` was written where `target` looks."""

    def alias(self, copy: Tensor, of: Tensor) -> None:
        """`copy` holds what `of` held at this moment."""

    def turned(self, t: Tensor, method: str) -> None:
        """`t` looks at its memory in another way from now on: refused for what lived before."""

    def touch_grad(self, leaf: Tensor, replaced: bool = False) -> None:
        """The gradient slot of `leaf` is about to be read or added to, or to be replaced."""

    def consume_grad(self, leaf: Tensor) -> None:
        """An optimizer read the gradient of `leaf`."""

    def host(
        self, function: Callable[..., Any], args: Any, kwargs: Any, touched: Iterable[Any]
    ) -> None:
        """`function` is Python's own business: call it now, and after each run of the program.

        It may write into the arrays `touched`.
        """

    def refuse(self, code: str, **facts: Any) -> None:
        """Something was asked that a recorded program cannot do: raises."""


def hosted(touched: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Any]:
    """A decorator for methods that a recorded program calls back; `touched` as in `host`."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            if STATE.recorder is None:
                return method(self, *args, **kwargs)
            return STATE.recorder.host(method, (self, *args), kwargs, touched(self))

        return call

    return decorate
