"""Reading a file of bounded size, and writing one whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ..errors import DataError, FileError
from .remarks import Phrase, phrase


def read_bytes(path: Path, largest: int) -> bytes:
    """The bytes of a file. Errors: LL945 if it cannot be read, LL949 if it is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        # Windows refuses to open a folder, with the words of a missing permission.
        reason = phrase("folder") if path.is_dir() else reason_of(error)
        raise FileError("LL945", path=path, reason=reason) from None
    if len(data) > largest:
        size = f"{path.stat().st_size / 2**20:,.0f} MB"
        raise DataError("LL949", path=path.name, size=size, limit=f"{largest / 2**20:,.0f} MB")
    return data


def replace_with(path: Path, data: bytes) -> None:
    """Put a file with these bytes in the place of `path`, whole or not at all. Errors: LL956."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise FileError("LL956", path=path, reason=reason_of(error)) from None


def reason_of(error: OSError) -> Phrase | str:
    """Why the system refused, in the same words on all systems where they are known."""
    if isinstance(error, FileNotFoundError):
        return phrase("no_file")
    if isinstance(error, PermissionError):
        return phrase("no_permission")
    return error.strerror or str(error)
