"""What Python does beside a step while it is watched: it prints, and draws numbers of its own."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from ..errors import RecordError


class _Observer(Protocol):
    failure: RecordError | None

    def printed(self, text: str, stream: Any) -> bool:
        """Whether the observer takes care of a text that is printed."""


class _Noted:
    """A stream that tells what is written to it, and is else the one behind it."""

    def __init__(self, stream: Any, observer: _Observer) -> None:
        self._stream, self._observer = stream, observer

    def write(self, text: str) -> Any:
        if self._observer.printed(text, self._stream):
            return len(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def noticed(observer: _Observer) -> Iterator[None]:
    """The observer is told what is printed, and fails if Python or NumPy drew random numbers."""
    stream, before = sys.stdout, _chance()
    noted: Any = _Noted(stream, observer) if stream is not None else None  # as under pythonw
    sys.stdout = noted
    try:
        yield
    finally:
        if sys.stdout is noted:
            sys.stdout = stream
    moved = [name for name, state in _chance().items() if state != before[name]]
    if moved and observer.failure is None:
        observer.failure = RecordError("LL735", what=moved[0])


def _chance() -> dict[str, bytes]:
    """The states of the generators that everybody shares."""
    states = {"random": random.getstate(), "numpy.random": np.random.get_state(legacy=False)}
    return {name: pickle.dumps(state) for name, state in states.items()}
