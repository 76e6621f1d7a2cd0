"""Where data are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import FileError
from ..places import cache_dir, named_folder


def folders(name: str) -> Iterator[Path]:
    """The folders in which the data set `name` is looked for, in this order.

    `LIULI_DATA`/name, `LIULI_DATA`, and name in the user's cache.

    Example:
        >>> import liuli
        >>> list(liuli.data.folders("mnist"))[-1].name
        'mnist'
    """
    given = named_folder("LIULI_DATA")
    if given is not None:
        yield given / name
        yield given
    try:
        yield cache_dir() / name
    except FileError:  # without a home there is no cache; it matters only for a download
        return
