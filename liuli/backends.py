"""`liuli.backends`: PyTorch's switches of its libraries. They can be set, and change nothing here.

Liuli computes float32 in float32, the same way each time: what these switches trade away
elsewhere is never given up.
"""

from __future__ import annotations

from typing import Any


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


cudnn = Backend(enabled=False, benchmark=False, deterministic=True, allow_tf32=False)
cuda = Backend(matmul=Backend(allow_tf32=False, allow_fp16_reduced_precision_reduction=False))
mps = Backend()
mkldnn = Backend(enabled=False)
openmp = Backend()
