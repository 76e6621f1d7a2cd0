"""`liuli.backends`: PyTorch's switches of its libraries. They can be set, and change nothing here.

Liuli computes float32 in float32, the same way each time: what these switches trade away
elsewhere is never given up.
"""

from __future__ import annotations

from typing import Any

from .errors import ArgumentError

__mirrors__ = "torch"


class Backend:
    """One library's switches. Setting one is remembered; none has an effect."""

    def __init__(self, *, available: bool = False, **switches: Any) -> None:
        self.__dict__.update(switches)
        self._available = available

    def is_available(self) -> bool:
        """Whether the library is there."""
        return self._available

    def is_built(self) -> bool:
        """Whether the library was built in."""
        return self._available

    def version(self) -> int | None:
        """The library's version: None where it is not there."""
        return None


_asked: dict[str, Any] = {"deterministic": False, "precision": "highest"}


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same bits every time: Liuli's operations give them in any case."""
    _asked["deterministic"] = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was last told."""
    return bool(_asked["deterministic"])


def set_float32_matmul_precision(precision: str) -> None:
    """Allow matrix products less precision: "highest", "high" or "medium". None is taken.

    Errors: LL602 for another word.
    """
    words = ("highest", "high", "medium")
    if precision not in words:
        choices = ", ".join(map(repr, words))
        raise ArgumentError("LL602", argument="precision", value=repr(precision), choices=choices)
    _asked["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was last told, "highest" at first."""
    return str(_asked["precision"])


cudnn = Backend(enabled=False, benchmark=False, deterministic=True, allow_tf32=False)
cuda = Backend(matmul=Backend(allow_tf32=False, allow_fp16_reduced_precision_reduction=False))
mps = Backend()
mkldnn = Backend(enabled=False)
openmp = Backend()
