"""Plain loops: a hand-written training loop that becomes a program without being asked."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_LATER = {"program": ".program", "loop": ".loop"}
_NAMES = {"explain": ".loop"}


def __getattr__(name: str) -> Any:
    """Parts that are loaded when they are needed."""
    if name in _NAMES:
        return getattr(import_module(_NAMES[name], __name__), name)
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(_LATER[name], __name__)
