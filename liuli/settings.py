"""The few global switches: one table, one context manager.

| switch          | environment         | meaning                                            |
|-----------------|---------------------|----------------------------------------------------|
| `default_dtype` |                     | dtype of Python floats and of new tensors          |
| `num_threads`   | `LIULI_NUM_THREADS` | threads of the compiler's workers and NumPy's BLAS |
| `capture`       | `LIULI_CAPTURE`     | whether plain loops become programs; 0: they don't |
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

from .errors import SettingError


@dataclass
class Settings:
    """The switches and their present values; None means: decided by the machine."""

    default_dtype: str = "float32"
    num_threads: int | None = None
    capture: bool = field(
        default_factory=lambda: os.environ.get("LIULI_CAPTURE", "").strip() != "0", kw_only=True
    )


def threads_from_environment() -> int | None:
    """`LIULI_NUM_THREADS` as a positive integer, or None if it is not set.

    Errors: LL801 if it is set to anything else.
    """
    text = os.environ.get("LIULI_NUM_THREADS", "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise SettingError("LL801", value=text)
    return int(text)


current = Settings()


def change(**switches: object) -> None:
    """Set switches by name. Errors: LL802 for a name that is none of them."""
    names = [field.name for field in fields(Settings)]
    for name in switches:
        if name not in names:
            raise SettingError("LL802", name=name, names=", ".join(names))
    for name, value in switches.items():
        setattr(current, name, value)


@contextmanager
def using(**switches: object) -> Iterator[Settings]:
    """Set switches inside a `with` block and put them back after it.

    Example:
        >>> import liuli
        >>> with liuli.settings.using(default_dtype="float64"):
        ...     liuli.zeros(1).dtype
        liuli.float64
    """
    before = {name: getattr(current, name, None) for name in switches}
    change(**switches)
    try:
        yield current
    finally:
        change(**before)
