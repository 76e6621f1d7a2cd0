"""A folder of checkpoints: numbered files, the newest whole one of which is always found.

    checkpoint-000007.safetensors
    checkpoint-000008.safetensors

A file gets its name only when it is whole, and an older one goes only after that. So whatever
happens while one is written, kill -9 or a power cut, the one before it can be loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .. import files
from ..autodiff.describe import warn
from ..errors import FileError, TrainingError
from ..nn.packing import pack
from ..nn.unpacking import unpack

__all__ = ["Checkpoint", "load_state", "newest_checkpoint", "save_checkpoint", "save_state"]

_NAME = re.compile(r"checkpoint-(\d{6,})\.safetensors")


class Checkpoint(NamedTuple):
    """One checkpoint: where it lies, its number, its arrays by name and its plain value."""

    path: Path
    number: int
    arrays: dict[str, Any]
    meta: Any


def save_checkpoint(
    folder: files.PathLike, arrays: Mapping[str, Any], *, meta: Any = None, keep: int = 2
) -> Path:
    """Write the next checkpoint of `folder`, and return its path; the newest `keep` are kept.

    The folder is made if it is not there. Numbers only go up, also over runs.

    Errors: LL919 to LL922 if it cannot be written; those that are there stay.

    Example:
        >>> import tempfile
        >>> from liuli.train import checkpoint
        >>> folder = tempfile.mkdtemp()
        >>> for epoch in range(3):
        ...     path = checkpoint.save_checkpoint(folder, {"w": np.ones(2)}, meta=epoch)
        >>> path.name
        'checkpoint-000003.safetensors'
        >>> checkpoint.newest_checkpoint(folder).meta
        2
    """
    folder = Path(folder)
    with suppress(OSError):  # what is wrong with the folder is said when the file is written
        folder.mkdir(parents=True, exist_ok=True)
    files.remove_leftovers(folder)
    numbers = sorted(_numbered(folder))
    number = numbers[-1] + 1 if numbers else 1
    path = folder / f"checkpoint-{number:06}.safetensors"
    files.write_arrays(path, arrays, meta)
    for old in numbers[: max(len(numbers) + 1 - max(keep, 1), 0)]:
        with suppress(OSError):  # another program looks at it: it goes the next time
            _numbered(folder)[old].unlink()
    return path


def newest_checkpoint(folder: files.PathLike) -> Checkpoint | None:
    """The newest checkpoint in `folder` that is whole, or None if there is none at all.

    Where the newest is damaged an older one is taken, with a warning (LL929). If all are damaged,
    the error says what is wrong with the newest.
    """
    found = _numbered(Path(folder))
    fault: FileError | None = None
    damaged = ""
    for number in sorted(found, reverse=True):
        path = found[number]
        try:
            arrays, meta = files.read_arrays(path)
        except FileError as error:
            if fault is None:
                fault, damaged = error, path.name
            continue
        if fault is not None:
            warn("LL929", path=damaged, fault=fault.code, older=path.name)
        return Checkpoint(path, number, arrays, meta)
    if fault is not None:
        raise fault
    return None


def _numbered(folder: Path) -> dict[int, Path]:
    """The checkpoints of a folder by number."""
    try:
        paths = list(folder.iterdir())
    except (OSError, ValueError):
        return {}
    names = ((path, _NAME.fullmatch(path.name)) for path in paths)
    return {int(name[1]): path for path, name in names if name}


def save_state(folder: files.PathLike, state: Any, *, keep: int = 2) -> Path:
    """As save_checkpoint, for an object of plain values, tensors and state dicts.

    Errors: LL924 names the place of what cannot be saved.
    """
    arrays, meta = pack(state)
    return save_checkpoint(folder, arrays, meta=meta, keep=keep)


def load_state(folder: files.PathLike) -> Any:
    """The object in the newest whole checkpoint of `folder`.

    Errors: LL964 if there is no checkpoint.
    """
    found = newest_checkpoint(folder)
    if found is None:
        raise TrainingError("LL964", folder=files.shown(folder))
    return unpack(found.arrays, found.meta, files.shown(found.path))
