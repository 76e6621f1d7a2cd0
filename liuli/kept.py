"""Files that a later process may find again, if nobody else could have written them.

A file is `MAGIC`, the sha256 of its name and content, the content. The folder is one of the user's
cache, and only a folder that nobody else can write is trusted. Whatever is wrong with folder or
file, nothing is found, or nothing kept; nobody is told.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from .errors import FileError
from .places import cache_dir

MAGIC = b"liuli kept file 1\n"
MOST = 64 * 2**20  # bytes of all files; then the least recently used go, down to 3/4
LARGEST = MOST // 4  # of one file
_SUM = 32  # bytes
_BLOCK = 4096  # bytes that a disk gives away at once: the files are smaller
_WINDOWS = os.name == "nt"
_REPARSE_POINT = 0x400  # what links, junctions and their like are on Windows
_DAY, _HOUR = 86_400.0, 3_600.0  # seconds

# Symbolic links are refused, and a pipe must not keep us waiting.
_FLAGS = sum(
    getattr(os, name, 0)
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY", "O_NOINHERIT")
)


def read(where: str, names: Iterable[str]) -> dict[str, bytes]:
    """The contents that are there, whole, in a folder of the user's cache, by name."""
    found: dict[str, bytes] = {}
    with _quietly(), _opened(where, make=False) as folder:
        for name in names:
            with suppress(OSError):
                data = _checked(name, folder.read(name))
                if data is not None:
                    found[name] = data
    return found


def write(where: str, contents: Mapping[str, bytes]) -> None:
    """Keep contents by name, digests, as far as that is possible."""
    with _quietly(), _opened(where, make=True) as folder:
        for name, data in contents.items():
            if len(data) <= LARGEST:
                folder.write(name, [MAGIC, _sum(name, data), data])
        if any(name.startswith("00") for name in contents):  # names are random: every 256th
            prune(folder)


def _sum(name: str, data: bytes) -> bytes:
    return hashlib.sha256(name.encode() + data).digest()


def _checked(name: str, file: bytes) -> bytes | None:
    """The content of a file if it is what was written under that name."""
    head, data = file[: len(MAGIC) + _SUM], file[len(MAGIC) + _SUM :]
    return data if head == MAGIC + _sum(name, data) else None


@contextmanager
def _quietly() -> Iterator[None]:
    """No home, no folder, no rights, no space: then there is no cache."""
    with suppress(OSError, FileError, ValueError):
        yield


# --- the folder -----------------------------------------------------------------------------------
class _File(NamedTuple):
    used: float  # when, in seconds
    size: int
    name: str


class _Folder:
    """An open folder that is ours. On POSIX files are reached through its handle alone."""

    def __init__(self, path: Path, handle: int | None) -> None:
        self.path, self.handle = path, handle

    def _at(self, name: str) -> str:
        return name if self.handle is not None else os.fspath(self.path / name)

    def read(self, name: str) -> bytes:
        """The bytes of a file of ours. OSError if it is none."""
        number = os.open(self._at(name), os.O_RDONLY | _FLAGS, dir_fd=self.handle)
        with open(number, "rb", buffering=0) as file:
            info = os.fstat(number)
            if not stat.S_ISREG(info.st_mode) or info.st_size > LARGEST + len(MAGIC) + _SUM:
                raise OSError("no file of ours")
            _refuse_others(info, 0o022)
            if time.time() - info.st_mtime > _DAY:
                with suppress(OSError):
                    os.utime(number if self.handle is not None else self._at(name))
            return file.readall()

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """A file that appears at once and whole, or not at all."""
        spare = f".{os.getpid()}-{os.urandom(8).hex()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
        number = os.open(self._at(spare), flags, 0o600, dir_fd=self.handle)
        try:
            with open(number, "wb") as file:
                file.writelines(parts)
            os.replace(self._at(spare), self._at(name), src_dir_fd=self.handle,
                       dst_dir_fd=self.handle)  # fmt: skip
        except BaseException:
            with suppress(OSError):
                self.remove(spare)
            raise

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(self._at(name), dir_fd=self.handle)

    def files(self) -> Iterator[_File]:
        """All files."""
        with os.scandir(self.path if self.handle is None else self.handle) as entries:
            for entry in entries:
                with suppress(OSError):  # another process may remove it now
                    info = entry.stat(follow_symlinks=False)
                    size = -(-info.st_size // _BLOCK) * _BLOCK
                    yield _File(info.st_mtime, size, entry.name)


@contextmanager
def _opened(where: str, *, make: bool) -> Iterator[_Folder]:
    """The folder, made if need be. OSError if it is not there, or not ours alone."""
    path = cache_dir() / where
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)
    if _WINDOWS:
        _refuse_outside(path)
        yield _Folder(path, None)
        return
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _FLAGS)
    try:
        _refuse_others(os.fstat(handle), 0o077)
        yield _Folder(path, handle)
    finally:
        os.close(handle)


def _refuse_others(info: os.stat_result, rights: int) -> None:
    """PermissionError if another user owns it, or has one of these rights."""
    if _WINDOWS:  # which asks the profile's access list; files inherit it
        return
    if info.st_uid != os.geteuid() or info.st_mode & rights:
        raise PermissionError("others could have written it")


def _refuse_outside(path: Path) -> None:
    """PermissionError if the folder is not in the user's profile, whose access list protects it."""
    info = os.lstat(path)
    if not stat.S_ISDIR(info.st_mode) or getattr(info, "st_file_attributes", 0) & _REPARSE_POINT:
        raise PermissionError("it is a link")
    if not path.absolute().is_relative_to(Path.home()):
        raise PermissionError("it is not in the user's profile")


def prune(folder: _Folder) -> None:
    """Remove what processes left that were killed while they wrote, then the least used files."""
    files = sorted(folder.files())
    now, size = time.time(), sum(file.size for file in files)
    full = size > MOST
    for file in files:
        left_over = file.name.endswith(".tmp") and now - file.used > _HOUR
        if left_over or (full and size > MOST * 3 // 4):
            with suppress(OSError):
                folder.remove(file.name)
                size -= file.size
