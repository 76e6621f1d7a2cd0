"""A run folder in use: one process writes into it, and others are told which."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from .. import files
from ..errors import FileError

NAME = "in-use.lock"
MOST = 4096  # bytes that a lock can have
PATIENCE = 10.0  # seconds until a lock that says nothing is that of a process killed half-way


class RunLock:
    """While the block runs, `folder` belongs to this process.

    A file that only one process can create says whose it is. What a process that was killed left
    behind is recognised, by its number and when it began, and does not count.

    Errors: LL927 if another process is at work there, with its number; LL919 to LL922 if nothing
    can be written.

    Example:
        >>> import os, tempfile
        >>> from liuli.train.lock import RunLock
        >>> folder = tempfile.mkdtemp()
        >>> with RunLock(folder):
        ...     os.listdir(folder)
        ['in-use.lock']
        >>> os.listdir(folder)
        []
    """

    def __init__(self, folder: files.PathLike) -> None:
        self.folder = Path(folder)
        self.path = self.folder / NAME

    def __enter__(self) -> RunLock:
        own = {"pid": os.getpid(), "host": socket.gethostname(), "token": files.TOKEN,
               "began": began(os.getpid())}  # fmt: skip
        for _ in range(10):
            try:
                with files.System.create(self.path) as file:
                    file.write(json.dumps(own).encode("ascii"))
                return self
            except FileExistsError:
                self._give_way_or_clear()
            except (OSError, ValueError) as error:
                raise files.refused(self.path, error) from None
        raise self._in_use(self._owner())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self._owner().get("token") == files.TOKEN:
            with suppress(OSError):
                self.path.unlink()

    def _give_way_or_clear(self) -> None:
        """Remove the lock of a dead process. Errors: LL927 if it is alive."""
        owner = self._owner()
        if not self._is_stale(owner):
            if self.path.exists():
                raise self._in_use(owner)
            return  # its owner has just ended
        # Two may find it stale at once: only one can move it away, and looks at what it got.
        aside = self.path.with_name(f".liuli-{os.getpid()}-{files.TOKEN}-lock.tmp")
        with suppress(OSError):
            os.replace(self.path, aside)
            if self._owner(aside) == owner:
                aside.unlink()
            else:  # a new one, by the other of the two
                os.replace(aside, self.path)

    def _owner(self, path: Path | None = None) -> dict[str, Any]:
        """What the lock says; nothing, if it is gone or its writer was killed half-way."""
        try:
            with open(path or self.path, "rb") as file:
                said = json.loads(file.read(MOST))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def _is_stale(self, owner: dict[str, Any]) -> bool:
        pid = owner.get("pid")
        if not isinstance(pid, int):
            with suppress(OSError):
                return time.time() - self.path.stat().st_mtime > PATIENCE
            return False
        if owner.get("host") != socket.gethostname():
            return False  # a shared folder: nobody can look from here
        if pid == os.getpid():
            return owner.get("token") != files.TOKEN
        return not files.runs(pid) or began(pid) != owner.get("began")

    def _in_use(self, owner: dict[str, Any]) -> FileError:
        return FileError("LL927", folder=files.shown(self.folder), pid=owner.get("pid", "?"),
                         host=files.quoted(owner.get("host", "?")))  # fmt: skip


def began(pid: int) -> str:
    """When a process began, in the system's own words; nothing where that is hard to find out.

    The number of a process is used again after it has ended, and this tells the two apart.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, IndexError):
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            return text.rpartition(")")[2].split()[19]
    return ""
