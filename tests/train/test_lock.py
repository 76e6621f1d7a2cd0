"""A run folder in use: one process at a time, and the dead do not count."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from liuli import files
from liuli.errors import FileError
from liuli.train.lock import NAME, RunLock, began

OWN = {"pid": os.getpid(), "host": socket.gethostname(), "token": files.TOKEN}


def lock(folder: Path, **said: Any) -> None:
    """A lock that somebody left."""
    (folder / NAME).write_text(json.dumps(OWN | said), encoding="utf-8")


def test_one_at_a_time(tmp_path: Path) -> None:
    with RunLock(tmp_path):
        with pytest.raises(FileError, match=rf"LL927.* process {os.getpid()} on "):
            RunLock(tmp_path).__enter__()
        assert os.listdir(tmp_path) == [NAME]  # the second one did not take it away
    assert os.listdir(tmp_path) == []
    with RunLock(tmp_path), RunLock(tmp_path / "." / ".."):
        pass


def test_another_process_is_named(tmp_path: Path) -> None:
    code = f"from liuli.train.lock import RunLock\nwith RunLock({str(tmp_path)!r}): pass"
    with RunLock(tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8"
        )
    assert done.returncode == 1 and f"in use by process {os.getpid()}" in done.stderr


@pytest.mark.parametrize(
    "said",
    [
        {"pid": 999_999_999},  # ended
        {"token": "00000000"},  # the same number, in a container that was started again
        {"pid": os.getppid(), "began": "another time"},  # the number was used again
    ],
)
def test_the_dead_do_not_count(said: dict[str, Any], tmp_path: Path) -> None:
    lock(tmp_path, **said)
    with RunLock(tmp_path):
        assert json.loads((tmp_path / NAME).read_text(encoding="utf-8"))["pid"] == os.getpid()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "said", [{"host": "another"}, {"pid": os.getppid(), "began": began(os.getppid())}]
)
def test_the_living_count(said: dict[str, Any], tmp_path: Path) -> None:
    lock(tmp_path, **said)
    with pytest.raises(FileError, match="LL927"):
        RunLock(tmp_path).__enter__()
    assert os.listdir(tmp_path) == [NAME]


def test_a_lock_that_says_nothing(tmp_path: Path) -> None:
    """Its writer is about to say something; after some time, it was killed."""
    (tmp_path / NAME).write_bytes(b"")
    with pytest.raises(FileError, match="LL927"):
        RunLock(tmp_path).__enter__()
    os.utime(tmp_path / NAME, (1, 1))
    with RunLock(tmp_path):
        pass


def test_another_took_it_meanwhile(tmp_path: Path) -> None:
    """Whose lock was removed in the end leaves that of the other in peace."""
    with RunLock(tmp_path):
        lock(tmp_path, pid=os.getppid(), token="11111111")
    assert os.listdir(tmp_path) == [NAME]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="LL919"):
        RunLock(tmp_path / "none").__enter__()
