"""Switching the recording of gradients off and on: no_grad, enable_grad, inference_mode."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from .state import STATE

Call = TypeVar("Call", bound=Callable[..., Any])


class _Mode:
    """A context manager and decorator that sets whether gradients are recorded."""

    wanted = True

    def __init__(self) -> None:
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append((STATE.grad, STATE.inference))
        STATE.grad = self.wanted

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        STATE.grad, STATE.inference = self._before.pop()

    def clone(self) -> _Mode:
        """A fresh one, for each call of a decorated function."""
        return type(self)()

    def __call__(self, function: Call) -> Call:
        if inspect.isgeneratorfunction(function):
            return _generator(self, function)  # type: ignore[return-value]

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return call  # type: ignore[return-value]


def _generator(mode: _Mode, function: Callable[..., Any]) -> Callable[..., Any]:
    """The mode holds while the generator runs, not while its caller does."""

    def advance(step: Callable[..., Any], *what: Any) -> Any:
        with mode.clone():
            return step(*what)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        steps = function(*args, **kwargs)
        try:
            value = advance(next, steps)
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    advance(steps.close)
                    raise
                except BaseException as error:
                    value = advance(steps.throw, error)
                else:
                    value = advance(steps.send, sent)
        except StopIteration as end:
            return end.value

    return call


class no_grad(_Mode):
    """Record no history inside: nothing computed there wants a gradient.

    Use it as a context manager or as a decorator.

    Example:
        >>> import liuli
        >>> x = liuli.ones(2, requires_grad=True)
        >>> with liuli.no_grad():
        ...     (x * 2).requires_grad
        False
    """

    wanted = False

    def __new__(cls, function: Any = None) -> Any:
        """`@no_grad` without brackets works too."""
        return cls()(function) if callable(function) else super().__new__(cls)

    def __init__(self, function: Any = None) -> None:
        super().__init__()


class enable_grad(no_grad):
    """Record histories inside, also within a `no_grad` block."""

    wanted = True


class inference_mode(_Mode):
    """As `no_grad`; with `mode=False` it does nothing."""

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode

    def __enter__(self) -> None:
        super().__enter__()
        STATE.grad = self._before[-1][0] and not self.mode
        STATE.inference = self.mode

    def clone(self) -> _Mode:
        return inference_mode(self.mode)


class set_grad_enabled(_Mode):
    """Set at once whether histories are recorded; as a context manager, put it back after."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.mode = mode
        self._outside = STATE.grad
        STATE.grad = mode

    def __enter__(self) -> None:
        self._before.append((self._outside, STATE.inference))
        STATE.grad = self.mode

    def clone(self) -> _Mode:
        return set_grad_enabled(self.mode)

    def __call__(self, function: Call) -> Call:
        STATE.grad = self._outside  # used as a decorator: only inside the function
        return super().__call__(function)


def is_grad_enabled() -> bool:
    """Whether histories are being recorded in this thread."""
    return STATE.grad


def is_inference_mode_enabled() -> bool:
    """Whether an `inference_mode` block is running in this thread."""
    return STATE.inference
