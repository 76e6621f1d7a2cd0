"""Storage: where a tensor's numbers live, shared by all its views."""

from __future__ import annotations

from typing import Any

import numpy as np


class Storage:
    """Memory (`value`, a NumPy array) and how often it was written (`version`).

    Every view of a tensor shares its storage, so a write through one is seen by all, and a
    number kept for a gradient is known to be stale when the version has moved.
    """

    __slots__ = ("__weakref__", "value", "version")

    def __init__(self, value: np.ndarray[Any, Any]) -> None:
        self.value = value
        self.version = 0
