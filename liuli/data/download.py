"""Downloads: one file from the first mirror that has it whole, with its checksum.

pooch does the transfer. Here is what a bad network needs: several mirrors, time limits, a check
before anything is visible under its name, and a message that lists what was tried.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..errors import FileError, Row

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0: not known)

PART = ".part"
CHUNK = 1 << 16
STALE = 3600.0  # seconds after which another process's unfinished file is nobody's
SECONDS = 20.0  # without a byte from the server


def fetch(name: str, urls: Sequence[str], *, sha256: str, size: int, folder: Path,
          timeout: float = SECONDS, progress: Progress | None = None) -> Path:  # fmt: skip
    """The path of `name` in `folder`, downloaded if it is not there, whole and as pinned.

    The mirrors `urls` are tried in turn. Two processes may fetch the same file at once: each
    writes a file of its own, and whichever ends last replaces equal bytes by equal bytes.
    Errors: LL939 if no mirror has it; LL942 if the folder cannot be written.
    """
    target = folder / name
    if target.is_file() and digest(target) == sha256:
        return target
    with _own_file(folder, name) as part:
        failures = []
        for url in urls:
            reason = _attempt(url, _Meter(part, size, progress), timeout)
            reason = reason or _verdict(part, sha256, size)
            if not reason:
                _publish(part, target)
                return target
            failures.append(Row("mirror", reason, url))
        raise FileError("LL939", rows=failures, name=name, count=len(urls), folder=str(folder))


def digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        seen = hashlib.sha256()
        while piece := file.read(1 << 20):
            seen.update(piece)
    return seen.hexdigest()


class _TooLargeError(Exception):
    """More came than the file has."""


class _Meter:
    """pooch's progress bar: looks how long the file is, tells the caller, and stops it in time."""

    def __init__(self, part: Path, size: int, progress: Progress | None) -> None:
        self.part, self.size, self.progress = part, size, progress
        self.total = 0  # pooch writes here what the server promises

    def update(self, _: int) -> None:
        """More bytes have come (pooch counts whole chunks, so it does not know how many)."""
        done = self.part.stat().st_size
        if done > self.size:
            raise _TooLargeError
        if self.progress is not None:
            self.progress(done, self.size)

    def reset(self) -> None:
        """Nothing is counted."""

    def close(self) -> None:
        """Nothing is open."""


def _attempt(url: str, meter: _Meter, timeout: float) -> str:
    """Download `url` into the meter's file; return why that failed, or an empty text."""
    import pooch
    import requests

    load = pooch.HTTPDownloader(
        progressbar=meter,
        chunk_size=CHUNK,
        timeout=timeout,
        headers={"Accept-Encoding": "identity"},  # else a server may unpack the .gz on its way
    )
    silence = f"timed out: nothing came for {timeout:g} seconds"
    try:
        load(url, str(meter.part), None)
    except requests.HTTPError as error:
        answer = error.response
        return f"HTTP {answer.status_code} {answer.reason}" if answer is not None else str(error)
    except requests.Timeout:
        return silence
    except requests.exceptions.ChunkedEncodingError as error:
        came = getattr(_innermost(error), "partial", None)  # what urllib3 counted, if it did
        return _truncated(came if isinstance(came, int) else meter.part.stat().st_size, meter.size)
    except requests.ConnectionError as error:
        in_the_middle = "Read timed out" in str(error)
        return silence if in_the_middle else f"no connection: {_cause(error)}"
    except _TooLargeError:
        return _page(meter.part) or f"wrong file: longer than {meter.size:,} bytes"
    except requests.RequestException as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _truncated(came: int, size: int) -> str:
    return f"truncated: {came:,} of {size:,} bytes came"


def _innermost(error: BaseException) -> BaseException:
    """The first cause: libraries wrap one error into another, as `reason` or among `args`."""
    for inner in (getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            return _innermost(inner)
    return error


def _cause(error: BaseException) -> str:
    """The first cause in words, without the address of an object."""
    inner = _innermost(error)
    return (
        re.sub(r"^.*object at 0x\w+>: |^.*\(host=.*?\): ", "", str(inner)) or type(inner).__name__
    )


def _verdict(part: Path, sha256: str, size: int) -> str:
    """Why the downloaded file is not the one that was wanted, or an empty text."""
    if page := _page(part):
        return page
    if (came := part.stat().st_size) < size:
        return _truncated(came, size)
    seen = digest(part)
    return "" if seen == sha256 else f"wrong checksum: {seen[:12]}..., expected {sha256[:12]}..."


def _page(part: Path) -> str:
    with open(part, "rb") as file:
        start = file.read(512).lstrip().lower()
    is_page = start.startswith((b"<!doctype", b"<html", b"<?xml"))
    return "a web page came instead of the file: a login or a block page?" if is_page else ""


@contextlib.contextmanager
def _own_file(folder: Path, name: str) -> Iterator[Path]:
    """A new empty file in `folder` that is gone afterwards. Errors: LL942."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder, name)
        handle, path = tempfile.mkstemp(prefix=f"{name}.", suffix=PART, dir=folder)
        os.close(handle)
    except OSError as error:
        raise _unwritable(folder, error) from None
    part = Path(path)
    try:
        yield part
    except FileError:
        raise
    except OSError as error:  # such as a full disk
        raise _unwritable(folder, error) from None
    finally:
        part.unlink(missing_ok=True)


def _unwritable(folder: Path, error: OSError) -> FileError:
    return FileError("LL942", folder=str(folder), reason=error.strerror or str(error))


def _sweep(folder: Path, name: str) -> None:
    """Remove what a process that was killed left behind."""
    for path in folder.glob(f"{name}.*{PART}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > STALE:
                path.unlink()


def _publish(part: Path, target: Path) -> None:
    """Give the whole file its name, in one step."""
    with open(part, "rb+") as file:
        os.fsync(file.fileno())
    part.chmod(0o644)  # mkstemp's files are for the owner alone
    try:
        os.replace(part, target)
    except PermissionError:  # Windows, while another process reads the same file
        if not target.is_file():
            raise
