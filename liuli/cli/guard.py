"""The one place where errors become a message and an exit code, and never a traceback.

| code | meaning                                                               |
|------|-----------------------------------------------------------------------|
| 0    | done                                                                  |
| 1    | an error inside Liuli, written to a file                              |
| 2    | something that the user can put right, said in one message            |
| 130  | Ctrl-C (128 + SIGINT), also Ctrl-Break                                |
| 141  | whoever read the output has gone (128 + SIGPIPE), as with `| head`    |
| 143  | SIGTERM (128 + SIGTERM)                                               |
"""

from __future__ import annotations

import errno
import platform
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CommandError, LiuliError, Row
from .console import complain, hush
from .words import say

DONE, FAULT, REFUSED, CTRL_C, GONE, TERMINATED = 0, 1, 2, 130, 141, 143


class Terminated(KeyboardInterrupt):
    """SIGTERM: to end as by Ctrl-C, so that nothing is left half done, and no lock behind."""


@contextmanager
def terminable() -> Iterator[None]:
    """Inside, SIGTERM raises Terminated, unless somebody else has decided what it does."""
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number: int, frame: Any) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def guarded(work: Callable[[], int]) -> int:
    """Do the work and return its exit code; whatever goes wrong is told on stderr."""
    try:
        with terminable():
            code = work()
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        hush()
        return GONE
    except KeyboardInterrupt as end:
        terminated = isinstance(end, Terminated)
        complain("\n" + say("stopped", by="SIGTERM" if terminated else "Ctrl-C"))
        return TERMINATED if terminated else CTRL_C
    except LiuliError as error:
        complain(error)
        return REFUSED
    except MemoryError as error:
        complain(out_of_memory(error))
        return REFUSED
    except OSError as error:
        complain(refusal(error))
        return REFUSED
    except Exception as error:
        complain(fault(error))
        return FAULT


def refusal(error: OSError) -> CommandError:
    """What the operating system would not do: a full disk, a read-only folder, a lost drive."""
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    reason = error.strerror or str(error) or type(error).__name__
    fix = "--out FOLDER" if full or error.errno in (errno.EACCES, errno.EROFS, errno.EPERM) else ""
    return CommandError("LL994", path=error.filename or "-", reason=reason, fix=fix)


def out_of_memory(error: MemoryError) -> CommandError:
    """What does not fit."""
    return CommandError("LL995", reason=str(error) or "MemoryError")


def fault(error: Exception) -> CommandError:
    """What should not happen: everything that helps to find it goes to a file."""
    short = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    versions = f"Python {sys.version}\n{platform.platform()}\nNumPy {np.__version__}\n"
    text = f"{' '.join(sys.argv)}\n{versions}\n{''.join(traceback.format_exception(error))}"
    path, rows = "-", [Row("", line) for line in text.splitlines()]
    with suppress(OSError):
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix="liuli-error-", suffix=".txt", delete=False
        ) as file:
            file.write(text)
        path, rows = str(Path(file.name)), []
    return CommandError("LL999", error=short, path=path, rows=rows)
